// Time and chance: the only file that touches Date, timers, Math.random and randomness.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';
import { JobsError, token } from '@phraseworks/sdk';

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment: moves on evenly, whatever happens to the clock of the machine or the server. */
  steady(): number;
  /** Calls `fn` once after `ms`. */
  after(ms: number, fn: () => void): Cancel;
  /** Calls `fn` when the event loop has turned over. */
  soon(fn: () => void): void;
}
export const Clock = token<Clock>('core/clock');

/** Timers belong to no job, though the call that needs one came from there: an error of ours must not be charged to it. */
const outside = AsyncLocalStorage.snapshot();

export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (ms, fn) => {
    // Longer timers would overflow to 1 ms.
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

/** ISO 8601 in UTC. Busy moments ask for the same millisecond again and again, and making the text is dear. */
export function iso(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

/** Milliseconds since 1970 of an ISO 8601 text. */
export const msOf = (text: string): number => Date.parse(text);

/** Resolves when the event loop has turned over: the pause between two passes, in which the site gets its turn. */
export const yieldToEventLoop = (clock: Clock): Promise<void> => new Promise((resolve) => clock.soon(resolve));

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

/** Rejects with `late()` when `work` has not ended after `ms`, `UNAVAILABLE` by default; its outcome is then ignored. */
export function withTimeout<T>(
  clock: Clock,
  ms: number,
  work: T | Promise<T>,
  late = () => slowDatabase(ms),
): Promise<T> {
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
