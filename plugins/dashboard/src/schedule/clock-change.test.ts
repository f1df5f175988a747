// Runs on the nights on which the clocks change, as the scheduler plans them.
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { clockNote, zoneOf } from './clock-change.ts';

const SPRING = '2027-03-27T00:00:00Z';
const AUTUMN = '2027-10-30T00:00:00Z';

test.each([
  [
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2027-10-01T00:00:00Z',
    ['10-02T15:30 The clocks go forward from 02:00 to 02:30'],
  ],
  ['30 2 * * 0', 'Europe/Berlin', SPRING, ['03-28T01:00 The clocks go forward from 02:00 to 03:00']],
  ['30 2 * * *', 'Europe/Berlin', AUTUMN, [expect.stringMatching(/^10-31T0[01]:30 02:30 occurs twice/)]],
  [
    '30 * * * *',
    'Europe/Berlin',
    '2027-10-30T23:00:00Z',
    ['10-31T00:30 02:30 occurs twice', '10-31T01:30 02:30 occurs twice'],
  ],
  ['30 4 * * *', 'Europe/Berlin', AUTUMN, []],
])('%s in %s after %s', async (schedule, timezone, from, expected) => {
  await using jobs = await createTestJobs({ clock: new ManualClock(Date.parse(from)) });
  const notes = (await jobs.schedules.preview({ schedule, timezone })).flatMap((run) => {
    const note = clockNote(Date.parse(run), zoneOf(timezone));
    return note === undefined ? [] : [`${run.slice(5, 16)} ${note.split(/[,;]/)[0]}`];
  });
  expect(notes).toEqual(expected);
});
