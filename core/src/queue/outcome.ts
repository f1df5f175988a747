// Turns a processor's return value or error into an outcome, and an outcome into the job's next step. Pure.
import { type Backoff, formatDuration } from '@phraseworks/sdk';
import type { Limited, Snooze } from '@phraseworks/sdk/host';
import { shortened } from '@phraseworks/sdk/secrets';
import { FOR_SIGNAL, FOR_TIME, type HeldStep } from '../job/lifecycle.ts';
import type { ClaimedJob } from '../job/record.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import type { Attempt, Wait } from './attempt.ts';

/** 24 hours. */
export const LONGEST_DELAY = 86_400_000;
const JITTER = 0.1;

/** `attempt` is the one that just failed, from 1; `fraction` is random, 0 to 1: it adds up to 10 % and subtracts nothing. */
export function backoffDelay(backoff: Backoff, base: number, attempt: number, fraction: number): number {
  const factor = { fixed: 1, linear: attempt, exponential: 2 ** (attempt - 1) }[backoff];
  const delay = Math.min(base * Math.min(factor, LONGEST_DELAY), LONGEST_DELAY);
  return Math.round(delay * (1 + JITTER * fraction));
}

/** A year. */
const LONGEST_SNOOZE = 31_622_400_000;

export type Outcome =
  | { kind: 'success'; result: unknown; message: string | null }
  | {
      kind: 'failure';
      error: string;
      stack: string | null;
      reason: string | null;
      retryable: boolean;
      retryDelay: number | null;
    }
  | { kind: 'snooze'; delay: number; reason: string }
  | { kind: 'discard'; reason: string }
  /** At its steps: until then at the latest; `for`: what it waits for. */
  | { kind: 'waiting'; until: number | null; for: typeof FOR_SIGNAL | typeof FOR_TIME; keys: readonly string[] }
  /** Its limit is closed for `ms`, or until that time. */
  | { kind: 'limited'; ms: number; isDate: boolean; reason: string }
  /** The job returns as if it had not been claimed. `unrecorded`: without an entry in its history; `until`: it waits until then. */
  | { kind: 'released'; unrecorded?: boolean; until?: number };

export const failure = (
  error: string,
  more: { stack?: string | null; reason?: string; retryable?: boolean; retryDelay?: number | null } = {},
): Outcome => ({
  kind: 'failure',
  error,
  stack: more.stack ?? null,
  reason: more.reason ?? null,
  retryable: more.retryable ?? true,
  retryDelay: more.retryDelay ?? null,
});

const delayOf = (value: unknown, most: number): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.min(Math.round(value), most) : null;

const BAD_SNOOZE = 'snooze(): delay must be a number of milliseconds, 0 or more; the processor passed something else';

const BAD_LIMIT =
  'limited(): expected milliseconds from now, 0 or more, or a Date; the processor passed something else';

const WAITING = 'waiting';
const WAITS_FOR_NOTHING = 'what sleep() or waitFor() threw was thrown by an attempt that waits for nothing';

/** Compares by name, since a plugin may have its own copy of the SDK. */
function steering(value: unknown): Outcome | null {
  if (!(value instanceof Error)) return null;
  if (value.name === 'Snooze') {
    const delay = delayOf((value as Snooze).delay, LONGEST_SNOOZE);
    // Without a limit on attempts, a wrong delay would run the job for ever.
    return delay === null ? failure(BAD_SNOOZE) : { kind: 'snooze', delay, reason: messageOf(value) };
  }
  if (value.name === 'Limited') {
    const { until } = value as Limited;
    const reason = messageOf(value);
    // A `Date` is a time, a number milliseconds from now.
    const isDate = typeof until === 'object';
    const ms = isDate ? delayOf(Number(until), Number.MAX_SAFE_INTEGER) : delayOf(until, LONGEST_SNOOZE);
    return ms === null ? failure(BAD_LIMIT) : { kind: 'limited', ms, isDate, reason };
  }
  if (value.name === 'Waiting') return failure(WAITS_FOR_NOTHING, { reason: WAITING });
  return value.name === 'Discard' ? { kind: 'discard', reason: messageOf(value) } : null;
}

/** Other fields that a processor returns (`outputPath`, `deliveredAt`) become part of the result. */
function resultOf(answer: Record<string, unknown>): unknown {
  const { success: _, message: __, result, ...own } = answer;
  if (Object.keys(own).length === 0) return result ?? null;
  if (result === undefined) return own;
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? { ...result, ...own }
    : { result, ...own };
}

/** Accepts `{ success, ... }`, nothing (a success), and any other value (the result of a success). */
export function ofReturn(value: unknown): Outcome {
  if (value instanceof Error) return ofThrow(value);
  if (value === undefined || value === null) return { kind: 'success', result: null, message: null };
  if (typeof value !== 'object' || !('success' in value)) return { kind: 'success', result: value, message: null };
  const answer = value as Record<string, unknown>;
  if (answer.success === true) {
    return {
      kind: 'success',
      result: resultOf(answer),
      message: typeof answer.message === 'string' ? shortened(answer.message, 4_096) : null,
    };
  }
  return failure(
    answer.error === undefined ? 'the processor reported a failure without an error' : messageOf(answer.error),
    {
      stack: stackOf(answer.error),
      retryable: answer.retryable !== false,
      retryDelay: delayOf(answer.retryDelay, LONGEST_DELAY),
    },
  );
}

/** A thrown error is retryable unless it says `retryable: false`. */
export function ofThrow(thrown: unknown): Outcome {
  const hints = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    retryable?: unknown;
    retryDelay?: unknown;
  };
  try {
    return (
      steering(thrown) ??
      failure(messageOf(thrown), {
        stack: stackOf(thrown),
        retryable: hints.retryable !== false,
        retryDelay: delayOf(hints.retryDelay, LONGEST_DELAY),
      })
    );
  } catch {
    return failure(messageOf(thrown));
  }
}

/** The outcome of an attempt that has ended at these steps, whatever its processor did afterwards; `ignored` says what that was. */
export function afterWaits(waits: readonly Wait[], outcome: Outcome): { outcome: Outcome; ignored: string | null } {
  if (waits.length === 0) return { outcome, ignored: null };
  const times = waits.flatMap(({ until }) => until ?? []);
  const signals = waits.filter(({ kind }) => kind === 'waiting');
  const isEnd = outcome.kind === 'failure' && outcome.reason === WAITING;
  const what = outcome.kind === 'failure' ? `failed: ${outcome.error}` : `ended as ${outcome.kind}`;
  return {
    outcome: {
      kind: 'waiting',
      until: times.length === 0 ? null : Math.min(...times),
      for: signals.length > 0 ? FOR_SIGNAL : FOR_TIME,
      keys: (signals.length > 0 ? signals : waits).map(({ key }) => key),
    },
    ignored: isEnd ? null : what,
  };
}

/** An uncaught error fails the attempt, whatever its processor returned. */
function uncaught(error: unknown): Outcome {
  const outcome = ofThrow(error);
  return outcome.kind === 'failure' ? { ...outcome, reason: 'uncaught' } : outcome;
}

/** The outcome, given why the attempt was aborted. */
type Ended = Pick<Attempt, 'aborted' | 'uncaughtError'> & { claimed: Pick<ClaimedJob, 'timeout'> };

export function afterAbort(attempt: Ended, outcome: Outcome): Outcome {
  const cause = attempt.aborted;
  if (outcome.kind === 'released') return outcome;
  if (cause === 'uncaught') return uncaught(attempt.uncaughtError);
  // Work that succeeded despite the signal counts, and steps at which it waits.
  if (!cause || outcome.kind === 'success' || outcome.kind === 'waiting') return outcome;
  if (cause === 'timeout') {
    const stack = outcome.kind === 'failure' ? outcome.stack : null;
    return failure(`the attempt timed out after ${formatDuration(attempt.claimed.timeout)}`, {
      reason: 'timeout',
      stack,
    });
  }
  return cause === 'cancel' ? outcome : { kind: 'released' };
}

/** The shortest snooze in milliseconds; without it, a job could run in a busy loop. */
const SHORTEST_SNOOZE = 100;

export interface Decision {
  step: HeldStep;
  /** When it may run again; null when it has finished, or may run at once. */
  runAt: number | null;
  /** The attempts spent so far. */
  attempt: number;
  /** When its limit opens again. */
  closes?: number;
}

/** What an outcome means for the job. `fraction` is random, 0 to 1. */
export function decide(
  outcome: Outcome,
  job: Pick<ClaimedJob, 'attempt' | 'maxRetries' | 'retryDelay' | 'backoff'>,
  now: number,
  fraction: number,
): Decision {
  switch (outcome.kind) {
    case 'success':
      return { step: 'complete', runAt: null, attempt: job.attempt };
    case 'discard':
      return { step: 'discard', runAt: null, attempt: job.attempt };
    case 'snooze':
      return { step: 'snooze', runAt: now + Math.max(outcome.delay, SHORTEST_SNOOZE), attempt: job.attempt - 1 };
    case 'waiting': {
      const runAt = outcome.until === null ? null : Math.max(outcome.until, now + 1);
      return { step: outcome.for === FOR_SIGNAL ? 'wait' : 'snooze', runAt, attempt: job.attempt - 1 };
    }
    case 'limited': {
      const closes = outcome.isDate ? Math.min(outcome.ms, now + LONGEST_SNOOZE) : now + outcome.ms;
      const attempt = job.attempt - 1;
      return { step: 'limit', runAt: null, attempt, closes: Math.max(closes, now + SHORTEST_SNOOZE) };
    }
    case 'released':
      return { step: 'release', runAt: outcome.until ?? null, attempt: job.attempt - 1 };
    case 'failure': {
      if (!outcome.retryable || job.attempt > job.maxRetries)
        return { step: 'fail', runAt: null, attempt: job.attempt };
      const delay = outcome.retryDelay ?? backoffDelay(job.backoff, job.retryDelay, job.attempt, fraction);
      return { step: 'retry', runAt: now + delay, attempt: job.attempt };
    }
  }
}
