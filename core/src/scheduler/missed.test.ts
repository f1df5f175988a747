// Which runs fire after an absence.
import type { MissedRuns } from '@phraseworks/sdk';
import { dueRuns } from '@phraseworks/sdk/cron';
import { describe, expect, it } from 'vitest';

const at = (time: string): number => Date.parse(`2026-10-16T${time}Z`);
const due = (missed: MissedRuns, now: string, pattern = '0 * * * *', nextAt = '01:00:00') => {
  const { ticks, next } = dueRuns({ pattern, timezone: 'UTC', missed, nextAt: at(nextAt) }, at(now));
  return {
    ticks: ticks.map((tick) => new Date(tick).toISOString().slice(11, 19)),
    next: next && new Date(next).toISOString().slice(11, 19),
  };
};

describe('six missed hourly runs, at half past six', () => {
  it.each<[MissedRuns, string[]]>([
    ['skip', []],
    ['once', ['06:00:00']],
    [{ all: 1 }, ['06:00:00']],
    [{ all: 3 }, ['04:00:00', '05:00:00', '06:00:00']],
    [{ all: 100 }, ['01:00:00', '02:00:00', '03:00:00', '04:00:00', '05:00:00', '06:00:00']],
  ])('%j fires %j', (missed, ticks) => {
    expect(due(missed, '06:30:00')).toEqual({ ticks, next: '07:00:00' });
  });
});

describe('the newest run is at most a minute late', () => {
  it.each<[MissedRuns, string[]]>([
    ['skip', ['06:00:00']],
    ['once', ['06:00:00']],
    [{ all: 2 }, ['04:00:00', '05:00:00', '06:00:00']],
  ])('%j fires it in addition to the missed ones it allows: %j', (missed, ticks) => {
    expect(due(missed, '06:01:00')).toEqual({ ticks, next: '07:00:00' });
  });

  it('and counts as missed a second later', () => {
    expect(due('skip', '06:01:01').ticks).toEqual([]);
  });
});

describe('a due run', () => {
  it.each<MissedRuns>(['skip', 'once', { all: 5 }])('fires alone at its exact time with %j', (missed) => {
    expect(due(missed, '01:00:00')).toEqual({ ticks: ['01:00:00'], next: '02:00:00' });
  });

  it('of a schedule for every second does not pile up while the process is paused', () => {
    expect(due('once', '01:00:25', '* * * * * *')).toEqual({ ticks: ['01:00:25'], next: '01:00:26' });
  });
});

it('a run planned before the rules of its time zone changed fires once, at its planned time', () => {
  expect(due('once', '01:10:00', '0 5 * * *', '01:00:00')).toEqual({ ticks: ['01:00:00'], next: '05:00:00' });
});

it('years of missed seconds are computed at once', () => {
  const plan = {
    pattern: '* * * * * *',
    timezone: 'Europe/London',
    missed: { all: 100 },
    nextAt: at('00:00:00') - 3 * 365 * 86_400_000,
  };
  expect(dueRuns(plan, at('12:00:30')).ticks).toHaveLength(101);
});
