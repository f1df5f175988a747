// The history of a job in order, even if many steps share one millisecond.
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import type { JobRecord } from '../job/record.ts';
import { systemRandom } from '../kernel/clock.ts';
import { Ids } from '../kernel/id.ts';
import type { StoredAttempt } from '../store/codec.ts';
import type { HistoryRow } from '../store/shared-statements.ts';
import { attemptsOf, historyOf } from './history.ts';

const T = 1_767_225_600_000;
const job = {
  id: 'j',
  state: 'completed',
  createdAt: T,
  startedAt: T,
  run: 1,
  attempt: 1,
  node: 'n',
  result: '{"n":1}',
  reason: null,
} as JobRecord;
const attempt = (run: number, outcome: string, startedAt = T, finishedAt = T): StoredAttempt => ({
  attempt: run,
  run,
  node: 'n',
  startedAt,
  finishedAt,
  outcome,
  error: outcome === 'completed' ? null : 'x',
  stack: null,
});
const ids = new Ids(new ManualClock(), systemRandom);
/** Written while this run was the job's last one. */
const row = (run: number, event: string, status: string, at = T): HistoryRow => ({
  id: ids.next(),
  jobId: 'j',
  run,
  at,
  event,
  attempt: 0,
  status,
  reason: null,
  by: null,
});
test('an attempt that ended after the row was read has one start and one end', () => {
  const read = { ...job, state: 'processing' } as JobRecord;
  const attempts = [attempt(1, 'retry', T + 5, T + 15)];
  expect(historyOf(read, attempts, []).map(({ event }) => event)).toEqual(['job_added', 'job_started', 'job_retry']);
  expect(attemptsOf(read, attempts).map(({ outcome }) => outcome)).toEqual(['retry']);
});

describe('historyOf', () => {
  test.each<[string, Partial<JobRecord>, StoredAttempt[], HistoryRow[], string]>([
    [
      'a retry and a new run in the millisecond of the failure',
      { run: 2 },
      [attempt(1, 'failed'), attempt(2, 'completed')],
      [row(1, 'job_requeued', 'pending')],
      'added started failed requeued started completed',
    ],
    [
      'a release, a cancel and a retry by hand within one millisecond',
      {},
      [attempt(1, 'completed')],
      [row(0, 'job_cancelled', 'cancelled'), row(0, 'job_requeued', 'pending')],
      'added cancelled requeued started completed',
    ],
    [
      'an add, a start and a snooze within one millisecond, before a later run',
      { run: 2 },
      [attempt(1, 'snoozed'), attempt(2, 'completed', T + 9, T + 9)],
      [row(1, 'job_snoozed', 'pending')],
      'added started snoozed started completed',
    ],
    [
      'a return to the queue before the run that follows in the same millisecond',
      { run: 2, state: 'processing' },
      [],
      [row(1, 'job_released', 'pending')],
      'added released started',
    ],
    [
      'what happened if the processes that wrote it have different clocks',
      { run: 2 },
      [attempt(1, 'failed'), attempt(2, 'cancelled', T + 2, T + 4)],
      [row(1, 'job_requeued', 'pending', T + 900), row(2, 'job_cancelled', 'cancelled', T + 3)],
      'added started failed requeued started cancelled',
    ],
    [
      'a cancel before the start',
      { state: 'cancelled', startedAt: null },
      [],
      [row(0, 'job_cancelled', 'cancelled')],
      'added cancelled',
    ],
  ])('shows in order %s', (_, change, attempts, rows, names) => {
    const list = historyOf({ ...job, ...change } as JobRecord, attempts, rows);
    expect(list.map(({ event }) => event.slice(4)).join(' ')).toBe(names);
  });

  test('shows only the result of the latest run, and who acted on the job', () => {
    const by = { ...row(1, 'job_requeued', 'pending', T + 20), by: 'ada' };
    const list = historyOf(
      { ...job, run: 2 },
      [attempt(1, 'completed', T, T + 10), attempt(2, 'completed', T + 21, T + 22)],
      [by],
    );
    expect(list.flatMap(({ result }) => result ?? [])).toEqual([{ n: 1 }]);
    expect(list[3]).toMatchObject({ event: 'job_requeued', by: 'ada' });
  });
});
