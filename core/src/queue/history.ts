// The history of a job, merged from its row, its attempts and the recorded actions.
import type { Attempt, HistoryEntry, JobState } from '@phraseworks/sdk';
import { publicState, STEPS } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import { decodeJson } from '../kernel/json.ts';
import { type StoredAttempt, toAttempt } from '../store/codec.ts';
import type { HistoryRow } from '../store/shared-statements.ts';

interface Timed {
  at: number;
  entry: Omit<HistoryEntry, 'at'>;
}

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
  const added: Timed = { at: record.createdAt, entry: { event: 'job_added', attempt: 0, status: 'pending' } };
  const runs = attempts.flatMap((attempt) => ofAttempt(record, attempt));
  const since = runningSince(record, attempts);
  if (since !== null) runs.push({ at: since, entry: started(record.attempt, record.node) });
  return merge(added, runs, rows.map(ofRow)).map(({ at, entry }) => ({ ...entry, at: iso(at) }));
}

function ofAttempt(record: JobRecord, attempt: StoredAttempt): Timed[] {
  const start: Timed = { at: attempt.startedAt, entry: started(attempt.attempt, attempt.node) };
  const end = ENDS.get(attempt.outcome);
  if (!end) return [start];
  const last = attempt.run === record.run;
  const entry: Timed['entry'] = {
    ...end,
    attempt: attempt.attempt,
    duration: attempt.finishedAt - attempt.startedAt,
    ...(attempt.error === null ? {} : { error: attempt.error }),
    ...(last && end.status === 'completed' ? { result: decodeJson(record.result ?? 'null') ?? null } : {}),
    ...(last && end.status === 'failed' && record.reason !== null ? { reason: record.reason } : {}),
    ...(attempt.node === null ? {} : { worker: attempt.node }),
  };
  return [start, { at: attempt.finishedAt, entry }];
}

function ofRow(row: HistoryRow): Timed {
  const reason = row.reason === null ? {} : { reason: row.reason };
  const by = row.by === null ? {} : { by: row.by };
  const event = row.event as HistoryEntry['event'];
  return { at: row.at, entry: { event, attempt: row.attempt, status: row.status as JobState, ...reason, ...by } };
}

/** Sorts by time. Within one millisecond, attempts come first if the state allows it: a start needs a pending job, an end a running job. */
function merge(added: Timed, runs: readonly Timed[], rows: readonly Timed[]): Timed[] {
  const list = [added];
  let { status } = added.entry;
  const goesFirst = (run: Timed, row: Timed): boolean => {
    if (run.at !== row.at) return run.at < row.at;
    return (
      row.entry.event !== 'job_parked' && status === (run.entry.event === 'job_started' ? 'pending' : 'processing')
    );
  };
  for (let i = 0, j = 0; i < runs.length || j < rows.length; ) {
    const run = runs[i];
    const row = rows[j];
    const next = (run && (!row || goesFirst(run, row)) ? run : row) as Timed;
    if (next === run) i += 1;
    else j += 1;
    status = next.entry.status;
    list.push(next);
  }
  return list;
}

const started = (attempt: number, node: string | null): Timed['entry'] => ({
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
