// One attempt from claim to verdict: find the processor, read the data, run under time-out and signal, decide.
import { type Lazy, type ParkReason, type Processor, parseNow } from '@phraseworks/sdk';
import type { Clock, Random } from '../clock.ts';
import type { Settlement } from '../db/job-writes.ts';
import type { Ids } from '../id.ts';
import { decodeJson } from '../json.ts';
import type { Attempt } from './attempt.ts';
import { failure, type Outcome, ofReturn, ofThrow } from './outcome.ts';
import type { ClaimedJob } from './record.ts';
import type { RegisteredType, TypeRegistry } from './registry.ts';
import { putBackOf, type Returned, settlementOf } from './settlement.ts';
import type { Tracing } from './tracing.ts';

/** How long a processor may go on after its signal before its slot is given back, in milliseconds. */
export const GRACE = 2_000;

interface RunnerDeps {
  registry: TypeRegistry;
  clock: Clock;
  random: Random;
  ids: Ids;
  /** What becomes of a claimed job that cannot run here. Never rejects. */
  verdict: (job: ClaimedJob, reason: ParkReason) => Promise<Returned>;
  /** A job of this lane runs. */
  ran: (lane: string) => void;
  /** A processor that ignored its signal began (+1) or ended at last (-1). */
  stuck: (change: 1 | -1) => void;
  tracing: Tracing | undefined;
}

export class Runner {
  readonly #deps: RunnerDeps;
  readonly #nextId: () => string;
  readonly #loaded = new WeakMap<object, Promise<Processor>>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#nextId = () => deps.ids.next();
  }

  /** A job that did not get its attempt: shutdown, disabled, or nobody here can run it. No attempt is spent. */
  putBack(attempt: Attempt, returned: Returned): Settlement {
    const { clock, registry } = this.#deps;
    return putBackOf(attempt, returned, {
      now: clock.now(),
      // Of a type that only others know, only they know the lane of today.
      lane: registry.get(attempt.type) ? registry.laneOf(attempt.type) : attempt.claimed.lane,
      nextId: this.#nextId,
    });
  }

  /** Never rejects. Not async itself: one promise less for each job. */
  run(attempt: Attempt): Promise<Settlement> {
    const { registry, ran, tracing } = this.#deps;
    const reason = registry.parkReason(attempt.type);
    const entry = registry.get(attempt.type);
    if (reason || !entry) return this.#parked(attempt, reason ?? 'no_processor');
    ran(attempt.claimed.lane);
    return tracing
      ? tracing.running(attempt.claimed, () => this.#settled(attempt, entry))
      : this.#settled(attempt, entry);
  }

  async #parked(attempt: Attempt, reason: ParkReason): Promise<Settlement> {
    return this.putBack(attempt, await this.#deps.verdict(attempt.claimed, reason));
  }

  async #settled(attempt: Attempt, entry: RegisteredType): Promise<Settlement> {
    const { clock, random } = this.#deps;
    attempt.startedAt = clock.now();
    const outcome = judged(attempt, await this.#execute(attempt, entry));
    if (outcome.kind === 'released') return this.putBack(attempt, outcome);
    return settlementOf(attempt, outcome, { now: clock.now(), fraction: random.fraction(), nextId: this.#nextId });
  }

  /** Runs the processor; a time-out or another abort gives it `GRACE` to end, then nobody waits for it any more. */
  #execute(attempt: Attempt, entry: RegisteredType): Promise<Outcome> {
    const { clock } = this.#deps;
    return new Promise((resolve) => {
      let waiting = true;
      const cancelTimeout = clock.after(attempt.claimed.timeout, () => {
        attempt.abort('timeout');
        attempt.giveUp?.();
      });
      const done = (outcome: Outcome) => {
        if (!waiting) return this.#deps.stuck(-1);
        waiting = false;
        cancelTimeout();
        cancelGrace?.();
        resolve(outcome);
      };
      let cancelGrace: (() => void) | undefined;
      attempt.giveUp = () => {
        cancelGrace ??= clock.after(GRACE, () => {
          if (!waiting) return;
          waiting = false;
          cancelTimeout();
          this.#deps.stuck(1);
          resolve(failure('the processor did not end when its signal fired', { reason: 'stuck' }));
        });
      };
      if (attempt.aborted) attempt.giveUp();
      this.#call(attempt, entry).then(done, (thrown: unknown) => done(ofThrow(thrown)));
    });
  }

  async #call(attempt: Attempt, entry: RegisteredType): Promise<Outcome> {
    let data = decodeJson(attempt.claimed.data);
    if (data === undefined) {
      return failure('the stored data is not valid JSON', { reason: 'corrupt_payload', retryable: false });
    }
    if (entry.options.data) {
      const parsing = parseNow(entry.options.data, data, 'data');
      const parsed = parsing instanceof Promise ? await parsing : parsing;
      if (!parsed.ok) {
        const text = parsed.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
        return failure(text, { reason: 'invalid_data', retryable: false });
      }
      data = parsed.value;
    }
    const processor = typeof entry.processor === 'function' ? entry.processor : await this.#load(entry.processor);
    return ofReturn(await entry.enter(() => processor(data, attempt.id, attempt.attempt, attempt)));
  }

  /** Once per registration; a load that failed is tried again with the next attempt. */
  #load(source: Lazy<Processor>): Promise<Processor> {
    const known = this.#loaded.get(source);
    if (known) return known;
    const loading = source.lazy().then((module) => module.default);
    this.#loaded.set(source, loading);
    loading.catch(() => this.#loaded.delete(source));
    return loading;
  }
}

/** What a processor answered, in the light of the signal that it got. */
function judged(attempt: Attempt, outcome: Outcome): Outcome | { kind: 'released' } {
  const cause = attempt.aborted;
  // Work that was done before the signal took effect counts.
  if (!cause || outcome.kind === 'success') return outcome;
  if (cause === 'timeout') {
    const stack = outcome.kind === 'failure' ? outcome.stack : null;
    return failure(`the attempt took longer than its time-out of ${attempt.claimed.timeout} ms`, {
      reason: 'timeout',
      stack,
    });
  }
  return cause === 'cancel' ? outcome : { kind: 'released' };
}
