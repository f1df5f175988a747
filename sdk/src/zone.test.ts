// Days and clock times of a zone, against the calendar of the platform.
import { expect, test } from 'vitest';
import { createZone, isDay, isZone, parseInstant } from './zone.ts';

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);

test('days and hours of a time zone match the platform, every quarter of an hour for a year', () => {
  for (const name of [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/Santiago',
  ]) {
    const zone = createZone(name);
    const known = new Intl.DateTimeFormat('sv', { timeZone: name, dateStyle: 'short', timeStyle: 'short' });
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7 * 900_000) {
      const [day, time] = known.format(ms).split(' ');
      const [hour = 0, minute = 0] = (time ?? '').split(':').map(Number);
      if (zone.dayOf(ms) !== day || zone.minuteOf(ms) !== hour * 60 + minute) expect.fail(`${name} ${iso(ms)}`);
    }
  }
});

test.each([
  ['UTC', '2026-01-31', '2026-01-31T00:00'],
  ['Europe/Berlin', '2027-03-28', '2027-03-27T23:00'],
  ['Europe/Berlin', '2027-03-29', '2027-03-28T22:00'],
  ['Europe/Berlin', '2027-11-01', '2027-10-31T23:00'],
  ['America/New_York', '2026-11-24', '2026-11-24T05:00'],
  // Their clocks skip midnight on these days.
  ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00'],
  ['America/Santiago', '2026-09-06', '2026-09-06T04:00'],
])('in %s the day %s starts at %s', (name, day, start) => expect(iso(createZone(name).startOf(day))).toBe(start));

test('a time zone is known only by its IANA name', () => {
  expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].map(isZone)).toEqual([true, true, true]);
  expect(['', 'Berlin', 'Mars/Base', '../etc/passwd'].map(isZone)).toEqual([false, false, false, false]);
});

test.each(['2026-02-29', '2026-13-01', '2026-1-01', '2026-01-01T00:00:00Z', '', '../2026-01-01'])(
  '%j is not a day',
  (text) => expect(isDay(text)).toBe(false),
);

test('an instant is parsed as the platform parses it', () => {
  for (const text of [
    '2026-11-23T09:00:00Z',
    '2026-11-23T09:00Z',
    '2026-11-23T09:00:00.5+05:30',
    '1969-12-31T23:59:59.999Z',
    '2026-02-28T23:59:59-11:00',
  ]) {
    expect(parseInstant(text), text).toBe(Date.parse(text));
  }
});

test.each([
  '2026-11-23T09:00:00',
  '2026-11-23',
  '2026-11-23T24:00:00Z',
  '2026-11-23T09:60Z',
  '2026-02-30T09:00Z',
  'now',
])('%j is not an instant', (text) => expect(parseInstant(text)).toBeNull());
