// Durations in words, strictly.
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['1 second', 1_000],
  ['12 hours', 43_200_000],
  ['30 days', 2_592_000_000],
  ['1 days', 86_400_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '-1 days', '1.5 days', '30 dayz', '30days', '٣٠ days', '99999 weeks'])('%j is refused', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test.each([
  [0, '0 ms'],
  [1_500, '1.5 s'],
  [600_000, '10 min'],
  [10_800_000, '3 h'],
])('%d ms is shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
