// What is written when an attempt is over, or never became one: built in one place, written by the store.
import type { Backoff, JobEvent, ParkReason } from '@phraseworks/sdk';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { jobEvent } from '../store/codec.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { Attempt } from './attempt.ts';
import { STEPS, type StepName, type StoredState } from './lifecycle.ts';
import { failure, type Outcome, retryDelay } from './outcome.ts';

/** A job that snoozes without a pause would turn in a circle at full speed, in milliseconds. */
const SHORTEST_SNOOZE = 100;

export interface Limits {
  /** The attempt that just ended, from 1. */
  attempt: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
}

interface Verdict {
  step: Extract<StepName, 'complete' | 'retry' | 'fail' | 'snooze' | 'discard'>;
  /** When it may run again; null when it is over. */
  runAt: number | null;
  /** The attempts spent so far. */
  attempt: number;
}

/** What an outcome means for the job. Pure: from the outcome, the limits of the job, the time and a bit of chance. */
export function settle(outcome: Outcome, job: Limits, now: number, fraction: number): Verdict {
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

/** The attempt never became one: the job goes back as it was; `unnoted`: without a line in its history; `until`: it waits until then. */
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
  const step = STEPS[verdict.step];
  const over = verdict.runAt === null;
  const scheduled = !over && (verdict.runAt as number) > now;
  const written = attempt.finish();
  const settlement: Settlement = {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
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
    startedAt: attempt.startedAt,
    finishedAt: over ? now : null,
    attemptRow: null,
    logs: written.logs,
    history: null,
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
      outcome: OUTCOME_NAMES[verdict.step],
      error,
      stack: outcome.kind === 'failure' ? outcome.stack : null,
    };
  }
  if (step.event) {
    const more = carried(result, error, reason);
    if (claimed.since !== null) more.wait = Math.max(0, attempt.startedAt - claimed.since);
    more.duration = Math.max(0, now - attempt.startedAt);
    settlement.event = jobEvent(step.event, step.to, claimed, now, more);
  }
  if (verdict.step === 'snooze' || verdict.step === 'discard') {
    settlement.history = historyRow(nextId(), attempt, now, verdict.step, reason);
  }
  return settlement;
}

/** A job that did not get its attempt: shutdown, disabled, or this process cannot run it. No attempt is spent. */
export function putBackOf(attempt: Attempt, returned: Returned, { now, lane, nextId }: PutBackInput): Settlement {
  const { claimed } = attempt;
  const written = attempt.finish();
  const shelved = returned.kind === 'shelved';
  const step: StepName = shelved ? 'shelve' : 'release';
  const reason = shelved ? returned.reason : null;
  const until = returned.kind === 'released' ? (returned.until ?? null) : null;
  return {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    lane: lane,
    state: shelved ? 'parked' : until === null ? 'ready' : 'scheduled',
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
        : historyRow(nextId(), attempt, now, step, reason ?? attempt.aborted),
    event: shelved
      ? jobEvent('job_parked', 'parked', { ...claimed, attempt: claimed.attempt - 1 }, now, {
          reason: returned.reason,
        })
      : null,
    ran: null,
  };
}

const OUTCOME_NAMES = {
  retry: 'retry',
  fail: 'failed',
  snooze: 'snoozed',
  discard: 'cancelled',
} as const;
const HISTORY_NAMES = {
  snooze: 'job_snoozed',
  discard: 'job_cancelled',
  release: 'job_released',
  shelve: 'job_parked',
} as const;

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
