import { expect, test } from 'vitest';
import { BOUNDS, BUCKETS, bucketOf } from '../db/time-buckets.ts';
import { distribution } from './distribution.ts';

const countsOf = (durations: readonly number[]): number[] => {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const ms of durations) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
  return counts;
};

test('each bucket holds all that are not longer than its bound, in seconds', () => {
  const { buckets, count, sum } = distribution(countsOf([0, 1, 3, 50, 51, 9_999_999]), 10_000_104);
  const upTo = new Map(buckets.map(({ le, count: n }) => [le, n]));
  expect([0.001, 0.002, 0.005, 0.05, 0.1, 5_000].map((le) => upTo.get(le))).toEqual([2, 2, 3, 4, 5, 5]);
  expect([count, sum]).toEqual([6, 10_000.104]);
});

test('its bounds are bounds of ours, rise, and are not many', () => {
  const bounds = distribution(countsOf([]), 0).buckets.map(({ le }) => le);
  expect(bounds).toHaveLength(21);
  expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
  for (const bound of bounds) expect(BOUNDS).toContain(bound * 1_000);
});
