// How long a job waits before its next attempt.
import { expect, test } from 'vitest';
import { LONGEST_DELAY, retryDelay } from './outcome.ts';

test.each([
  ['fixed', 1, 5_000],
  ['fixed', 7, 5_000],
  ['linear', 1, 5_000],
  ['linear', 2, 10_000],
  ['linear', 10, 50_000],
  ['exponential', 1, 5_000],
  ['exponential', 2, 10_000],
  ['exponential', 3, 20_000],
  ['exponential', 11, 5_120_000],
] as const)('%s after attempt %i waits %i ms', (backoff, attempt, expected) => {
  expect(retryDelay(backoff, 5_000, attempt, 0)).toBe(expected);
});

test.each([
  ['linear', 20_000],
  ['exponential', 16],
  ['exponential', 101],
  ['exponential', 5_000],
] as const)('%s after attempt %i waits 24 hours, not longer', (backoff, attempt) => {
  expect(retryDelay(backoff, 5_000, attempt, 0)).toBe(LONGEST_DELAY);
});

test.each(['fixed', 'linear', 'exponential'] as const)(
  '%s without a delay does not wait, whatever the attempt',
  (backoff) => {
    for (const attempt of [1, 2, 100, 5_000]) expect(retryDelay(backoff, 0, attempt, 0.9)).toBe(0);
  },
);

test('chance adds up to a tenth and takes nothing away', () => {
  const waits = [0, 0.25, 0.5, 0.75, 0.999_999].map((fraction) => retryDelay('fixed', 10_000, 1, fraction));
  expect(waits).toEqual([10_000, 10_250, 10_500, 10_750, 11_000]);
});
