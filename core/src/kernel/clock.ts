// Time and randomness: the only file that uses Date, timers and random sources.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import { JobsError, token } from '@phraseworks/sdk';

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Monotonic milliseconds, unaffected by changes of the system clock. */
  steady(): number;
  /** Calls `fn` once after `ms`. */
  after(ms: number, fn: () => void): Cancel;
  /** Calls `fn` in the next turn of the event loop. */
  soon(fn: () => void): void;
  /** It follows the time of a server, to a quarter of a second. */
  readonly followsServer?: true;
}
export const Clock = token<Clock>('core/clock');

/** Timers run outside any job's async context, so that their errors are not charged to the job. */
const outside = AsyncLocalStorage.snapshot();

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (ms, fn) => {
    // Node turns longer timeouts into 1 ms.
    const timer = outside(setTimeout, fn, Math.min(ms, 2_147_483_647));
    return () => clearTimeout(timer);
  },
  soon: (fn) => {
    outside(setImmediate, fn);
  },
};

export interface Random {
  /** 0 <= x < 1. */
  fraction(): number;
  /** Fills the array with random bytes. */
  bytes(into: Uint8Array): void;
}
export const Random = token<Random>('core/random');

export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes: (into) => {
    randomFillSync(into);
  },
};

let lastMs = Number.NaN;
let lastText = '';

/** ISO 8601 in UTC. Formatting is expensive and busy milliseconds repeat, so the last text is cached. */
export function iso(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

/** Milliseconds since 1970 of an ISO 8601 text. */
export const msOf = (text: string): number => Date.parse(text);

/** Those who wait for a round of the event loop, in this process. */
const line: (() => void)[] = [];

/** Lets other work of the process run between two passes. Of several that wait, each gets a round of its own, with other events in between. */
export const yieldToEventLoop = (clock: Clock): Promise<void> =>
  new Promise((resolve) => {
    line.push(resolve);
    if (line.length === 1) callNext(clock);
  });

function callNext(clock: Clock): void {
  clock.soon(() => {
    line.shift()?.();
    if (line.length > 0) callNext(clock);
  });
}

/** Resolves after `ms`, or at once when the signal fires. */
export const pause = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done);
  });

/** Rejects with `late()` (by default `UNAVAILABLE`) if `work` takes longer than `ms`; its later outcome is ignored. */
export function withTimeout<T>(
  clock: Clock,
  ms: number,
  work: T | Promise<T>,
  late = () => slowDatabase(ms),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(late()));
    Promise.resolve(work).finally(cancel).then(resolve, reject);
  });
}

const slowDatabase = (ms: number): Error =>
  new JobsError(
    'UNAVAILABLE',
    `The database did not answer within ${ms / 1_000} s. The operation may still complete; a job with an idempotencyKey can safely be added again.`,
    { retryAfter: 5 },
  );
