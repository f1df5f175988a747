import { expect, test } from 'vitest';
import { createSpread } from './spread.ts';

/** The waits of as many tabs that update at the same moment. */
function waits(tabs: number, busy: number): number[] {
  const next = createSpread({ now: () => 1_000, busy: () => busy });
  return Array.from({ length: tabs }, next);
}

test('a few tabs update every 2.5 seconds', () => {
  expect(waits(1, 1)).toEqual([2_500]);
  expect(Math.max(...waits(10, 0))).toBeLessThan(3_000);
});

test('many tabs take turns, which are longer while the process is busy', () => {
  expect(Math.max(...waits(200, 0))).toBe(2_500 + 199 * 20);
  expect(Math.max(...waits(200, 1))).toBe(2_500 + 199 * 250);
});

test('no tab waits longer than a minute, however many there are', () => {
  expect(waits(10_000, 1).at(-1)).toBe(60_000);
});
