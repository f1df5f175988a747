import { describe, expect, test } from 'vitest';
import { HOUR, historyOf, MINUTE, rangeOf } from './history.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

describe('a range', () => {
  test.each([
    [1, 1, MINUTE],
    [301, 151, 2 * MINUTE],
    [24 * 60, 288, 5 * MINUTE],
    [7 * 24 * 60, 168, HOUR],
  ])('of %d minutes has %d points', (minutes, points, step) => {
    const range = rangeOf(minutes, NOON + 1_234);
    expect((range.to - range.from) / range.step).toBe(points);
    expect(range.step).toBe(step);
  });

  test('ends with the current slot, and starts on a multiple of the step', () => {
    const range = rangeOf(10, NOON + 59_999);
    expect(range).toEqual({ from: NOON - 9 * MINUTE, to: NOON + MINUTE, step: MINUTE });
    expect(rangeOf(1440, NOON + 1).from % (5 * MINUTE)).toBe(0);
  });
});

describe('a history', () => {
  test('has the median and p95 of the whole range, which need not match any point', () => {
    const slots = new Map([
      [NOON - MINUTE, { completed: 98, run_2: 98, run_most: 2 }],
      [NOON, { completed: 2, run_20: 2, run_most: 1_500 }],
    ]);
    const range = { from: NOON - MINUTE, to: NOON + MINUTE, step: MINUTE };
    const { points, total } = historyOf(range, slots, [], String);
    expect(total.completed).toBe(100);
    expect([total.runP50, total.runP95].map((ms) => Number(ms) < Number(points[1]?.runP50))).toEqual([true, true]);
  });
});
