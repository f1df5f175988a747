import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { MINUTE } from './history.ts';
import { Tally } from './tally.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

const event = (name: JobEvent['event'], jobType: string, more: Partial<JobEvent> = {}): JobEvent => ({
  ...{
    event: name,
    jobId: 'j',
    jobType,
    plugin: null,
    status: 'completed',
    attempt: 1,
    at: '2026-01-01T12:00:00.000Z',
  },
  ...more,
});

const of = (tally: Tally, type: string, at = NOON) =>
  tally.list().find((minute) => minute.type === type && minute.at === at)?.figures;

const note = (tally: Tally, events: JobEvent[], now = NOON) => tally.note({ events }, now);

test('an hour is kept while writing fails', () => {
  const tally = new Tally();
  for (let minute = 0; minute < 100; minute += 1) note(tally, [event('job_added', 'a')], NOON + minute * MINUTE);
  expect(of(tally, 'a', NOON + 39 * MINUTE)).toBeUndefined();
  expect(of(tally, 'a', NOON + 40 * MINUTE)).toEqual({ added: 1 });
});
