// Days as a time zone has them.
import { expect, test } from 'vitest';
import { iso, startOfDay, zoneOf } from './zone.ts';

test.each([
  ['UTC', '2026-01-31T09:00:00.000Z', '2026-01-31T00:00:00.000Z'],
  ['Europe/Berlin', '2026-03-29T10:00:00.000Z', '2026-03-28T23:00:00.000Z'],
  ['Europe/Berlin', '2026-10-25T10:00:00.000Z', '2026-10-24T22:00:00.000Z'],
  // There is no midnight: the clocks go from 23:59 to 01:00.
  ['Africa/Cairo', '2026-04-24T10:00:00.000Z', '2026-04-23T22:00:00.000Z'],
  ['America/Santiago', '2026-09-06T12:00:00.000Z', '2026-09-06T04:00:00.000Z'],
])('in %s the day of %s begins at %s', (name, at, begin) => {
  expect(iso(startOfDay(zoneOf(name), Date.parse(at)))).toBe(begin);
});
