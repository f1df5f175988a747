// The steps of an attempt: `once()`, and those that end it until a time or a signal comes.
import { types } from 'node:util';
import { JobsError, parse, type RunningJob, type Schema, type WaitOptions } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { Clock } from '../../kernel/clock.ts';
import type { Built } from '../../kernel/container.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { decodeJson } from '../../kernel/json.ts';
import { jsonSchemaOf, type Node } from '../../kernel/json-schema.ts';
import { ReceiptStore } from '../../store/receipt-store.ts';
import { type FoundStep, StepStore } from '../../store/step-store.ts';
import {
  type Holder,
  keyErrors,
  keyInUse,
  lostClaim,
  onceOf,
  refuseMistakes,
  refuseStep,
  retryWrite,
  waitingFor,
} from '../once.ts';
import { Signals } from './signals.ts';

const { isDate } = types;

/** Characters of a schema that is stored with a wait: it is for a form. */
const LONGEST_SCHEMA = 32_768;
const TEN_YEARS = 3_653 * 86_400_000;

/** A step at which an attempt has ended. */
export interface Wait {
  key: string;
  until: number | null;
  kind: 'asleep' | 'waiting';
}

export type StepsOfJob = Pick<RunningJob, 'once' | 'sleep' | 'waitFor' | 'linkFor'>;

export class Steps {
  static readonly needs = { receipts: ReceiptStore, store: StepStore, signals: Signals, clock: Clock };
  readonly #needs;

  constructor(needs: Built<typeof Steps.needs>) {
    this.#needs = needs;
  }

  of(job: Holder & { id: string; waits: Wait[] }): StepsOfJob {
    const { receipts, store, signals, clock } = this.#needs;
    /** Calls that are being decided: `Promise.all()` may make several. */
    const open = new Set<Promise<FoundStep>>();

    /** Throws unless the step is over. */
    const pass = async (name: string, step: Wait & { schema: Node | null; isRefused?: boolean }) => {
      if (!step.isRefused) refuseStep(job, name);
      if (receipts.isJoined(job.claim)) throw insideTransaction(name);
      const { claim, attempt } = job;
      const opening = retryWrite(job, { clock }, () => store.open({ claim, attempt, at: clock.now(), ...step }));
      open.add(opening);
      const found = await opening;
      if (found.state === 'lost') throw lostClaim(name);
      if (found.state === 'used') throw keyInUse(name);
      if (found.state !== 'waits') return found.state === 'sent' ? found.data : null;
      job.waits.push({ key: step.key, until: found.until, kind: step.kind });
      await Promise.allSettled(open);
      throw waitingFor(step.key);
    };

    return {
      once: onceOf(job, { receipts, clock }),
      sleep: async (key, time) => {
        const now = clock.now();
        const ms = isDate(time) ? Number(time) - now : millisecondsOf(time);
        const errors = keyErrors(key);
        if (ms === null || !(ms <= TEN_YEARS))
          errors.push({ path: 'time', message: "must be milliseconds, text such as '3 days', or a Date" });
        refuseMistakes('sleep()', errors);
        await pass('sleep()', { key, until: now + (ms ?? 0), kind: 'asleep', schema: null });
      },
      waitFor: (async (key: string, options: WaitOptions = {}) => {
        const { schema, timeout } = options;
        const ms = timeout === undefined ? null : millisecondsOf(timeout);
        const errors = keyErrors(key);
        if (timeout !== undefined && ms === null)
          errors.push({ path: 'timeout', message: "must be milliseconds or text such as '3 days'" });
        if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function')
          errors.push({ path: 'schema', message: 'must be a schema of zod or another library with Standard Schema' });
        refuseMistakes('waitFor()', errors);
        const until = ms === null ? null : clock.now() + ms;
        const step = { key, until, kind: 'waiting', schema: storedSchema(schema) } as const;
        const text = await pass('waitFor()', step);
        if (text === null) return null;
        const data = decodeJson(text);
        if (!schema) return data;
        const parsed = await parse(schema, data, 'data');
        if (parsed.ok) return parsed.value;
        await job.warn(
          `The signal "${key}" was dropped, since it does not fit: ${parsed.errors.map(errorText).join('; ')}`,
        );
        return pass('waitFor()', { ...step, isRefused: true });
      }) as StepsOfJob['waitFor'],
      linkFor: async (key) => {
        refuseMistakes('linkFor()', keyErrors(key));
        return signals.linkFor(job.id, key);
      },
    };
  }
}

const insideTransaction = (name: string): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `${name}: it ends the attempt, and with it an open job.transaction(). Call it before or after that.`,
  );

function storedSchema(schema: Schema | undefined): Node | null {
  const node = jsonSchemaOf(schema);
  return node !== null && JSON.stringify(node).length <= LONGEST_SCHEMA ? node : null;
}
