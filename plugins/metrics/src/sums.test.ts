import { describe, expect, test } from 'vitest';
import { addDuration, quantileOf, type Sums } from './sums.ts';

function quantile(durations: readonly number[], share: number): number | null {
  const sums: Sums = {};
  for (const ms of durations) addDuration(sums, 'run', ms);
  return quantileOf(sums, 'run', share);
}

describe('a quantile', () => {
  test('of nothing is unknown', () => expect(quantile([], 0.5)).toBeNull());

  test.each([
    ['lies between the bound below and the longest', [25, 25], 0.5, 22.5],
    ['above all bounds lies between the last bound and the longest', [9e9, 9e9], 0.5, 4.525e9],
    ['of one run is that run', [1_000], 0.5, 1_000],
    ['of few runs is the slowest', [1, 1, 1, 1_000], 0.95, 1_000],
  ])('%s', (_, durations, share, ms) => expect(quantile(durations, share)).toBeCloseTo(ms, 0));

  test.each([[[2_400]], [[2_100, 2_100]], [[0]], [[-5]], [[1, 40, 41, 41.5]], [[9e9, 9.1e9]]])(
    'of %j never exceeds the longest',
    (durations) => {
      for (const share of [0.5, 0.95, 0.99, 1])
        expect(quantile(durations, share)).toBeLessThanOrEqual(Math.max(0, ...durations));
    },
  );

  test.each([0.5, 0.95, 0.99])('%d is within a fifth of the exact value, whatever the durations', (share) => {
    // Spread over six powers of ten, without chance.
    const durations = Array.from({ length: 5_000 }, (_, i) => 10 ** ((i * 6) / 5_000));
    const exact = durations[Math.ceil(durations.length * share) - 1] as number;
    const found = quantile(durations, share) as number;
    expect(Math.abs(found - exact) / exact).toBeLessThan(0.2);
  });
});
