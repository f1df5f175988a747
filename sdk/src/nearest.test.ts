// Which name was probably meant by a misspelt one.
import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const WORDS = ['start', 'add', 'list', 'show', 'why', 'cancel', 'retry', 'schedules', 'plugins', 'config'];

test.each([
  ['lits', 'list'],
  ['cancle', 'cancel'],
  ['schedule', 'schedules'],
  ['shedules', 'schedules'],
  ['plug', 'plugins'],
  ['adds', 'add'],
])('%s is probably %s', (given, word) => {
  expect(nearest(given, WORDS)).toBe(word);
});

test.each(['', 'frobnicate', 'x'.repeat(1_000)])('%j resembles no word', (given) => {
  expect(nearest(given, WORDS)).toBeUndefined();
});
