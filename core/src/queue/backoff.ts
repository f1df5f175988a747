// How long a job waits before its next attempt.
import type { Backoff } from '@phraseworks/sdk';

/** 24 hours. */
export const LONGEST_DELAY = 86_400_000;
const JITTER = 0.1;

/** `attempt` is the one that just failed, from 1; `fraction` is random, 0 to 1: it adds up to 10 % and subtracts nothing. */
export function retryDelay(backoff: Backoff, base: number, attempt: number, fraction: number): number {
  const factor = { fixed: 1, linear: attempt, exponential: 2 ** (attempt - 1) }[backoff];
  const delay = Math.min(base * Math.min(factor, LONGEST_DELAY), LONGEST_DELAY);
  return Math.round(delay * (1 + JITTER * fraction));
}
