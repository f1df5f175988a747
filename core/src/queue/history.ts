// The history of a job, merged from its row, its attempts and the recorded actions.
import type { Attempt, HistoryEntry, JobState } from '@phraseworks/sdk';
import { publicState, STEPS } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import { decodeJson } from '../kernel/json.ts';
import { type StoredAttempt, toAttempt } from '../store/codec.ts';
import type { HistoryRow } from '../store/shared-statements.ts';

/** The place of an entry: its run, and within that what happens one after the other. Times decide nothing: clocks differ, and many steps share a millisecond. */
interface Placed {
  run: number;
  part: Part;
  at: number;
  entry: Omit<HistoryEntry, 'at'>;
}

/** The start of a run, its end, and what was done to the job until the next run. */
type Part = 0 | 1 | 2;

/** The history entry of an attempt by its outcome, for steps that store no entry. */
const ENDS = new Map(
  Object.values(STEPS).flatMap(({ event, history, outcome, to }) =>
    event && outcome && !history ? [[outcome as string, { event, status: publicState(to) }] as const] : [],
  ),
);

export function historyOf(
  record: JobRecord,
  attempts: readonly StoredAttempt[],
  rows: readonly HistoryRow[],
): HistoryEntry[] {
  const added: Placed = {
    run: 0,
    part: 0,
    at: record.createdAt,
    entry: { event: 'job_added', attempt: 0, status: 'pending' },
  };
  const list = [added, ...attempts.flatMap((attempt) => ofAttempt(record, attempt)), ...rows.map(ofRow)];
  const since = runningSince(record, attempts);
  if (since !== null) list.push({ run: record.run, part: 0, at: since, entry: started(record.attempt, record.node) });
  list.sort((a, b) => a.run - b.run || a.part - b.part);
  return list.map(({ at, entry }) => ({ ...entry, at: iso(at) }));
}

function ofAttempt(record: JobRecord, attempt: StoredAttempt): Placed[] {
  const { run } = attempt;
  const start: Placed = { run, part: 0, at: attempt.startedAt, entry: started(attempt.attempt, attempt.node) };
  const end = ENDS.get(attempt.outcome);
  if (!end) return [start];
  const last = run === record.run;
  const entry: Placed['entry'] = {
    ...end,
    attempt: attempt.attempt,
    duration: attempt.finishedAt - attempt.startedAt,
    ...(attempt.error === null ? {} : { error: attempt.error }),
    ...(last && end.status === 'completed' ? { result: decodeJson(record.result ?? 'null') ?? null } : {}),
    ...(last && end.status === 'failed' && record.reason !== null ? { reason: record.reason } : {}),
    ...(attempt.node === null ? {} : { worker: attempt.node }),
  };
  return [start, { run, part: 1, at: attempt.finishedAt, entry }];
}

function ofRow(row: HistoryRow): Placed {
  const reason = row.reason === null ? {} : { reason: row.reason };
  const by = row.by === null ? {} : { by: row.by };
  const event = row.event as HistoryEntry['event'];
  const entry = { event, attempt: row.attempt, status: row.status as JobState, ...reason, ...by };
  return { run: row.run, part: 2, at: row.at, entry };
}

const started = (attempt: number, node: string | null): Placed['entry'] => ({
  event: 'job_started',
  attempt,
  status: 'processing',
  ...(node === null ? {} : { worker: node }),
});

/** Null if none runs. The attempts were read after the row, so the running one may have ended since. */
const runningSince = ({ state, startedAt, run }: JobRecord, attempts: readonly StoredAttempt[]): number | null =>
  state === 'processing' && !attempts.some((attempt) => attempt.run === run) ? startedAt : null;

/** The finished attempts, and the running one. */
export function attemptsOf(record: JobRecord, attempts: readonly StoredAttempt[]): Attempt[] {
  const list = attempts.map(toAttempt);
  const since = runningSince(record, attempts);
  if (since === null) return list;
  return [
    ...list,
    {
      attempt: record.attempt,
      startedAt: iso(since),
      finishedAt: null,
      duration: null,
      outcome: 'running',
      error: null,
      stack: null,
      worker: record.node,
    },
  ];
}
