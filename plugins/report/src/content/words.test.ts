// Numbers and changes in words.
import { expect, test } from 'vitest';
import { changeInWords, changeOf } from './words.ts';

test.each([
  [112, 100, 'more', '12 % more, better'],
  [112, 100, 'less', '12 % more, worse'],
  [112, 100, 'neither', '12 % more'],
  [1_002, 1_000, 'more', 'no change'],
  [5, 0, 'less', 'from none, worse'],
  [5, null, 'more', 'new'],
  [80, 10, 'less', '8 times, worse'],
] as const)('%s after %s, better %s: %s', (now, before, better, words) => {
  expect(changeInWords(changeOf(now, before, better))).toBe(words);
});

test('percentages are compared in points', () => {
  expect(changeInWords(changeOf(98.6, 98.5, 'more', true))).toBe('0.1 points more, better');
  expect(changeInWords(changeOf(98.6, 98.58, 'more', true))).toBe('no change');
});
