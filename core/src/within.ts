// Every answer comes within a time: a database that does not answer must not leave requests hanging.
import { JobsError } from '@phraseworks/sdk';
import { type Clock, pause } from './clock.ts';

/** Resolves or rejects as `answer` does. Throws `UNAVAILABLE` after `ms`, whatever becomes of it then. */
export async function within<T>(clock: Clock, ms: number, answer: T | Promise<T>): Promise<T> {
  if (!(answer instanceof Promise)) return answer;
  const over = new AbortController();
  const late = pause(clock, ms, over.signal).then(() => {
    if (over.signal.aborted) return undefined as T;
    throw new JobsError(
      'UNAVAILABLE',
      `There was no answer within ${ms / 1_000} s: the database does not answer. What was asked for may still be done; a job with an idempotencyKey can be added again safely.`,
      { retryAfter: 5 },
    );
  });
  // Nobody listens to the one that comes second.
  late.catch(() => {});
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
