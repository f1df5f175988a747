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
  restore_tested: 0,
  ...more,
});
const newest = old('new', 0);
const PLAIN = { retention: 30 * DAY, keep: undefined, minKeep: 1, keepIncomplete: 3, now: NOW };
const iso = (ms: number) => new Date(ms).toISOString();
const gone = (all: Kept[], terms: Partial<Terms> = {}) =>
  expired([newest, ...all], { newest, ...PLAIN, iso, ...terms }).map(({ id }) => id);

test('backups older than the retention are deleted, oldest first; younger ones and those of exactly that age stay', () => {
  expect(gone([old('a', 31), old('b', 30), old('c', 29), old('d', 90)])).toEqual(['d', 'a']);
});

test('at least minKeep verified ones stay, including the new one', () => {
  const all = [old('a', 31), old('b', 40), old('c', 50)];
  expect(gone(all, { minKeep: 3 })).toEqual(['c']);
  expect(gone(all, { minKeep: 10 })).toEqual([]);
  expect(gone(all, { minKeep: 0 })).toEqual(['c', 'b', 'a']);
});

test('no verified one is deleted if the new one is not verified', () => {
  const all = [old('a', 3_000)];
  for (const state of ['incomplete', 'unverified', 'failed', 'writing'] as const)
    expect(gone(all, { newest: { ...newest, state } })).toEqual([]);
});

test('backups of another type, from the future, or being written stay', () => {
  expect(gone([old('a', 99, { type: 'files' }), old('b', -4_000), old('c', 99, { state: 'writing' })])).toEqual([]);
});

test('one that was never verified does not count and is deleted by age', () => {
  expect(gone([old('a', 99, { state: 'unverified' }), old('b', 99)], { minKeep: 2 })).toEqual(['a']);
});

test('with a clock ten years ahead the new one stays', () => {
  expect(gone([old('a', 1), old('b', 2)], { now: NOW + 3_650 * DAY })).toEqual(['b', 'a']);
});

test.each([0, -1, Number.NaN])('a retention of %d removes nothing', (retention) => {
  expect(gone([old('a', 9_999)], { retention })).toEqual([]);
});

test('the newest one that was restored and compared stays, whatever its age', () => {
  const all = [old('a', 40), old('b', 50, { restore_tested: 1 }), old('c', 60, { restore_tested: 1 })];
  expect(gone(all)).toEqual(['c', 'a']);
});

test('incomplete and damaged ones are limited in number, even if the new one is incomplete, and never count', () => {
  const bad = Array.from({ length: 6 }, (_, n) => old(`b${n}`, n + 1, { state: n % 2 ? 'failed' : 'incomplete' }));
  const incomplete = old('new', 0, { state: 'incomplete' });
  expect(
    expired([incomplete, old('good', 99), ...bad], { newest: incomplete, ...PLAIN, iso }).map(({ id }) => id),
  ).toEqual([...['b5', 'b4', 'b3', 'b2']]);
  expect(gone([old('a', 99), ...bad], { minKeep: 2 })).not.toContain('a');
});

test('daily, weekly and monthly ones stay, each the newest of its day, week and month in UTC', () => {
  const year = Array.from({ length: 365 * 2 }, (_, n) => old(`d${n}`, (n + 1) / 2));
  const all = [newest, ...year];
  const keep = { daily: 7, weekly: 4, monthly: 12 };
  const left = new Set(expired(all, { newest, ...PLAIN, retention: 0, keep, iso }).map(({ id }) => id));
  const stay = all.filter(({ id }) => !left.has(id));
  const days = new Set(stay.map(({ at }) => iso(at).slice(0, 10)));
  expect(days.size).toBe(stay.length);
  expect(new Set(stay.map(({ at }) => iso(at).slice(0, 7))).size).toBe(12);
  expect(stay.slice(0, 7).map(({ at }) => Math.floor(at / DAY))).toEqual(
    Array.from({ length: 7 }, (_, n) => Math.floor(NOW / DAY) - n),
  );
  // 7 days, 3 further weeks, 12 months of which the days hold the first; some of them are the same archive.
  expect(stay.length).toBeGreaterThanOrEqual(7 + 2 + 10);
  expect(stay.length).toBeLessThanOrEqual(7 + 3 + 12);
});
