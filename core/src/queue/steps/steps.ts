// What an attempt does with the database: `once()`, steps that end it until a time or a signal comes, its transactions, the results before it.
import { types } from 'node:util';
import { type FieldError, JobsError, parse, type Schema, type WaitOptions } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { Clock } from '../../kernel/clock.ts';
import { Needing } from '../../kernel/container.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { decodeJson } from '../../kernel/json.ts';
import { jsonSchemaOf, type Node } from '../../kernel/json-schema.ts';
import { LinkReads } from '../../store/links/reads.ts';
import { type Decision, ReceiptStore, readWaits, type StoredStep, type Waits } from '../../store/receipt-store.ts';
import type { Attempt, StepsOfJob, Wait } from '../attempt.ts';
import { JobTransactions } from '../job-transactions.ts';
import { found, keyErrors, onceOf, refuseMistakes, refuseStep, retryWrite, waitingFor } from '../once.ts';
import { Signals } from './signals.ts';

const { isDate } = types;

/** Characters of a schema that is stored with a wait: it is for a form. */
const LONGEST_SCHEMA = 32_768;
const TEN_YEARS = 3_653 * 86_400_000;

interface WaitingStep extends Wait, Waits {
  /** The signal that came does not fit: wait for another one. */
  isRefused?: boolean;
}

export class Steps extends Needing<typeof Steps.needs> {
  static readonly needs = {
    receipts: ReceiptStore,
    signals: Signals,
    transactions: JobTransactions,
    links: LinkReads,
    clock: Clock,
  };

  of(job: Attempt): StepsOfJob {
    const { receipts, signals, transactions, links, clock } = this.needs;
    /** Calls that are being decided: `Promise.all()` may make several. */
    const open = new Set<Promise<unknown>>();

    /** Throws unless the step has ended; returns the signal as JSON text, if it is one that came. */
    const pass = async (name: string, step: WaitingStep): Promise<string | null> => {
      if (!step.isRefused) refuseStep(job, name);
      if (receipts.isJoined(job.claim)) throw insideTransaction(name);
      const opening = retryWrite(job, clock, () =>
        receipts.step(job, step.key, (receipt, now) => passed(receipt, step, now)),
      );
      open.add(opening);
      const answer = found(name, await opening);
      if ('sent' in answer) return answer.sent;
      job.waits.push({ key: step.key, until: answer.until, kind: step.kind });
      await Promise.allSettled(open);
      throw waitingFor(step.key);
    };

    const waitFor = async (key: string, options: WaitOptions = {}): Promise<unknown> => {
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
    };

    return {
      once: onceOf(job, { receipts, clock }),
      sleep: async (key, time) => {
        const now = clock.now();
        const ms = isDate(time) ? Number(time) - now : millisecondsOf(time);
        const errors: FieldError[] = keyErrors(key);
        if (ms === null || !(ms <= TEN_YEARS))
          errors.push({ path: 'time', message: "must be milliseconds, text such as '3 days', or a Date" });
        refuseMistakes('sleep()', errors);
        await pass('sleep()', { key, until: now + (ms ?? 0), kind: 'asleep', schema: null });
      },
      waitFor: waitFor as StepsOfJob['waitFor'],
      linkFor: async (key) => {
        refuseMistakes('linkFor()', keyErrors(key));
        return signals.linkFor(job.id, key);
      },
      results: () => links.results(job.id),
      transaction: (work) => transactions.run(job, work),
      complete: (result) => transactions.complete(job, result),
    };
  }
}

/** `sent`: null if its time has passed. */
type Passed = { sent: string | null } | { until: number | null } | 'used';

function passed(receipt: StoredStep | null, step: WaitingStep, now: number): Decision<Passed> {
  const { kind, schema, isRefused } = step;
  const state = receipt?.state;
  if (state === 'over') return { answer: { sent: null } };
  if (state === 'sent' && kind === 'waiting' && !isRefused) return { answer: { sent: receipt?.result ?? 'null' } };
  if (receipt && state !== 'sent' && state !== kind) return { answer: 'used' };
  const known = receipt && state === kind ? receipt : null;
  const until = known ? readWaits(known.result).until : step.until;
  if (until !== null && until <= now) return { answer: { sent: null }, becomes: { state: 'over' } };
  const result = JSON.stringify({ until, schema });
  return { answer: { until }, becomes: { state: kind, result, at: known?.at ?? now } };
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
