// Waiting with a limit: what never ends must not hold up the others.
import type { Clock } from '../clock.ts';

/** Rejects with `late()` when `work` has not ended after `ms`; what becomes of it then is nobody's concern any more. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()));
    work.then(
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
