// The newest jobs that ended, with just enough of each to tell how.
import { sql } from 'kysely';
import type { Dialect } from './dialect.ts';
import { type Counts, lookedDownTo, newest, scopeOf } from './search-scope.ts';
import { matchesOf } from './search-words.ts';

/** Jobs that are looked at; and more than any scope lets through. */
const LOOKED = 2_000;
const ALL = 100_000;

interface Row {
  id: string;
  type: string;
  error: string | null;
  reason: string | null;
  finished_at: number | null;
}

export interface FailedRow extends Omit<Row, 'finished_at'> {
  finishedAt: number | null;
}

/** The newest first by their ids; `capped`: there are older ones that were not looked at. */
export async function failedJobs(dialect: Dialect, counts: Counts): Promise<{ jobs: FailedRow[]; capped: boolean }> {
  const scope = await scopeOf(dialect, undefined, ['failed']);
  const range = { from: null, below: null };
  const floor = await lookedDownTo(dialect, scope, ['failed'], range, counts, LOOKED);
  const rows = await newest<Row>(dialect, scope.stretches, {
    columns: ['id', 'type', 'error', 'reason', 'finished_at'],
    range: { ...range, from: floor },
    matches: matchesOf(dialect.search, {}, [], scope.left),
    limit: ALL,
  });
  return { jobs: rows.map(({ finished_at, ...row }) => ({ ...row, finishedAt: finished_at })), capped: floor !== null };
}

export interface EndedRow extends FailedRow {
  result: string | null;
}

/** Of one type and state, the newest first by their ids; `result` is null unless it is asked for. */
export async function endedJobs(
  dialect: Dialect,
  counts: Counts,
  wanted: { type: string; state: 'completed' | 'failed'; since: number; limit: number; withResult: boolean },
): Promise<EndedRow[]> {
  const { type, state, since, limit, withResult } = wanted;
  const scope = await scopeOf(dialect, undefined, [state]);
  const range = { from: null, below: null };
  const floor = await lookedDownTo(dialect, scope, [state], range, counts);
  const rows = await newest<Row & { result?: string | null }>(dialect, scope.stretches, {
    columns: ['id', 'type', 'error', 'reason', 'finished_at', ...(withResult ? (['result'] as const) : [])],
    range: { ...range, from: floor },
    matches: [...matchesOf(dialect.search, { type }, [], scope.left), sql`finished_at >= ${since}`],
    limit,
  });
  return rows.map(({ finished_at, result = null, ...row }) => ({ ...row, result, finishedAt: finished_at }));
}
