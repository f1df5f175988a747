// Runs one attempt: finds the processor, reads the data, calls it under timeout and signal, and builds the settlement.
import type { AttemptEnd, AttemptToRun, Lazy, Parsed, Processor } from '@phraseworks/sdk';
import { errorText, parseNow } from '@phraseworks/sdk/host';
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, Clock, Random } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Hooks } from '../kernel/hooks.ts';
import { Ids } from '../kernel/id.ts';
import { decodeJson } from '../kernel/json.ts';
import type { Settlement } from '../store/job-writes.ts';
import { PluginDatabases } from '../store/plugin-database.ts';
import { type Attempt, runningJob } from './attempt.ts';
import { giveUpTime } from './deadlines.ts';
import { afterAbort, afterWaits, failure, type Outcome, ofReturn, ofThrow } from './outcome.ts';
import { FIRST_VERSION, type RegisteredType, TypeRegistry } from './registry.ts';
import { settlementOf } from './settlement.ts';

/** Milliseconds that a processor may run on after its signal before its slot is freed. */
const GRACE = 2_000;

/** Milliseconds after which a type with newer data is tried again. */
const TRY_NEWER_AGAIN = 30_000;

const WAITS = 'sleep() or waitFor() has ended this attempt. Let what they throw pass a catch.';

export class Runner extends Needing<typeof Runner.needs> {
  static readonly needs = {
    registry: TypeRegistry,
    hooks: Hooks,
    databases: PluginDatabases,
    clock: Clock,
    random: Random,
    ids: Ids,
  };
  /** Processors that still run after their signal fired and the grace period ended. */
  stuck = 0;
  readonly #nextId = () => this.needs.ids.next();
  readonly #loaded = new WeakMap<object, Promise<Processor>>();

  /** Everything that the end of an attempt writes. */
  settlement(attempt: Attempt, outcome: Outcome): Settlement {
    const { clock, random, registry } = this.needs;
    const { claimed } = attempt;
    const giveUpAt =
      outcome.kind === 'success' ? null : giveUpTime(claimed.id, claimed.giveUpAt, registry.optionsOf(claimed.type));
    const context = { now: clock.now(), fraction: random.fraction(), nextId: this.#nextId, giveUpAt };
    return settlementOf(attempt, outcome, context);
  }

  /** Calls `end` once, asynchronously, with the settlement. Avoids promises where possible, since each would cost every job. */
  run(attempt: Attempt, end: (settlement: Settlement) => void): void {
    const { registry, hooks } = this.needs;
    const entry = registry.get(attempt.type);
    // Its type was held after the claim.
    if (!entry || registry.heldHere(attempt.type) !== null) {
      void Promise.resolve(this.settlement(attempt, { kind: 'released' })).then(end);
      return;
    }
    attempt.plugin = entry.plugin;
    if (hooks.has('job:run')) this.#wrapped(attempt, entry, end);
    else this.#execute(attempt, entry, end);
  }

  /** If the attempt is aborted before a wrapper calls `next()`, the processor never starts. */
  #wrapped(attempt: Attempt, entry: RegisteredType, end: (settlement: Settlement) => void): void {
    let released: Promise<Settlement> | undefined;
    const release = (): Promise<Settlement> => {
      released ??= Promise.resolve(this.settlement(attempt, { kind: 'released' }));
      return released;
    };
    const execute = (): Promise<Settlement> =>
      attempt.aborted ? release() : new Promise((resolve) => this.#execute(attempt, entry, resolve));
    const aborted = new Promise<Settlement>((resolve) => {
      attempt.startGrace = () => resolve(release());
      attempt.giveUp = attempt.startGrace;
    });
    const ended = this.needs.hooks.wrapped('job:run', toRun(attempt.claimed), execute, endOf);
    void Promise.race([aborted, ended]).then(end);
  }

  /** Runs the processor. After a timeout or another abort it has `GRACE` to end. */
  #execute(attempt: Attempt, entry: RegisteredType, end: (settlement: Settlement) => void): void {
    const { clock, databases } = this.needs;
    attempt.startedAt = clock.now();
    let waiting = true;
    let cancelGrace: Cancel | undefined;
    const cancelTimeout = clock.after(attempt.claimed.timeout, () => {
      attempt.abort('timeout');
      attempt.startGrace?.();
    });
    const over = (outcome: Outcome) => {
      waiting = false;
      cancelTimeout();
      cancelGrace?.();
      const { outcome: reached, ignored } = afterWaits(attempt.waits, outcome);
      if (ignored !== null) attempt.log.warn(`${WAITS} What its processor did afterwards is ignored: it ${ignored}`);
      if (attempt.settled && outcome.kind === 'failure') attempt.failedLate(outcome.error);
      end(attempt.settled ?? this.settlement(attempt, afterAbort(attempt, reached)));
    };
    const giveUp = () => {
      if (!waiting) return;
      this.stuck += 1;
      // Otherwise the outcome would wait for it, and it could still commit while the job runs again.
      databases.end('its job was given up', attempt);
      over(failure('the processor did not stop after its signal fired', { reason: 'stuck' }));
    };
    attempt.giveUp = giveUp;
    attempt.startGrace = () => {
      cancelGrace ??= clock.after(GRACE, giveUp);
    };
    if (attempt.aborted) attempt.startGrace();
    this.#call(attempt, entry, (outcome) => {
      if (waiting) over(outcome);
      else this.stuck -= 1;
    });
  }

  #call(attempt: Attempt, entry: RegisteredType, done: (outcome: Outcome) => void): void {
    const { version = FIRST_VERSION } = entry.options;
    const stored = attempt.claimed.dataVersion ?? FIRST_VERSION;
    const input = stored === version ? inputOf(attempt, entry) : this.#otherVersion(attempt, entry, stored, version);
    const { processor } = entry;
    if (!(input instanceof Promise) && 'data' in input && typeof processor === 'function' && !this.#isLate(attempt))
      void answerOf(attempt, entry, processor, input.data).then(done);
    else void this.#answerLater(attempt, entry, input).then(done, (thrown: unknown) => done(ofThrow(thrown)));
  }

  /** Converts data that another version of the type stored. If that fails, this process leaves the whole type alone, which keeps its order. */
  async #otherVersion(attempt: Attempt, entry: RegisteredType, stored: number, version: number): Promise<Input> {
    const { registry, clock } = this.needs;
    const refuse = (why: string, until?: number): Input => {
      const error = `its data was stored by version ${stored} of its type and does not fit version ${version}: ${why}`;
      registry.refuse(attempt.type, error, until);
      return { refused: { kind: 'released', unrecorded: true } };
    };
    const { upgrade } = entry.options;
    // The newer jobs may be gone by then.
    if (stored > version) return refuse('update this process', clock.now() + TRY_NEWER_AGAIN);
    try {
      const converted =
        upgrade && ((data: unknown) => runningJob.run(attempt, () => entry.enter(() => upgrade(data, stored))));
      const input = await inputOf(attempt, entry, converted);
      if (!('refused' in input) || input.refused.kind !== 'failure' || input.refused.reason !== 'invalid_data')
        return input;
      return refuse(input.refused.error);
    } catch (thrown) {
      if (attempt.aborted) return { refused: ofThrow(thrown) };
      attempt.log.error('upgrade() threw:', thrown);
      return refuse(`upgrade() threw: ${messageOf(thrown)}`);
    }
  }

  async #answerLater(attempt: Attempt, entry: RegisteredType, checking: Input | Promise<Input>): Promise<Outcome> {
    const input = await checking;
    if ('refused' in input) return input.refused;
    const { processor } = entry;
    const loaded = typeof processor === 'function' ? processor : await this.#load(processor);
    if (this.#isLate(attempt)) return { kind: 'released', unrecorded: true };
    return answerOf(attempt, entry, loaded, input.data);
  }

  /** Its start was counted in a rate too long ago. */
  #isLate({ claimed: { beginBy } }: Attempt): boolean {
    return beginBy !== undefined && this.needs.clock.steady() > beginBy;
  }

  /** Loads the processor once per registration; the next attempt retries a failed load. */
  #load(source: Lazy<Processor>): Promise<Processor> {
    const known = this.#loaded.get(source);
    if (known) return known;
    const loading = source.lazy().then((module) => module.default);
    this.#loaded.set(source, loading);
    loading.catch(() => this.#loaded.delete(source));
    return loading;
  }
}

const toRun = ({ id: jobId, type, plugin, attempt, trace }: ClaimedJob): AttemptToRun => ({
  jobId,
  type,
  plugin,
  attempt,
  trace,
});

const endOf = ({ event, error, reason, attemptRow }: Settlement): AttemptEnd => ({
  outcome: event ? (event.event.slice('job_'.length) as AttemptEnd['outcome']) : 'released',
  error,
  stack: attemptRow?.stack ?? null,
  reason,
  wait: event?.wait ?? null,
});

/** The data for the processor, or why it is refused. */
type Input = { data: unknown } | { refused: Outcome };

function inputOf(
  attempt: Attempt,
  { options }: RegisteredType,
  convert?: (data: unknown) => unknown,
): Input | Promise<Input> {
  const data = decodeJson(attempt.claimed.data);
  if (data === undefined) {
    const why = { reason: 'corrupt_payload', retryable: false };
    return { refused: failure('the stored data is not valid JSON', why) };
  }
  const check = (value: unknown): Input | Promise<Input> => {
    if (!options.data) return { data: value };
    const parsed = parseNow(options.data, value, 'data');
    return parsed instanceof Promise ? parsed.then((later) => asInput(later, attempt)) : asInput(parsed, attempt);
  };
  return convert ? Promise.resolve(convert(data)).then(check) : check(data);
}

function asInput(parsed: Parsed<unknown>, attempt: Attempt): Input {
  if (parsed.ok) return { data: parsed.value };
  const text = attempt.dataErrors(parsed).map(errorText).join('; ');
  return { refused: failure(text, { reason: 'invalid_data', retryable: false }) };
}

/** Calls the processor and returns its outcome. Never rejects. */
async function answerOf(
  attempt: Attempt,
  entry: RegisteredType,
  processor: Processor,
  data: unknown,
): Promise<Outcome> {
  try {
    return ofReturn(
      await runningJob.run(attempt, () => entry.enter(() => processor(data, attempt.id, attempt.attempt, attempt))),
    );
  } catch (thrown) {
    return ofThrow(thrown);
  }
}
