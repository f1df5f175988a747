// When the successor of a worker process starts.
import { expect, test } from 'vitest';
import { RestartDelay } from './restart-delay.ts';

test('the first successor comes at once, those of processes that die young later and later, up to 30 s', () => {
  const delay = new RestartDelay();
  expect(Array.from({ length: 9 }, () => delay.after(9_999))).toEqual([
    0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('a process that lived for ten seconds is replaced at once again', () => {
  const delay = new RestartDelay();
  for (let n = 0; n < 5; n += 1) delay.after(10);
  expect(delay.after(10_000)).toBe(0);
  expect(delay.after(10)).toBe(500);
});
