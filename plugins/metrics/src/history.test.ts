import { describe, expect, test } from 'vitest';
import { HOUR, historyOf, MINUTE, pendingIn, rangeOf } from './history.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

describe('a range', () => {
  test.each([
    [1, 1, MINUTE],
    [60, 60, MINUTE],
    [300, 300, MINUTE],
    [301, 151, 2 * MINUTE],
    [24 * 60, 288, 5 * MINUTE],
    [3 * 24 * 60, 288, 15 * MINUTE],
    [7 * 24 * 60, 168, HOUR],
    [14 * 24 * 60, 168, 2 * HOUR],
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

describe('the backlog', () => {
  const at = (minute: number, pending: number) => ({ at: NOON + minute * MINUTE, pending });
  const minutes = (from: number, to: number, step = 1) => {
    return { from: NOON + from * MINUTE, to: NOON + to * MINUTE, step: step * MINUTE };
  };
  const valuesOf = (pending: Map<number, number>, { from, to, step }: ReturnType<typeof minutes>) =>
    Array.from({ length: (to - from) / step }, (_, i) => pending.get(from + i * step) ?? 0);

  test.each([
    ['stays as it is until the next sample', minutes(0, 6), [at(1, 3), at(4, 1)], 5.5, [0, 3, 3, 3, 1, 1]],
    ['is not known beyond this moment', minutes(0, 6), [at(1, 3)], 2.5, [0, 3, 3, 0, 0, 0]],
    ['is taken along from before the range', minutes(10, 13), [at(0, 2), at(11, 0)], 12.5, [2, 0, 0]],
    ['stays as it is for hours without a sample', minutes(118, 122), [at(0, 2)], 120, [2, 2, 2, 0]],
    ['is the most within a longer slot', minutes(0, 10, 5), [at(1, 9), at(2, 4), at(7, 0)], 9.5, [9, 4]],
  ])('%s', (_, range, samples, now, values) => {
    expect(valuesOf(pendingIn(range, samples, NOON + now * MINUTE), range)).toEqual(values);
  });
});

describe('a history', () => {
  test('has a point for each slot, even if nothing happened', () => {
    const slots = new Map([
      [NOON, { added: 3, completed: 2, pending: 1, wait_0: 2, wait_ms: 0, run_12: 2, run_ms: 200, run_most: 100 }],
    ]);
    const { points, total, ...rest } = historyOf(
      { from: NOON - MINUTE, to: NOON + MINUTE, step: MINUTE },
      slots,
      ['a'],
      (ms) => new Date(ms).toISOString(),
      new Map([[NOON, 1]]),
    );
    expect(rest).toEqual({
      from: '2026-01-01T11:59:00.000Z',
      to: '2026-01-01T12:01:00.000Z',
      step: MINUTE,
      types: ['a'],
    });
    const counts = { added: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, pending: 0 };
    const times = { waitP50: null, waitP95: null, runP50: null, runP95: null };
    expect(points).toEqual([
      { at: '2026-01-01T11:59:00.000Z', ...counts, ...times },
      {
        ...{ at: '2026-01-01T12:00:00.000Z', ...counts, added: 3, completed: 2, pending: 1 },
        ...{ waitP50: 0, waitP95: 0, runP50: 85, runP95: 98.5 },
      },
    ]);
    const { at: _, ...only } = points[1] ?? {};
    expect(total).toEqual(only);
  });

  test('has the median and p95 of the whole range, which need not match any point', () => {
    const slots = new Map([
      [NOON - MINUTE, { completed: 98, run_2: 98, run_most: 2 }],
      [NOON, { completed: 2, run_20: 2, run_most: 1_500 }],
    ]);
    const range = { from: NOON - MINUTE, to: NOON + MINUTE, step: MINUTE };
    const { points, total } = historyOf(range, slots, [], String, new Map());
    expect(total.completed).toBe(100);
    expect([total.runP50, total.runP95].map((ms) => Number(ms) < Number(points[1]?.runP50))).toEqual([true, true]);
  });
});
