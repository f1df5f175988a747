// Which name was probably meant by a misspelt one.
import { expect, test } from 'vitest';
import { nearest, unknownFields, unknownOptions } from './nearest.ts';

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

test('an unknown option is refused by its name, with the likely one', () => {
  expect(unknownOptions({ retries: 5, lane: 'a', timeout: undefined }, ['lane', 'maxRetries'])).toEqual([
    { path: 'retries', message: 'is not a known option: did you mean maxRetries?' },
  ]);
  expect(unknownOptions({ colour: 1 }, ['lane', 'maxRetries'], 'plugins.a', 'setting')).toEqual([
    { path: 'plugins.a.colour', message: 'is not a known setting; use lane, maxRetries' },
  ]);
});

test('an unknown key is repeated only if it resembles a known one', () => {
  expect(unknownFields({ dealy: 5, 'token-123': 1, other: 2 }, ['delay', 'data'], '[2]')).toEqual([
    { path: '[2].dealy', message: 'is not a known option: did you mean delay?' },
    { path: '[2].(key)', message: 'is not a known option; use delay, data' },
  ]);
});
