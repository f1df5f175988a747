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
const names = (...args: Parameters<typeof historyOf>): string =>
  historyOf(...args)
    .map((entry) => entry.event.slice(4))
    .join(' ');

test('an attempt that ended after the row was read has one start and one end', () => {
  const read = { ...job, state: 'processing' } as JobRecord;
  const attempts = [attempt(1, 'retry', T + 5, T + 15)];
  expect(names(read, attempts, [])).toBe('added started retry');
  expect(attemptsOf(read, attempts).map(({ outcome }) => outcome)).toEqual(['retry']);
});

describe('historyOf', () => {
  test('shows a retry and a success, with the outcome of each attempt', () => {
    const list = historyOf(
      { ...job, run: 2 },
      [attempt(1, 'retry', T + 5, T + 15), attempt(2, 'completed', T + 5_015, T + 5_020)],
      [],
    );
    expect(list).toEqual([
      { event: 'job_added', at: '2026-01-01T00:00:00.000Z', attempt: 0, status: 'pending' },
      { event: 'job_started', at: '2026-01-01T00:00:00.005Z', attempt: 1, status: 'processing', worker: 'n' },
      {
        event: 'job_retry',
        at: '2026-01-01T00:00:00.015Z',
        attempt: 1,
        status: 'pending',
        duration: 10,
        error: 'x',
        worker: 'n',
      },
      { event: 'job_started', at: '2026-01-01T00:00:05.015Z', attempt: 2, status: 'processing', worker: 'n' },
      {
        event: 'job_completed',
        at: '2026-01-01T00:00:05.020Z',
        attempt: 2,
        status: 'completed',
        duration: 5,
        result: { n: 1 },
        worker: 'n',
      },
    ]);
  });

  test('keeps attempts of one millisecond in order', () => {
    const attempts = [attempt(1, 'retry'), attempt(2, 'retry'), attempt(3, 'completed')];
    expect(names({ ...job, run: 3 }, attempts, [])).toBe('added started retry started retry started completed');
  });

  test('orders a retry and a new run in the millisecond of the failure', () => {
    const attempts = [attempt(1, 'failed'), attempt(2, 'completed')];
    expect(names({ ...job, run: 2 }, attempts, [row(1, 'job_requeued', 'pending')])).toBe(
      'added started failed requeued started completed',
    );
  });

  test('orders park, unpark and run within one millisecond', () => {
    const parked = [row(0, 'job_parked', 'parked'), row(0, 'job_unparked', 'pending')];
    expect(names(job, [attempt(1, 'completed')], parked)).toBe('added parked unparked started completed');
  });

  test('orders add, start and snooze within one millisecond, before a later run', () => {
    const attempts = [attempt(1, 'snoozed'), attempt(2, 'completed', T + 9, T + 9)];
    expect(names({ ...job, run: 2 }, attempts, [row(1, 'job_snoozed', 'pending')])).toBe(
      'added started snoozed started completed',
    );
  });

  test('shows a return to the queue before the run that follows in the same millisecond', () => {
    expect(names({ ...job, run: 2 }, [attempt(2, 'completed')], [row(1, 'job_released', 'pending')])).toBe(
      'added released started completed',
    );
    expect(names({ ...job, run: 2, state: 'processing' }, [], [row(1, 'job_released', 'pending')])).toBe(
      'added released started',
    );
  });

  test('orders by what happened if the processes that wrote it have different clocks', () => {
    const rows = [row(1, 'job_requeued', 'pending', T + 900), row(2, 'job_cancelled', 'cancelled', T + 3)];
    expect(names({ ...job, run: 2 }, [attempt(1, 'failed'), attempt(2, 'cancelled', T + 2, T + 4)], rows)).toBe(
      'added started failed requeued started cancelled',
    );
  });

  test('shows a crash and the attempt after it', () => {
    const attempts = [attempt(1, 'crashed', T, T + 40), attempt(2, 'completed', T + 40, T + 50)];
    expect(names({ ...job, run: 2 }, attempts, [row(1, 'job_released', 'pending', T + 40)])).toBe(
      'added started released started completed',
    );
  });

  test('ends with the start of a running attempt', () => {
    expect(names({ ...job, state: 'processing', startedAt: T }, [], [])).toBe('added started');
    expect(names({ ...job, state: 'processing', startedAt: T, run: 2 }, [attempt(1, 'retry')], [])).toBe(
      'added started retry started',
    );
  });

  test('shows a cancel before the start, and one after it', () => {
    expect(names({ ...job, state: 'cancelled', startedAt: null }, [], [row(0, 'job_cancelled', 'cancelled')])).toBe(
      'added cancelled',
    );
    expect(
      names(
        { ...job, state: 'cancelled' },
        [attempt(1, 'cancelled', T, T + 3)],
        [row(1, 'job_cancelled', 'cancelled', T + 1)],
      ),
    ).toBe('added started cancelled');
  });

  test('shows only the result of the latest run, and who acted on the job', () => {
    const by = { ...row(1, 'job_requeued', 'pending', T + 20), by: 'ada' };
    const list = historyOf(
      { ...job, run: 2 },
      [attempt(1, 'completed', T, T + 10), attempt(2, 'completed', T + 21, T + 22)],
      [by],
    );
    expect(list.map((entry) => entry.result)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      { n: 1 },
    ]);
    expect(list[3]).toMatchObject({ event: 'job_requeued', by: 'ada' });
  });

  test('keeps all entries and their times if the clock was set back', () => {
    expect(historyOf({ ...job, createdAt: T + 100 }, [attempt(1, 'completed')], [])).toHaveLength(3);
  });

  test('shows null for an unreadable result', () => {
    expect(historyOf({ ...job, result: '{"a' }, [attempt(1, 'completed')], []).at(-1)).toMatchObject({ result: null });
  });
});

test('lists the finished attempts and the running one', () => {
  expect(attemptsOf(job, [attempt(1, 'completed', T, T + 7)])).toMatchObject([
    { attempt: 1, duration: 7, outcome: 'completed' },
  ]);
  expect(attemptsOf({ ...job, state: 'processing', run: 2, attempt: 2 }, [attempt(1, 'retry')])).toMatchObject([
    { attempt: 1, outcome: 'retry' },
    { attempt: 2, outcome: 'running', finishedAt: null, duration: null },
  ]);
});
