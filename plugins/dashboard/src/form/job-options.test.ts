// Durations as text, in both directions.
import { expect, test } from 'vitest';
import { durationIn, durationText } from './job-options.tsx';

test.each([
  [0, '0 ms'],
  [1, '1 ms'],
  [1_500, '1500 ms'],
  [1_000, '1 second'],
  [90_000, '90 seconds'],
  [3_600_000, '1 hour'],
  [172_800_000, '2 days'],
])('%d ms is converted both ways', (ms, text) => {
  expect([durationText(ms), durationIn(text)]).toEqual([text, ms]);
});

test.each(['', '5', 'soon', '5 weeks', '-1 s', '1.5 h', '9999999999999 s'])('%j is not a duration', (text) => {
  expect(durationIn(text)).toBeNull();
});

test.each([
  ['2h', 7_200_000],
  ['10 Min', 600_000],
  [' 3 s ', 3_000],
])('%j is parsed', (text, ms) => {
  expect(durationIn(text)).toBe(ms);
});
