// Runs on the nights on which the clocks change, compared with the scheduler's plan.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { clockNotes, nextChange, zoneOf } from './clock-change.tsx';

const at = (text: string): number => Date.parse(text);

/** The notes for the runs that the scheduler plans within three days, by the time that the clocks show. */
async function notesOf(schedule: string, timezone: string, from: string, days = 3) {
  await using jobs = await createTestJobs({ plugins: {} });
  jobs.registerProcessor('work', async () => ({ success: true }));
  await jobs.scheduleJob({ name: 'night', schedule, timezone, jobData: { type: 'work', data: {} } });
  const span = { from: at(from), to: at(from) + days * 86_400_000 };
  const [runs] = await jobs.schedules.runs(span);
  const notes = clockNotes((runs?.at ?? []).map(at), zoneOf(timezone), schedule, span);
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
  const notes = await notesOf('30 * * * *', 'Europe/Berlin', AUTUMN);
  expect(notes).toEqual([['10-31T00:30', { kind: 'both', time: '02:30' }]]);
});

test('the next change of the clocks is found to the minute', () => {
  const berlin = zoneOf('Europe/Berlin');
  expect(nextChange(berlin, at('2026-11-25T12:00:00Z'))).toEqual({
    at: at('2027-03-28T01:00:00Z'),
    before: 3_600_000,
    after: 7_200_000,
  });
});
