// The waits between two attempts to connect.
import { expect, test } from 'vitest';
import { backoff } from './live.ts';

test('the delay doubles each time, up to the maximum', () => {
  const waits = [0, 1, 2, 3, 10, 1_000].map((n) => backoff(n, 500, 30_000, 1));
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000]);
});

test('chance shortens it by half at most', () => {
  expect(backoff(1, 500, 30_000, 0)).toBe(500);
  expect(backoff(1, 500, 30_000, 0.5)).toBe(750);
});
