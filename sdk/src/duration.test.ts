// Durations in words, strictly.
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['1 second', 1_000],
  ['90 seconds', 90_000],
  ['5 minutes', 300_000],
  ['12 hours', 43_200_000],
  ['30 days', 2_592_000_000],
  ['12 weeks', 7_257_600_000],
  ['1 days', 86_400_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '0 days',
  '-1 days',
  '1.5 days',
  '30 dayz',
  ' 30 days',
  '30days',
  '1 month',
  '٣٠ days',
  '99999 weeks',
  '30 DAYS',
])('%j is refused', (text) => {
  expect(parseDuration(text)).toBeNull();
});

test.each([
  [0, '0 ms'],
  [350, '350 ms'],
  [1_500, '1.5 s'],
  [45_000, '45 s'],
  [600_000, '10 min'],
  [10_800_000, '3 h'],
  [432_000_000, '5 d'],
])('%d ms is shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
