import { describe, expect, test } from 'vitest';
import { BOUNDS, bucketOf, quantile } from './figures.ts';

const BUCKETS = BOUNDS.length + 1;

/** A histogram of these durations. */
function histogramOf(durations: readonly number[]): number[] {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const ms of durations) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
  return counts;
}

describe('a bucket', () => {
  test('has a higher bound than the previous one', () => {
    expect([...BOUNDS].sort((a, b) => a - b)).toEqual(BOUNDS);
    expect(new Set(BOUNDS).size).toBe(BOUNDS.length);
  });

  test('includes its own bound, and excludes longer durations', () => {
    for (const [bucket, bound] of BOUNDS.entries()) {
      expect(bucketOf(bound)).toBe(bucket);
      expect(bucketOf(bound + 0.001)).toBe(bucket + 1);
    }
  });

  test.each([
    ['zero', 0, 0],
    ['a negative duration, as after a clock that went back', -5, 0],
    ['a year', 31_536_000_000, BUCKETS - 1],
  ])('accepts %s', (_, ms, bucket) => expect(bucketOf(ms)).toBe(bucket));
});

describe('a quantile', () => {
  test('of nothing is unknown', () => expect(quantile(histogramOf([]), 0.5)).toBeNull());

  test.each([
    ['of equal durations on a bound', [50, 50, 50], 1, 50],
    ['of durations below a millisecond', [0, 0, 0], 0.95, 0],
    ['lies between the bounds of its bucket', [25, 25], 0.5, 25],
    ['above all bounds is the last bound', [9e9], 0.5, 50_000_000],
    ['of the smaller half', [1, 1, 1, 1000], 0.5, 2 / 3],
    ['of the slowest', [1, 1, 1, 1000], 0.95, 940],
  ])('%s', (_, durations, share, ms) => expect(quantile(histogramOf(durations), share)).toBeCloseTo(ms, 0));

  test.each([0.5, 0.95, 0.99])('%d is within a fifth of the exact value, whatever the durations', (share) => {
    // Spread over six powers of ten, without chance.
    const durations = Array.from({ length: 5_000 }, (_, i) => 10 ** ((i * 6) / 5_000));
    const exact = durations[Math.ceil(durations.length * share) - 1] as number;
    const found = quantile(histogramOf(durations), share) as number;
    expect(Math.abs(found - exact) / exact).toBeLessThan(0.2);
  });
});
