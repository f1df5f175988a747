// A job's life as a list: from its row, its attempts and what was done to it beside them.
import type { Attempt, HistoryEntry, JobState } from '@phraseworks/sdk';
import { iso } from '../clock.ts';
import { type StoredAttempt, toAttempt } from '../db/codec.ts';
import type { HistoryRow } from '../db/job-statements.ts';
import { decodeJson } from './json.ts';
import type { JobRecord } from './record.ts';

interface Timed {
  at: number;
  /** Orders what happened in the same millisecond. */
  order: number;
  entry: Omit<HistoryEntry, 'at'>;
}

const ENDS = {
  completed: { event: 'job_completed', status: 'completed' },
  retry: { event: 'job_retry', status: 'pending' },
  failed: { event: 'job_failed', status: 'failed' },
} as const satisfies Record<string, { event: HistoryEntry['event']; status: JobState }>;

export function historyOf(record: JobRecord, attempts: readonly StoredAttempt[], rows: readonly HistoryRow[]): HistoryEntry[] {
  const timed: Timed[] = [{ at: record.createdAt, order: 0, entry: { event: 'job_added', attempt: 0, status: 'pending' } }];
  for (const attempt of attempts) {
    const worker = attempt.node === null ? {} : { worker: attempt.node };
    const base = attempt.run * 10;
    timed.push({ at: attempt.startedAt, order: base, entry: started(attempt.attempt, worker) });
    const end = ENDS[attempt.outcome as keyof typeof ENDS];
    if (!end) continue;
    const error = attempt.error === null ? {} : { error: attempt.error };
    const result = end.status === 'completed' && attempt.run === record.run ? { result: decodeJson(record.result ?? 'null') ?? null } : {};
    const reason = end.status === 'failed' && attempt.run === record.run && record.reason !== null ? { reason: record.reason } : {};
    const duration = attempt.finishedAt - attempt.startedAt;
    timed.push({ at: attempt.finishedAt, order: base + 1, entry: { ...end, attempt: attempt.attempt, duration, ...error, ...result, ...reason, ...worker } });
  }
  if (record.state === 'processing' && record.startedAt !== null) {
    const worker = record.node === null ? {} : { worker: record.node };
    timed.push({ at: record.startedAt, order: record.run * 10, entry: started(record.attempt, worker) });
  }
  for (const row of rows) {
    const reason = row.reason === null ? {} : { reason: row.reason };
    const by = row.by === null ? {} : { by: row.by };
    const event = row.event as HistoryEntry['event'];
    timed.push({ at: row.at, order: Number.POSITIVE_INFINITY, entry: { event, attempt: row.attempt, status: row.status as JobState, ...reason, ...by } });
  }
  return timed.sort((a, b) => a.at - b.at || a.order - b.order).map(({ at, entry }) => ({ ...entry, at: iso(at) }));
}

const started = (attempt: number, worker: { worker?: string }): Timed['entry'] => ({
  event: 'job_started',
  attempt,
  status: 'processing',
  ...worker,
});

/** The attempts that are over, and the one that runs. */
export function attemptsOf(record: JobRecord, attempts: readonly StoredAttempt[]): Attempt[] {
  const list = attempts.map(toAttempt);
  if (record.state !== 'processing' || record.startedAt === null) return list;
  return [
    ...list,
    {
      attempt: record.attempt,
      startedAt: iso(record.startedAt),
      finishedAt: null,
      duration: null,
      outcome: 'running',
      error: null,
      stack: null,
      worker: record.node,
    },
  ];
}
