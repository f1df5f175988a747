// Days as numbers, against the calendar that the platform knows.
import { expect, test } from 'vitest';
import { civil, DAY, dayNumber, isoDay, parseDay, parseInstant, weekday } from './days.ts';

test('each day of 500 years has the number, the date and the weekday of the calendar', () => {
  for (let number = -50_000; number < 130_000; number += 1) {
    const day = new Date(number * DAY);
    const date = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
    if (number % 97 === 0) expect(civil(number)).toEqual(date);
    else if (JSON.stringify(civil(number)) !== JSON.stringify(date)) expect.fail(isoDay(number));
    if (dayNumber(date) !== number || weekday(number) !== (day.getUTCDay() + 6) % 7) expect.fail(isoDay(number));
  }
});

test('months may run over the year in both directions', () => {
  expect(isoDay(dayNumber({ year: 2026, month: 13, day: 1 }))).toBe('2027-01-01');
  expect(isoDay(dayNumber({ year: 2026, month: 0, day: 31 }))).toBe('2025-12-31');
  expect(isoDay(dayNumber({ year: 2026, month: -11, day: 1 }))).toBe('2025-01-01');
});

test.each([
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-1-01',
  '26-01-01',
  '2026-01-01T00:00:00Z',
  '',
  '../2026-01-01',
])('%j is not a day', (text) => expect(parseDay(text)).toBeNull());

test('an instant is read as the platform reads it', () => {
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
