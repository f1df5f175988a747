// The periods of reports: weeks from Monday, days and months, where clocks change and where they do not.
import { createZone } from '@phraseworks/sdk/zone';
import { expect, test } from 'vitest';
import { type Every, periodAt } from './time.ts';

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);

interface Case {
  zone?: string;
  every: Every;
  at: string;
  which?: 'last' | 'current';
  is: [from: string, to: string, label: string];
  before: [from: string, to: string, label: string];
}

const CASES: Record<string, Case> = {
  'on Monday morning the week is the one that ended at midnight': {
    every: 'week',
    at: '2026-11-23T09:00Z',
    is: ['2026-11-16T00:00', '2026-11-23T00:00', '16 to 22 November 2026'],
    before: ['2026-11-09T00:00', '2026-11-16T00:00', '9 to 15 November 2026'],
  },
  'a week may belong to two months and two years': {
    every: 'week',
    at: '2026-01-05T00:00Z',
    is: ['2025-12-29T00:00', '2026-01-05T00:00', '29 December 2025 to 4 January 2026'],
    before: ['2025-12-22T00:00', '2025-12-29T00:00', '22 to 28 December 2025'],
  },
  'the week in which clocks go back has 169 hours': {
    zone: 'Europe/Berlin',
    every: 'week',
    at: '2026-10-26T08:00Z',
    is: ['2026-10-18T22:00', '2026-10-25T23:00', '19 to 25 October 2026'],
    before: ['2026-10-11T22:00', '2026-10-18T22:00', '12 to 18 October 2026'],
  },
  'the day on which clocks go forward has 23 hours': {
    zone: 'Europe/Berlin',
    every: 'day',
    at: '2026-03-30T08:00Z',
    is: ['2026-03-28T23:00', '2026-03-29T22:00', 'Sunday, 29 March 2026'],
    before: ['2026-03-27T23:00', '2026-03-28T23:00', 'Saturday, 28 March 2026'],
  },
  'in January the month is the last of the year before': {
    every: 'month',
    at: '2026-01-31T12:00Z',
    is: ['2025-12-01T00:00', '2026-01-01T00:00', 'December 2025'],
    before: ['2025-11-01T00:00', '2025-12-01T00:00', 'November 2025'],
  },
  'the current week is compared with as many days': {
    every: 'week',
    at: '2026-11-25T10:00Z',
    which: 'current',
    is: ['2026-11-23T00:00', '2026-11-26T00:00', '23 to 25 November 2026'],
    before: ['2026-11-16T00:00', '2026-11-19T00:00', '16 to 18 November 2026'],
  },
  'the current month is never compared with more days than the one before has': {
    every: 'month',
    at: '2026-03-31T10:00Z',
    which: 'current',
    is: ['2026-03-01T00:00', '2026-04-01T00:00', 'March 2026'],
    before: ['2026-02-01T00:00', '2026-03-01T00:00', 'February 2026'],
  },
};

test.each(Object.entries(CASES))('%s', (_name, { zone = 'UTC', every, at, which, is, before }) => {
  const period = periodAt(every, Date.parse(at.replace('Z', ':00Z')), createZone(zone), which);
  expect([iso(period.from), iso(period.to), period.label]).toEqual(is);
  expect([iso(period.before.from), iso(period.before.to), period.before.label]).toEqual(before);
});
