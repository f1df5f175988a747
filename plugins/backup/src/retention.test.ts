// Which backups go by age: never the last verified one, never for a new one that proves nothing.
import { expect, test } from 'vitest';
import { expired, type Kept, type Terms } from './retention.ts';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const old = (id: string, days: number, more: Partial<Kept> = {}): Kept => ({
  id,
  type: 'database',
  state: 'verified',
  at: NOW - days * DAY,
  ...more,
});
const newest = old('new', 0);
const gone = (all: Kept[], terms: Partial<Terms> = {}) =>
  expired([newest, ...all], { newest, retention: 30 * DAY, minKeep: 1, now: NOW, ...terms }).map(({ id }) => id);

test('what is older than the retention goes, oldest first; what is younger or of just that age stays', () => {
  expect(gone([old('a', 31), old('b', 30), old('c', 29), old('d', 90)])).toEqual(['d', 'a']);
});

test('at least minKeep verified ones stay, the new one among them', () => {
  const all = [old('a', 31), old('b', 40), old('c', 50)];
  expect(gone(all, { minKeep: 3 })).toEqual(['c']);
  expect(gone(all, { minKeep: 10 })).toEqual([]);
  expect(gone(all, { minKeep: 0 })).toEqual(['c', 'b', 'a']);
});

test('with a new one that is not verified nothing goes', () => {
  const all = [old('a', 3_000)];
  for (const state of ['unverified', 'failed', 'writing'] as const)
    expect(gone(all, { newest: { ...newest, state } })).toEqual([]);
});

test('backups of another type stay, and those from the future, and those that are being written', () => {
  expect(gone([old('a', 99, { type: 'files' }), old('b', -4_000), old('c', 99, { state: 'writing' })])).toEqual([]);
});

test('one that was never verified counts for nothing and goes by its age', () => {
  expect(gone([old('a', 99, { state: 'unverified' }), old('b', 99)], { minKeep: 2 })).toEqual(['a']);
});

test('with a clock ten years ahead the new one stays', () => {
  expect(gone([old('a', 1), old('b', 2)], { now: NOW + 3_650 * DAY })).toEqual(['b', 'a']);
});

test.each([0, -1, Number.NaN])('a retention of %d removes nothing', (retention) => {
  expect(gone([old('a', 9_999)], { retention })).toEqual([]);
});
