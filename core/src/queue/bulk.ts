// A bulk action on all jobs that match a filter. It runs as a job: followed, cancellable, and resumed after a crash.
import {
  type BulkAction,
  type BulkRequest,
  type JobFilter,
  JobsError,
  type Processor,
  type Where,
} from '@phraseworks/sdk';
import { type Clock, iso, yieldToEventLoop } from '../kernel/clock.ts';
import { anything, oneOf, readFields } from '../kernel/fields.ts';
import type { JobReads } from '../store/job-reads.ts';
import { readFilter } from '../store/search.ts';
import type { Holds } from './holds.ts';
import type { JobActions } from './job-actions.ts';
import { copyFilter } from './job-queries.ts';
import { BULK_TYPE, type RegisteredType } from './registry.ts';

/** The largest time that a Date can hold. */
const LAST = 8.64e15;
const moment = (ms: number): string => iso(Math.min(ms, LAST));

/** `failed, type email, error:timeout, added before 2026-01-01T00:00:00.000Z`; `all jobs` for an empty filter. */
export function filterText({ status, type, plugin, schedule, key, q, from, to }: BulkRequest['filter']): string {
  const parts = [
    ...(status === undefined ? [] : [[status].flat().join(' or ')]),
    ...(type === undefined ? [] : [`type ${type}`]),
    ...(plugin === undefined ? [] : [`plugin ${plugin}`]),
    ...(schedule === undefined ? [] : [`schedule ${schedule}`]),
    ...(key === undefined ? [] : [`key ${key}`]),
    ...(q === undefined || q.trim() === '' ? [] : [q.trim()]),
    ...(from === undefined ? [] : [`added from ${moment(from)}`]),
    ...(to === undefined ? [] : [`added before ${moment(to)}`]),
  ];
  return parts.length === 0 ? 'all jobs' : parts.join(', ');
}

const MOST = 100_000;
const PAGE = 200;
/** Yield to the event loop after this many jobs. */
const AT_ONCE = 10;
const AN_HOUR = 3_600_000;

/** The states that the action applies to if the filter names none. */
const BULK_STATES: Record<BulkAction, NonNullable<JobFilter['status']>> = {
  retry: ['failed', 'cancelled'],
  cancel: ['pending', 'parked', 'blocked', 'processing'],
  run: ['pending'],
  delete: ['completed', 'failed', 'cancelled', 'parked', 'pending', 'blocked'],
};

const ACTION = oneOf(...Object.keys(BULK_STATES));

/** A copy of it. Throws `INVALID_DATA` with every wrong field. */
export function readBulk(given: BulkRequest): BulkRequest {
  const { action, filter } = readFields(given, 'request', { action: ACTION, filter: anything }, ['action', 'filter']);
  const copy = copyFilter(filter);
  readFilter(copy, 'filter.');
  return { action, filter: copy };
}

export interface BulkResult {
  matched: number;
  done: number;
  /** Refused jobs by error code. */
  refused: Record<string, number>;
}

interface BulkDeps {
  reads: JobReads;
  holds: Holds;
  actions: JobActions;
  clock: Clock;
}

interface BulkRun {
  /** Covers only jobs with a smaller id. */
  before: string;
  /** For the history of each job. */
  by: string;
  signal: AbortSignal;
  progress(processed: number, total: number): Promise<void>;
  warn(message: string): void;
}

/** Throws `UNAVAILABLE` and the reason of the signal; counts refusals of single jobs. */
export async function actOnAll(deps: BulkDeps, request: BulkRequest & BulkLimits, run: BulkRun): Promise<BulkResult> {
  // SQLite runs synchronously, so the site would hang until the last job without this.
  const turn = () => yieldToEventLoop(deps.clock);
  const ids = await matching(deps, request, run, turn);
  const result: BulkResult = { matched: ids.length, done: 0, refused: {} };
  for (const [i, { id, refused }] of ids.entries()) {
    run.signal.throwIfAborted();
    try {
      if (refused) throw new JobsError('FORBIDDEN', "You don't have permission to do this with this job.");
      await act(deps, request.action, id, run.by);
      result.done += 1;
    } catch (error) {
      if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      result.refused[error.code] = (result.refused[error.code] ?? 0) + 1;
    }
    await run.progress(i + 1, ids.length);
    if ((i + 1) % AT_ONCE === 0) await turn();
  }
  return result;
}

async function act({ actions }: BulkDeps, action: BulkAction, id: string, by: string): Promise<void> {
  if (action === 'retry') await actions.retry(id, { by });
  else if (action === 'run') await actions.run(id);
  else if (action === 'delete') await actions.remove(id);
  else if (!(await actions.cancel(id, by))) throw new JobsError('NOT_CANCELLABLE', 'The job has already finished.');
}

export function bulkType(deps: BulkDeps): RegisteredType {
  const processor: Processor = async (data: BulkRequest & BulkLimits, jobId, _attempt, job) => {
    const result = await actOnAll(deps, data, {
      before: jobId,
      by: BULK_TYPE,
      signal: job.signal,
      progress: (processed, total) =>
        job.progress({ percentage: Math.round((processed / total) * 100), processed, total }),
      warn: (message) => job.log.warn(message),
    });
    return { success: true, result, message: `${data.action}: ${result.done} of ${result.matched}` };
  };
  return {
    type: BULK_TYPE,
    plugin: null,
    processor,
    options: {
      timeout: AN_HOUR,
      concurrency: 1,
      summary: ({ action, filter }: BulkRequest) => `${action}: ${filterText(filter)}`,
    },
    enter: (fn) => fn(),
  };
}

/** The ids of all matching jobs that are older than the bulk job. */
async function matching(
  { reads, holds }: BulkDeps,
  { action, filter, where, without = [] }: BulkRequest & BulkLimits,
  { before, signal, warn }: BulkRun,
  turn: () => Promise<unknown>,
): Promise<{ id: string; refused: boolean }[]> {
  const ids: { id: string; refused: boolean }[] = [];
  let cursor: string | null = before;
  while (cursor !== null && ids.length < MOST) {
    signal.throwIfAborted();
    const page = await reads.list(
      { status: BULK_STATES[action], ...filter, cursor, limit: PAGE, brief: true },
      await holds.now(),
      where,
    );
    for (const { id, type } of page.records) ids.push({ id, refused: without.includes(type) });
    cursor = page.nextCursor;
    await turn();
  }
  if (cursor !== null) warn(`More than ${MOST} jobs match. Repeat the action for the rest.`);
  return ids;
}

/** Limits of a bulk action besides its filter; stored with it, since it runs later and elsewhere. */
export interface BulkLimits {
  where?: Where;
  /** No jobs of these types. */
  without?: string[];
}
