// Builds the settlement of an attempt: everything that its end writes. `settleJobs` in store/job-writes.ts writes it.
import type { JobEvent } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';
import { type HeldStep, publicState, STEPS, targetOf } from '../job/lifecycle.ts';
import { encodeJson, RESULT_LIMITS } from '../kernel/json.ts';
import { jobEvent } from '../store/codec.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { Attempt } from './attempt.ts';
import { decide, failure, type Outcome } from './outcome.ts';

/** Characters of a reason, as wide as its column. */
const MOST_REASON = 190;
/** Larger results, in characters, are left out of the event. */
const EVENT_RESULT = 16 * 1_024;

/** The job returns as if it had not been claimed. `unrecorded`: without an entry in its history; `until`: it waits until then. */
export interface Returned {
  kind: 'released';
  unrecorded?: boolean;
  until?: number;
}

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
      // The work is done, so a retry would only repeat it.
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
  // A completed attempt needs no row: the job's row holds the same facts.
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

/** What the return of a claimed job writes: at shutdown, for a disabled plugin, or if this process cannot run it. Uses up no attempt. */
export function returnOf(
  attempt: Attempt,
  returned: Returned,
  { now, nextId }: { now: number; nextId: () => string },
): Settlement {
  const { claimed } = attempt;
  const written = attempt.finish();
  const until = returned.until ?? null;
  return {
    id: attempt.id,
    node: attempt.claim.node,
    run: claimed.run,
    claim: attempt.claim,
    type: claimed.type,
    state: targetOf('release', until),
    attempt: claimed.attempt - 1,
    crashes: claimed.crashes,
    result: null,
    error: null,
    message: null,
    reason: null,
    progress: written.progress,
    runAt: until,
    dueAt: until,
    startedAt: claimed.startedAt,
    finishedAt: null,
    attemptRow: null,
    logs: written.logs,
    history: returned.unrecorded ? null : historyRow(nextId, attempt, now, 'release', attempt.aborted),
    event: null,
    ran: null,
  };
}

const reasonOf = (outcome: Exclude<Outcome, { kind: 'success' }>): string | null =>
  outcome.kind === 'discard'
    ? shortened(`discarded: ${outcome.reason}`, MOST_REASON)
    : outcome.reason && shortened(outcome.reason, MOST_REASON);

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
