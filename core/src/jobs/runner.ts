// One attempt from claim to verdict: find the processor, read the data, run under time-out and signal, decide.
import { type Lazy, type ParkReason, parse, type Processor } from '@phraseworks/sdk';
import type { Clock, Random } from '../clock.ts';
import { jobEvent } from '../db/codec.ts';
import type { Settlement } from '../db/job-writes.ts';
import type { Attempt } from './attempt.ts';
import type { Ids } from './id.ts';
import { decodeJson, encodeJson, RESULT_LIMITS } from './json.ts';
import { STEPS, type StepName, type StoredState } from './lifecycle.ts';
import { failure, ofReturn, ofThrow, type Outcome } from './outcome.ts';
import type { RegisteredType, TypeRegistry } from './registry.ts';
import { settle } from './settle.ts';

/** How long a processor may go on after its signal before its slot is given back, in milliseconds. */
export const GRACE = 2_000;
/** A result larger than this is left out of the event: ask for the job. */
const EVENT_RESULT = 16 * 1_024;

interface RunnerDeps {
  registry: TypeRegistry;
  clock: Clock;
  random: Random;
  ids: Ids;
  /** A processor that ignored its signal began (+1) or ended at last (-1). */
  stuck: (change: 1 | -1) => void;
}

/** The attempt never became one: the job goes back as it was. */
export type Returned = { kind: 'released' } | { kind: 'shelved'; reason: ParkReason };

export class Runner {
  readonly #deps: RunnerDeps;
  readonly #loaded = new WeakMap<object, Promise<Processor>>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async run(attempt: Attempt): Promise<Settlement> {
    const { registry, clock } = this.#deps;
    const reason = registry.parkReason(attempt.type);
    const entry = registry.get(attempt.type);
    if (reason || !entry) return this.putBack(attempt, { kind: 'shelved', reason: reason ?? 'no_processor' });
    attempt.startedAt = clock.now();
    const outcome = await this.#outcome(attempt, entry);
    return outcome.kind === 'released' ? this.putBack(attempt, outcome) : this.#settlement(attempt, outcome);
  }

  async #outcome(attempt: Attempt, entry: RegisteredType): Promise<Outcome | { kind: 'released' }> {
    const outcome = await this.#execute(attempt, entry);
    const cause = attempt.aborted;
    // Work that was done before the signal took effect counts.
    if (!cause || outcome.kind === 'success') return outcome;
    if (cause === 'timeout') {
      const stack = outcome.kind === 'failure' ? outcome.stack : null;
      return failure(`the attempt took longer than its time-out of ${attempt.claimed.timeout} ms`, { reason: 'timeout', stack });
    }
    return cause === 'cancel' ? outcome : { kind: 'released' };
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
      const parsed = await parse(entry.options.data, data, 'data');
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

  #settlement(attempt: Attempt, reached: Outcome): Settlement {
    const { clock, random, ids } = this.#deps;
    const { claimed } = attempt;
    const now = clock.now();
    let outcome = reached;
    let result: string | null = null;
    if (outcome.kind === 'success' && outcome.result !== null && outcome.result !== undefined) {
      const encoded = encodeJson(outcome.result, 'result', RESULT_LIMITS);
      if (encoded.ok) result = encoded.text;
      else {
        // The work is done and would only be done again: no retry.
        const reason = encoded.tooLarge ? 'result_too_large' : 'result_not_serialisable';
        outcome = failure(`${encoded.error.path} ${encoded.error.message}`, { reason, retryable: false });
      }
    }
    const verdict = settle(outcome, claimed, now, random.fraction());
    const error = outcome.kind === 'failure' ? outcome.error : null;
    const reason = outcome.kind === 'failure' || outcome.kind === 'discard' || outcome.kind === 'snooze' ? reasonOf(outcome) : null;
    const step = STEPS[verdict.step];
    const over = verdict.runAt === null;
    const scheduled = !over && (verdict.runAt as number) > now;
    const written = attempt.finish();
    const settlement: Settlement = {
      claim: attempt.claim,
      type: claimed.type,
      lane: claimed.lane,
      state: over ? (step.to as StoredState) : scheduled ? 'scheduled' : 'ready',
      attempt: verdict.attempt,
      crashes: claimed.crashes,
      result,
      error,
      message: outcome.kind === 'success' ? outcome.message : null,
      reason,
      progress: written.progress,
      runAt: verdict.runAt,
      dueAt: scheduled ? verdict.runAt : null,
      finishedAt: over ? now : null,
      attemptRow: {
        jobId: attempt.id,
        run: claimed.run,
        attempt: claimed.attempt,
        node: attempt.claim.node,
        startedAt: attempt.startedAt,
        finishedAt: now,
        outcome: OUTCOME_NAMES[verdict.step],
        error,
        stack: outcome.kind === 'failure' ? outcome.stack : null,
      },
      logs: written.logs,
      history: null,
      event: null,
      ran: verdict.step === 'complete' ? now - attempt.startedAt : null,
    };
    if (step.event) settlement.event = jobEvent(step.event, step.to, claimed, now, carried(result, error, reason));
    if (verdict.step === 'snooze' || verdict.step === 'discard') {
      settlement.history = historyRow(ids.next(), attempt, now, verdict.step, reason);
    }
    return settlement;
  }

  /** A job that did not get its attempt: shutdown, disabled, or nobody here can run it. No attempt is spent. */
  putBack(attempt: Attempt, returned: Returned): Settlement {
    const { clock, ids } = this.#deps;
    const { claimed } = attempt;
    const now = clock.now();
    const written = attempt.finish();
    const shelved = returned.kind === 'shelved';
    const step: StepName = shelved ? 'shelve' : 'release';
    const reason = shelved ? returned.reason : null;
    return {
      claim: attempt.claim,
      type: claimed.type,
      lane: this.#deps.registry.laneOf(claimed.type),
      state: shelved ? 'parked' : 'ready',
      attempt: claimed.attempt - 1,
      crashes: claimed.crashes,
      result: null,
      error: null,
      message: null,
      reason,
      progress: written.progress,
      runAt: null,
      dueAt: null,
      finishedAt: null,
      attemptRow: null,
      logs: written.logs,
      history: historyRow(ids.next(), attempt, now, step, reason ?? attempt.aborted),
      event: shelved ? jobEvent('job_parked', 'parked', { ...claimed, attempt: claimed.attempt - 1 }, now, { reason: returned.reason }) : null,
      ran: null,
    };
  }
}

const OUTCOME_NAMES = { complete: 'completed', retry: 'retry', fail: 'failed', snooze: 'snoozed', discard: 'cancelled' } as const;
const HISTORY_NAMES = { snooze: 'job_snoozed', discard: 'job_cancelled', release: 'job_released', shelve: 'job_parked' } as const;

const reasonOf = (outcome: Exclude<Outcome, { kind: 'success' }>): string | null =>
  outcome.kind === 'discard' ? `discarded: ${outcome.reason}`.slice(0, 190) : (outcome.reason?.slice(0, 190) ?? null);

function carried(result: string | null, error: string | null, reason: string | null) {
  return {
    ...(result === null ? {} : result.length <= EVENT_RESULT ? { result: JSON.parse(result) as unknown } : { resultBytes: result.length }),
    ...(error === null ? {} : { error }),
    ...(reason === null ? {} : { reason }),
  };
}

function historyRow(id: string, attempt: Attempt, at: number, step: keyof typeof HISTORY_NAMES, reason: string | null) {
  return {
    id,
    jobId: attempt.id,
    at,
    event: HISTORY_NAMES[step],
    attempt: attempt.attempt,
    status: STEPS[step].to,
    reason,
    by: null,
  };
}
