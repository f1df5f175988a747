// What a processor returned or threw, brought to one form. Everything after it knows outcomes only.
import type { Backoff, Snooze } from '@phraseworks/sdk';
import { messageOf, stackOf } from '../kernel/errors.ts';

/** 24 hours. */
export const LONGEST_DELAY = 86_400_000;
const JITTER = 0.1;

/** `attempt` is the one that just failed, from 1; `fraction` is random, 0 to 1: it adds up to 10 % and subtracts nothing. */
export function retryDelay(backoff: Backoff, base: number, attempt: number, fraction: number): number {
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
  | { kind: 'discard'; reason: string };

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

/** By name, not by class: a plugin may bring a copy of the SDK of its own. */
function steering(value: unknown): Outcome | null {
  if (!(value instanceof Error)) return null;
  if (value.name === 'Snooze') {
    return { kind: 'snooze', delay: delayOf((value as Snooze).delay, LONGEST_SNOOZE) ?? 0, reason: messageOf(value) };
  }
  return value.name === 'Discard' ? { kind: 'discard', reason: messageOf(value) } : null;
}

/** Beside `result` and `message`, a processor may answer with fields of its own (`outputPath`, `deliveredAt`): they are part of the result. */
function resultOf(answer: Record<string, unknown>): unknown {
  const { success: _, message: __, result, ...own } = answer;
  if (Object.keys(own).length === 0) return result ?? null;
  if (result === undefined) return own;
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? { ...result, ...own }
    : { result, ...own };
}

/** The specification's answers, nothing at all (success), and anything else a processor may return. */
export function ofReturn(value: unknown): Outcome {
  if (value instanceof Error) return ofThrow(value);
  if (value === undefined || value === null) return { kind: 'success', result: null, message: null };
  if (typeof value !== 'object' || !('success' in value)) return { kind: 'success', result: value, message: null };
  const answer = value as Record<string, unknown>;
  if (answer.success === true) {
    return {
      kind: 'success',
      result: resultOf(answer),
      message: typeof answer.message === 'string' ? answer.message.slice(0, 4_096) : null,
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

/** A throw may be retried unless the error says `retryable: false`. */
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
