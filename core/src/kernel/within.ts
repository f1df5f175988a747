// Waits with a limit, so that work that never ends holds up nothing else.
import { JobsError } from '@phraseworks/sdk';
import type { Clock } from './clock.ts';

/** Rejects with `late()` when `work` has not ended after `ms`, `UNAVAILABLE` by default; its outcome is then ignored. */
export function within<T>(clock: Clock, ms: number, work: T | Promise<T>, late = () => slowDatabase(ms)): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()));
    Promise.resolve(work).then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

const slowDatabase = (ms: number): Error =>
  new JobsError(
    'UNAVAILABLE',
    `There was no answer within ${ms / 1_000} s: the database does not answer. What was asked for may still be done; a job with an idempotencyKey can be added again safely.`,
    { retryAfter: 5 },
  );
