// Builds the settlement of an attempt: everything that its end writes. `settleJobs` in store/job-writes.ts writes it.
import type { JobEvent } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import { FOR_SIGNAL, type HeldStep, isFinal, publicState, STEPS, targetOf } from '../job/lifecycle.ts';
import type { ClaimedJob, Deadline } from '../job/record.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { jobEvent } from '../store/codec.ts';
import { gaveUp } from '../store/deadlines.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { Attempt } from './attempt.ts';
import { decide, failure, type Outcome } from './outcome.ts';

/** Characters of a reason, as wide as its column. */
const MOST_REASON = 190;
/** Larger results, in characters, are left out of the event. */
const EVENT_RESULT = 16 * 1_024;

/** What an attempt that reached its end writes. `fraction`: chance, 0 to 1. */
export function settlementOf(
  attempt: Attempt,
  reached: Outcome,
  { now, fraction, nextId, giveUpAt }: { now: number; fraction: number; nextId: () => string; giveUpAt: number | null },
): Settlement {
  const { claimed } = attempt;
  let outcome = reached;
  let result: string | null = null;
  if (outcome.kind === 'success' && outcome.result !== null && outcome.result !== undefined) {
    const encoded = encodeJson(outcome.result, 'result', RESULT_LIMITS);
    if (encoded.ok) result = encoded.text;
    else {
      // The work is done, so a retry would only repeat it.
      const reason = encoded.tooLarge ? 'result_too_large' : 'result_not_serialisable';
      outcome = failure(`${encoded.error.path} ${encoded.error.message}`, { reason, retryable: false });
    }
  }
  let decision = decide(outcome, claimed, now, fraction);
  const next = decision.closes ?? decision.runAt;
  // A signal may come in time.
  const mayBeSooner = outcome.kind === 'released' || decision.step === 'wait';
  if (giveUpAt !== null && next !== null && next >= giveUpAt && !mayBeSooner) {
    outcome = failedTooLate(outcome, gaveUp(claimed.id, giveUpAt));
    decision = decide(outcome, claimed, now, fraction);
  }
  const { step, runAt, attempt: spent, closes } = decision;
  const { event, outcome: ended } = STEPS[step];
  const isReleased = outcome.kind === 'released' || outcome.kind === 'limited';
  const error = outcome.kind === 'failure' ? outcome.error : null;
  const reason = reasonOf(outcome);
  const dueAt = runAt !== null && runAt > now ? runAt : null;
  const state = targetOf(step, dueAt);
  const isEnd = isFinal(publicState(state));
  const written = attempt.finish();
  const settlement: Settlement = {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    state,
    attempt: spent,
    crashes: claimed.crashes,
    result,
    error,
    message: outcome.kind === 'success' ? outcome.message : null,
    reason,
    progress: written.progress,
    runAt,
    dueAt,
    startedAt: isReleased ? claimed.startedAt : attempt.startedAt,
    finishedAt: isEnd ? now : null,
    attemptRow: null,
    logs: written.logs,
    history: null,
    event: null,
    ran: step === 'complete' ? now - attempt.startedAt : null,
    deadline: isReleased ? undefined : deadlineAfter(claimed, isEnd ? null : giveUpAt),
  };
  if (closes !== undefined) settlement.closes = closes;
  if (outcome.kind === 'waiting' && outcome.for === FOR_SIGNAL) settlement.waits = outcome.keys;
  // A completed attempt needs no row: the job's row holds the same facts.
  if (ended !== undefined && step !== 'complete') {
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
  if (outcome.kind === 'waiting')
    settlement.history = historyRow(nextId, attempt, now, step, shortened(outcome.keys.join(', '), MOST_REASON));
  else if (outcome.kind !== 'released') settlement.history = historyRow(nextId, attempt, now, step, reason);
  else if (!outcome.unrecorded) settlement.history = historyRow(nextId, attempt, now, step, attempt.aborted);
  if (event) {
    const more = carried(result, error, reason);
    if (claimed.since !== null) more.wait = Math.max(0, attempt.startedAt - claimed.since);
    more.duration = Math.max(0, now - attempt.startedAt);
    settlement.event = jobEvent(event, publicState(state), claimed, now, more);
  }
  return settlement;
}

/** A snooze that would be too long fails with what it said. */
function failedTooLate(outcome: Outcome, reason: string): Outcome {
  if (outcome.kind === 'failure') return { ...outcome, reason, retryable: false };
  return failure(outcome.kind === 'snooze' ? outcome.reason : reason, { reason, retryable: false });
}

/** What becomes of the deadline of a job that has begun; undefined: what is stored stays. */
function deadlineAfter({ waitsUntil, giveUpAt }: ClaimedJob, next: number | null): Deadline | null | undefined {
  if (next === null) return waitsUntil === null && giveUpAt === null ? undefined : null;
  return waitsUntil === next ? undefined : { waitsUntil: next, giveUpAt: next };
}

function reasonOf(outcome: Outcome): string | null {
  if (outcome.kind === 'waiting') return outcome.for;
  if (outcome.kind === 'discard') return shortened(`discarded: ${outcome.reason}`, MOST_REASON);
  const hasReason = outcome.kind === 'failure' || outcome.kind === 'snooze' || outcome.kind === 'limited';
  return hasReason && outcome.reason ? shortened(outcome.reason, MOST_REASON) : null;
}

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

/** Null for a step that the attempts already show. */
function historyRow(nextId: () => string, attempt: Attempt, at: number, step: HeldStep, reason: string | null) {
  const { to, history } = STEPS[step];
  return history
    ? {
        id: nextId(),
        jobId: attempt.id,
        run: attempt.claimed.run,
        at,
        event: history,
        attempt: attempt.attempt,
        status: publicState(to),
        reason,
        by: null,
      }
    : null;
}
