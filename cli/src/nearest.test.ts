// The word that was probably meant.
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

test.each(['', 'frobnicate', 'x'.repeat(1_000)])('%j is near to none', (given) => {
  expect(nearest(given, WORDS)).toBeUndefined();
});
