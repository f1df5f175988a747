import { describe, expect, test } from 'vitest';
import { filterOf, isFiltered, readListQuery, sortOf, unknownIn } from './filters.tsx';

const NOW = 1_767_225_600_000;

describe('the address of the list', () => {
  test.each<Record<string, string>>([
    { status: 'mailed' },
    { within: 'constructor' },
    { from: 'yesterday' },
    { to: '2026-13-40T09:00' },
    { q: '  ' },
    { sort: 'age' },
  ])('%j shows all jobs', (given) => {
    expect(isFiltered(readListQuery(given))).toBe(false);
  });
});

describe('a search', () => {
  test('for a state is the filter of that state', () => {
    expect(readListQuery({ q: 'ada status:failed' })).toMatchObject({ status: 'failed', q: 'ada' });
    expect(readListQuery({ q: 'ada status:broken' })).toMatchObject({ status: undefined, q: 'ada' });
    expect(readListQuery({ q: 'state:parked', status: 'failed' })).toMatchObject({ status: 'parked', q: undefined });
  });

  test.each(['error:"state:failed"', 'status:', 'status: x', '"see status:failed here"'])(
    'for %s keeps the filter of the state',
    (q) => expect(readListQuery({ q, status: 'parked' })).toMatchObject({ status: 'parked', q }),
  );

  test.each([
    [{ q: 'status:broken' }, /^Unknown state: broken\. The states are pending, /],
    [{ status: 'mailed' }, /^Unknown state: mailed/],
    [{ q: 'to:ada' }, /^to: is not a search field/],
    [{ sort: 'age' }, /^Unknown order: age\. The orders are newest, oldest, due\.$/],
    [{ status: 'failed', sort: 'due' }, /^Only the list of delayed jobs can be sorted by/],
  ])('of %j says what is not supported', (given, text) => {
    expect(unknownIn(given)).toEqual([expect.stringMatching(text)]);
  });
});

describe('jobs are listed', () => {
  test('for a range that ends now', () => {
    expect(filterOf(readListQuery({ within: '6h' }), NOW)).toEqual({ from: NOW - 21_600_000 });
  });

  test('for times in UTC, which win over the range', () => {
    expect(filterOf(readListQuery({ within: '6h', from: '2026-01-01T00:00', to: '2026-01-01T00:01' }), NOW)).toEqual({
      from: NOW,
      to: NOW + 60_000,
    });
  });

  test('by when they ended, last first, if the address says so', () => {
    const list = readListQuery({ by: 'ended', within: '1h', sort: 'newest' });
    expect([filterOf(list, NOW), sortOf(list)]).toEqual([{ endedFrom: NOW - 3_600_000 }, 'ended']);
    const until = readListQuery({ by: 'ended', to: '2026-01-01T00:01' });
    expect(filterOf(until, NOW)).toEqual({ endedTo: NOW + 60_000 });
    expect(sortOf(readListQuery({ by: 'ended' }))).toBe('newest');
  });

  test.each([
    ['2026-06-01T09:00', '2026-06-01T07:00Z'],
    ['2026-01-01T09:00', '2026-01-01T08:00Z'],
    ['2026-03-29T01:59', '2026-03-29T00:59Z'],
    ['2026-03-29T03:00', '2026-03-29T01:00Z'],
  ])('for %s by the clocks of the zone that the address names', (from, at) => {
    const list = readListQuery({ from, zone: 'Europe/Berlin' });
    expect(filterOf(list, NOW)).toEqual({ from: Date.parse(at) });
    expect(list).toMatchObject({ from, zone: 'Europe/Berlin' });
    expect(filterOf(readListQuery({ from, zone: 'Mars/Olympus' }), NOW)).toEqual({ from: Date.parse(`${from}Z`) });
  });
});
