// What is written when an attempt is over, or never became one: built in one place, written by the store.
import type { Backoff, JobEvent, ParkReason } from '@phraseworks/sdk';
import { type HeldStep, publicState, STEPS, targetOf } from '../job/lifecycle.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { jobEvent } from '../store/codec.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { Attempt } from './attempt.ts';
import { failure, type Outcome, retryDelay } from './outcome.ts';

/** The shortest snooze in milliseconds; without it, a job could run in a busy loop. */
const SHORTEST_SNOOZE = 100;

export interface Limits {
  /** The attempt that just ended, from 1. */
  attempt: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
}

interface Decision {
  step: Exclude<HeldStep, 'release' | 'shelve'>;
  /** When it may run again; null when it is over. */
  runAt: number | null;
  /** The attempts spent so far. */
  attempt: number;
}

/** What an outcome means for the job. Pure: from the outcome, the limits of the job, the time and a bit of chance. */
export function settle(outcome: Outcome, job: Limits, now: number, fraction: number): Decision {
  switch (outcome.kind) {
    case 'success':
      return { step: 'complete', runAt: null, attempt: job.attempt };
    case 'discard':
      return { step: 'discard', runAt: null, attempt: job.attempt };
    case 'snooze':
      return { step: 'snooze', runAt: now + Math.max(outcome.delay, SHORTEST_SNOOZE), attempt: job.attempt - 1 };
    case 'failure': {
      if (!outcome.retryable || job.attempt > job.maxRetries)
        return { step: 'fail', runAt: null, attempt: job.attempt };
      const delay = outcome.retryDelay ?? retryDelay(job.backoff, job.retryDelay, job.attempt, fraction);
      return { step: 'retry', runAt: now + delay, attempt: job.attempt };
    }
  }
}

/** A result larger than this is left out of the event: ask for the job. */
const EVENT_RESULT = 16 * 1_024;

interface SettlementInput {
  now: number;
  /** Chance, 0 to 1. */
  fraction: number;
  nextId: () => string;
}

interface PutBackInput {
  now: number;
  /** The lane of the type today. */
  lane: string;
  nextId: () => string;
}

/** The attempt never became one: the job goes back as it was; `unrecorded`: without a line in its history; `until`: it waits until then. */
export type Returned =
  | { kind: 'released'; unrecorded?: boolean; until?: number }
  | { kind: 'shelved'; reason: ParkReason };

/** The row changes, the event and the notes of an attempt that reached its end. */
export function settlementOf(
  attempt: Attempt,
  reached: Outcome,
  { now, fraction, nextId }: SettlementInput,
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
  const verdict = settle(outcome, claimed, now, fraction);
  const error = outcome.kind === 'failure' ? outcome.error : null;
  const reason =
    outcome.kind === 'failure' || outcome.kind === 'discard' || outcome.kind === 'snooze' ? reasonOf(outcome) : null;
  const { event, outcome: ended } = STEPS[verdict.step];
  const dueAt = verdict.runAt !== null && verdict.runAt > now ? verdict.runAt : null;
  const state = targetOf(verdict.step, dueAt);
  const written = attempt.finish();
  const settlement: Settlement = {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    lane: claimed.lane,
    state,
    attempt: verdict.attempt,
    crashes: claimed.crashes,
    result,
    error,
    message: outcome.kind === 'success' ? outcome.message : null,
    reason,
    progress: written.progress,
    runAt: verdict.runAt,
    dueAt,
    startedAt: attempt.startedAt,
    finishedAt: verdict.runAt === null ? now : null,
    attemptRow: null,
    logs: written.logs,
    history: historyRow(nextId, attempt, now, verdict.step, reason),
    event: null,
    ran: verdict.step === 'complete' ? now - attempt.startedAt : null,
  };
  // The attempt that completes a job needs no row of its own: the job's row says all of it.
  if (verdict.step !== 'complete') {
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

/** A job that did not get its attempt: shutdown, disabled, or this process cannot run it. No attempt is spent. */
export function putBackOf(attempt: Attempt, returned: Returned, { now, lane, nextId }: PutBackInput): Settlement {
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
    lane: lane,
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
