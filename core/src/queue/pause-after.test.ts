// The pause before the next check for work of other processes: a tenth of the quiet time, between a minimum and a maximum.
import { expect, test } from 'vitest';
import { pauseAfter } from './wakeup.ts';

const server = { shortest: 20, longest: 1_500 };

test.each([
  [0, 20],
  [200, 20],
  [1_000, 100],
  [10_000, 1_000],
  [20_000, 1_500],
  [3_600_000, 1_500],
  [Number.POSITIVE_INFINITY, 1_500],
])('after %d ms of quiet, the pause is %d ms on a server', (quiet, pause) => {
  expect(pauseAfter(quiet, server)).toBe(pause);
});

test('the pause is constant if a check costs nothing', () => {
  expect([0, 5_000, 1e9].map((quiet) => pauseAfter(quiet, { shortest: 500, longest: 500 }))).toEqual([500, 500, 500]);
});
