// Patterns in words: what a schedule may have is said right, or not at all.
import { expect, test } from 'vitest';
import { patternText } from './pattern.ts';

test.each([
  ['*/5 * * * *', 'Every 5 minutes'],
  ['*/10 9-17 * * 1-5', 'Every 10 minutes, between 09:00 and 17:59, Monday through Friday'],
  ['0 9,17 * * *', 'At 09:00 and 17:00'],
  ['0 9 * * 7', 'At 09:00, only on Sunday'],
  ['0 9 * * mon', 'At 09:00, only on Monday'],
  ['0 9 13 * 5', 'At 09:00, on day 13 of the month, and on Friday'],
  ['0 9 * * 1#2', 'At 09:00, on the second Monday of the month'],
  ['0 9 * * 5L', 'At 09:00, on the last Friday of the month'],
  ['0 0 L * *', 'At 00:00, on the last day of the month'],
])('%s is %s', (pattern, words) => {
  expect(patternText(pattern)).toBe(words);
});

test.each([
  ['*/10 * * * * *', 'Every 10 seconds'],
  ['30 0 9 * * *', 'At 09:00:30'],
  ['0 */5 * * * *', 'Every 5 minutes'],
])('%s, which begins with seconds, is %s', (pattern, words) => {
  expect(patternText(pattern)).toBe(words);
});

test.each(['', '* * * *', '60 * * * *', 'a b c d e', '0 9 * * FRIDAY', '0 9 * * FRI#L', '0 9 * * 1-5#1'])(
  '%s has no words',
  (pattern) => {
    expect(patternText(pattern)).toBe('');
  },
);
