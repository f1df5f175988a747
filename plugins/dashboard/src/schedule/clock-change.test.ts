// Runs on the nights on which the clocks change, compared with the scheduler's plan.
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { clockNotes, zoneOf } from './clock-change.ts';

const at = (text: string): number => Date.parse(text);

/** The notes for the next five runs that the scheduler plans, by the time that the clocks show. */
async function notesOf(schedule: string, timezone: string, from: string) {
  await using jobs = await createTestJobs({ clock: new ManualClock(at(from)) });
  const runs = jobs.schedules.preview({ schedule, timezone });
  const notes = clockNotes(runs.map(at), zoneOf(timezone), schedule);
  return [...notes].map(([run, note]) => [new Date(run).toISOString().slice(5, 16), note]);
}

const SPRING = '2027-03-27T00:00:00Z';
const AUTUMN = '2027-10-30T00:00:00Z';

test('the half-hour gap of Lord Howe is handled', async () => {
  expect(await notesOf('15 2 * * *', 'Australia/Lord_Howe', '2027-10-01T00:00:00Z')).toEqual([
    ['10-02T15:30', { kind: 'moved', time: '02:15', runs: '02:30' }],
  ]);
});

test('a time that occurs twice runs once', async () => {
  expect(await notesOf('30 2 * * *', 'Europe/Berlin', AUTUMN)).toEqual([
    [expect.stringMatching(/^10-31T0[01]:30$/), { kind: 'once', time: '02:30' }],
  ]);
});

test.each([
  ['30 2 * * 0', SPRING, 'moved'],
  ['30 2 * * 0', AUTUMN, 'once'],
])('%s has one run around %s, noted as %s', async (pattern, from, kind) => {
  expect((await notesOf(pattern, 'Europe/Berlin', from)).map(([, note]) => note)).toEqual([
    expect.objectContaining({ kind }),
  ]);
});

test('after the last run there are no notes', () => {
  const berlin = zoneOf('Europe/Berlin');
  const only = [at('2027-10-31T00:30:00Z')];
  expect([...clockNotes(only, berlin, '30 2 * * *')]).toEqual([]);
});

test('a pattern that runs every hour runs in both hours', async () => {
  const notes = await notesOf('30 * * * *', 'Europe/Berlin', '2027-10-30T23:00:00Z');
  expect(notes).toEqual([['10-31T00:30', { kind: 'both', time: '02:30' }]]);
});
