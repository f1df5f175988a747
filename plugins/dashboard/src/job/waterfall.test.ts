import type { Attempt, LogLine } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { byAttempt, titlesOf } from './waterfall.tsx';

const attempt = (n: number, second: number) =>
  ({ attempt: n, startedAt: `2026-01-01T00:00:0${second}.000Z` }) as Attempt;
const line = (n: number, second: number, message: string): LogLine => ({
  attempt: n,
  at: `2026-01-01T00:00:0${second}.500Z`,
  level: 'info',
  message,
});

test('lines of a retried job are shown with the attempt that wrote them', () => {
  const attempts = [attempt(1, 1), attempt(2, 2), attempt(1, 5)];
  const { parts, stray } = byAttempt(attempts, [line(1, 1, 'a'), line(2, 3, 'b'), line(1, 6, 'c'), line(7, 6, 'd')]);
  expect(parts.map((some) => some.map(({ message }) => message))).toEqual([['a'], ['b'], ['c']]);
  expect(stray.map(({ message }) => message)).toEqual(['d']);
});

test('attempts after a retry by hand, which restart at 1, show which retry it was', () => {
  const outcomes = ['retry', 'failed', 'snoozed', 'completed', 'released'] as const;
  const attempts = outcomes.map((outcome, i) => ({ ...attempt([1, 2, 1, 1, 1][i] ?? 0, i), outcome }));
  expect(titlesOf(attempts as Attempt[])).toEqual([
    'Attempt 1',
    'Attempt 2',
    'Attempt 1, retry 1',
    'Attempt 1, retry 1',
    'Attempt 1, retry 2',
  ]);
});
