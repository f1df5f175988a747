// Settles an attempt: builds everything that its end writes, and hands it to the write queue until the database accepts it.

import { setMaxListeners } from 'node:events';
import type { JobEvent, ParkReason } from '@phraseworks/sdk';
import { type HeldStep, publicState, STEPS, targetOf } from '../job/lifecycle.ts';
import type { ClaimedJob } from '../job/record.ts';
import { type Clock, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import type { Logger } from '../kernel/logger.ts';
import { jobEvent } from '../store/codec.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import { type Attempt, logOf } from './attempt.ts';
import { decide, failure, type Outcome } from './outcome.ts';

/** A result larger than this is left out of the event: ask for the job. */
const EVENT_RESULT = 16 * 1_024;

/** The attempt never started, so the job is returned unchanged; `unrecorded`: without a line in its history; `until`: it waits until then. */
export type Returned =
  | { kind: 'released'; unrecorded?: boolean; until?: number }
  | { kind: 'shelved'; reason: ParkReason };

/** What an attempt that reached its end writes. `fraction`: chance, 0 to 1. */
export function settlementOf(
  attempt: Attempt,
  reached: Outcome,
  { now, fraction, nextId }: { now: number; fraction: number; nextId: () => string },
): Settlement {
  const { claimed } = attempt;
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
  const decision = decide(outcome, claimed, now, fraction);
  const error = outcome.kind === 'failure' ? outcome.error : null;
  const reason =
    outcome.kind === 'failure' || outcome.kind === 'discard' || outcome.kind === 'snooze' ? reasonOf(outcome) : null;
  const { event, outcome: ended } = STEPS[decision.step];
  const dueAt = decision.runAt !== null && decision.runAt > now ? decision.runAt : null;
  const state = targetOf(decision.step, dueAt);
  const written = attempt.finish();
  const settlement: Settlement = {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    lane: claimed.lane,
    state,
    attempt: decision.attempt,
    crashes: claimed.crashes,
    result,
    error,
    message: outcome.kind === 'success' ? outcome.message : null,
    reason,
    progress: written.progress,
    runAt: decision.runAt,
    dueAt,
    startedAt: attempt.startedAt,
    finishedAt: decision.runAt === null ? now : null,
    attemptRow: null,
    logs: written.logs,
    history: historyRow(nextId, attempt, now, decision.step, reason),
    event: null,
    ran: decision.step === 'complete' ? now - attempt.startedAt : null,
  };
  // The attempt that completes a job needs no row of its own: the job's row says all of it.
  if (decision.step !== 'complete') {
    settlement.attemptRow = {
      jobId: attempt.id,
      run: claimed.run,
      attempt: claimed.attempt,
      node: attempt.claim.node,
      startedAt: attempt.startedAt,
      finishedAt: now,
      outcome: ended,
      error,
      stack: outcome.kind === 'failure' ? outcome.stack : null,
    };
  }
  if (event) {
    const more = carried(result, error, reason);
    if (claimed.since !== null) more.wait = Math.max(0, attempt.startedAt - claimed.since);
    more.duration = Math.max(0, now - attempt.startedAt);
    settlement.event = jobEvent(event, publicState(state), claimed, now, more);
  }
  return settlement;
}

/** A job that did not get its attempt: shutdown, disabled, or this process cannot run it. No attempt is spent. `lane`: that of the type today. */
export function returnOf(
  attempt: Attempt,
  returned: Returned,
  { now, lane, nextId }: { now: number; lane: string; nextId: () => string },
): Settlement {
  const { claimed } = attempt;
  const written = attempt.finish();
  const shelved = returned.kind === 'shelved';
  const step = shelved ? 'shelve' : 'release';
  const reason = shelved ? returned.reason : null;
  const until = returned.kind === 'released' ? (returned.until ?? null) : null;
  return {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    lane,
    state: targetOf(step, until),
    attempt: claimed.attempt - 1,
    crashes: claimed.crashes,
    result: null,
    error: null,
    message: null,
    reason,
    progress: written.progress,
    runAt: until,
    dueAt: until,
    startedAt: claimed.startedAt,
    finishedAt: null,
    attemptRow: null,
    logs: written.logs,
    history:
      returned.kind === 'released' && returned.unrecorded
        ? null
        : historyRow(nextId, attempt, now, step, reason ?? attempt.aborted),
    event: shelved
      ? jobEvent(STEPS.shelve.event, STEPS.shelve.to, { ...claimed, attempt: claimed.attempt - 1 }, now, {
          reason: returned.reason,
        })
      : null,
    ran: null,
  };
}

const reasonOf = (outcome: Exclude<Outcome, { kind: 'success' }>): string | null =>
  outcome.kind === 'discard' ? `discarded: ${outcome.reason}`.slice(0, 190) : (outcome.reason?.slice(0, 190) ?? null);

function carried(result: string | null, error: string | null, reason: string | null): Partial<JobEvent> {
  const more: Partial<JobEvent> = {};
  if (result !== null) {
    if (result.length <= EVENT_RESULT) more.result = JSON.parse(result) as unknown;
    else more.resultBytes = result.length;
  }
  if (error !== null) more.error = error;
  if (reason !== null) more.reason = reason;
  return more;
}

/** Null for a step that the attempts show. */
function historyRow(nextId: () => string, attempt: Attempt, at: number, step: HeldStep, reason: string | null) {
  const { to, history } = STEPS[step];
  return history
    ? {
        id: nextId(),
        jobId: attempt.id,
        at,
        event: history,
        attempt: attempt.attempt,
        status: publicState(to),
        reason,
        by: null,
      }
    : null;
}

/** Between two tries to write an outcome, in milliseconds. */
const PAUSES = [100, 250, 500, 1_000, 2_000, 5_000];

/** Outcomes that may wait to be stored before fewer jobs are claimed, if there are not more slots than that. */
const UNSTORED = 1_024;

export class Settler {
  readonly #needs;
  /** Those that are not durable yet. */
  readonly #waiting = new Set<Settlement>();
  /** The last one of each job: a heartbeat asks for all jobs that are held, thousands of them. */
  readonly #ofJob = new Map<string, Settlement>();
  #over: AbortController;

  constructor(needs: { writes: WriteQueue; clock: Clock; log: Logger; onWritten: () => void }) {
    this.#needs = needs;
    this.#over = open();
  }

  start(): void {
    this.#over = open();
  }

  /** Stops trying: the leases of outcomes that are not written run out. */
  stop(): void {
    this.#over.abort();
  }

  /** By how many the unstored outcomes exceed the limit for so many slots: the worker claims so many fewer jobs, since a job whose outcome is not stored runs again after a crash. */
  late(slots: number): number {
    return Math.max(0, this.#waiting.size - Math.max(slots, UNSTORED));
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Is the outcome of the job's last run not durable yet? */
  has(jobId: string): boolean {
    return this.#ofJob.has(jobId);
  }

  some(which: (settlement: Settlement) => boolean): boolean {
    for (const settlement of this.#waiting) if (which(settlement)) return true;
    return false;
  }

  /** Written with the next commit. Only a lost claim or the end of the process ends the tries. */
  write(settlement: Settlement, job: ClaimedJob): void {
    this.#waiting.add(settlement);
    this.#ofJob.set(settlement.id, settlement);
    this.#try(settlement, job, 0);
  }

  #try(settlement: Settlement, job: ClaimedJob, tries: number): void {
    this.#needs.writes.settle({
      op: settlement,
      resolve: (isWritten) => {
        this.#end(settlement);
        if (isWritten) logFailure(this.#needs.log, settlement, job);
      },
      reject: (error) => void this.#tryAgain(settlement, job, tries, error),
    });
  }

  async #tryAgain(settlement: Settlement, job: ClaimedJob, tries: number, error: unknown): Promise<void> {
    const { clock } = this.#needs;
    const { signal } = this.#over;
    if (signal.aborted) return this.#end(settlement);
    const wait = PAUSES[Math.min(tries, PAUSES.length - 1)] as number;
    const log = logOf(this.#needs.log, job);
    log.error(`The outcome of a job cannot be stored now, next try in ${wait} ms: ${messageOf(error)}`);
    await pause(clock, wait, signal);
    this.#try(settlement, job, tries + 1);
  }

  #end(settlement: Settlement): void {
    this.#waiting.delete(settlement);
    if (this.#ofJob.get(settlement.id) === settlement) this.#ofJob.delete(settlement.id);
    this.#needs.onWritten();
  }
}

/** Each outcome that waits listens to its signal, of which Node 20 would warn. */
function open(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Logs a failed attempt. Call it after the failure is stored. */
function logFailure(to: Logger, { event }: Settlement, job: ClaimedJob): void {
  const failed = event?.event === 'job_failed';
  if (!failed && event?.event !== 'job_retry') return;
  const log = logOf(to, job);
  if (failed) log.warn(`Job failed: ${event.error}`);
  else log.info(`Attempt failed, will retry: ${event.error}`);
}
