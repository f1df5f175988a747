// All reads: one job, lists, attempts, logs, counts.
import type { JobFilter, LogLine, Receipt, Where } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { STEPS } from '../job/lifecycle.ts';
import type { Deadline, JobRecord } from '../job/record.ts';
import { iso } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { aboutOfJob } from './about.ts';
import { attemptInRow, type ShownTypes, type StoredAttempt } from './codec.ts';
import { Dialect } from './dialect.ts';
import { prepare } from './prepared.ts';
import { receiptsOf } from './receipt-store.ts';
import { columnsOf, selected } from './schema.ts';
import { type Count, keyOfJob, partsOf, type RecordPage, readRecords, searchJobs, totalOf } from './search.ts';
import { ORDERS } from './search-order.ts';
import { firstOf, lastToExamine, scopeOf } from './search-scope.ts';
import type { HistoryRow, LogRow } from './shared-statements.ts';

/** Sorts before every priority. */
const BELOW_ALL = -2_147_483_649;

type Ready = { priority: number; created_at: number; run_at: number | null; ready_at: number | null };

/** Returns milliseconds since 1970 for each of these types that has ready jobs. `freeSince`: a type was held until then. */
export function oldestReady({
  db,
  read,
}: Pick<Dialect, 'db' | 'read'>): (
  types: readonly string[],
  freeSince: (type: string) => number,
) => Promise<Map<string, number>> {
  const next = prepare<{ type: string; above: number }, Ready>((p) =>
    db
      .selectFrom('pwj_jobs')
      .where('state', '=', 'ready')
      .select(['priority', 'created_at', 'run_at', 'ready_at'])
      .where('type', '=', p.type)
      .where('priority', '>', p.above)
      .orderBy('priority')
      .orderBy('id')
      .limit(1),
  );
  return async (types, freeSince) => {
    const oldest = new Map<string, number>();
    for (const type of types) {
      // The oldest job of a type is the first one of some priority.
      for (let above = BELOW_ALL; ; ) {
        const [job] = await read(next, { type, above });
        if (!job) break;
        const since = Math.max(job.created_at, job.run_at ?? 0, job.ready_at ?? 0, freeSince(type));
        oldest.set(type, Math.min(oldest.get(type) ?? since, since));
        above = job.priority;
      }
    }
    return oldest;
  };
}

/** The newest rows of one job: a job that is snoozed forever has more than anybody reads. */
const MOST_STEPS = 2_000;
const MOST_LINES = 5_000;
/** Characters of text in one response; older rows are omitted. */
const MOST_TEXT = 1_000_000;
const AT_ONCE = 100;

/** As many of the newest rows as one response may hold, at least one; `page` returns the newest first, from the one before `last`. */
async function newestRows<R extends object>(
  most: number,
  page: (last: R | undefined, limit: number) => Promise<R[]>,
): Promise<R[]> {
  const rows: R[] = [];
  let text = 0;
  while (rows.length < most) {
    const next = await page(rows.at(-1), AT_ONCE);
    for (const row of next) {
      for (const value of Object.values(row)) text += typeof value === 'string' ? value.length : 8;
      if (text > MOST_TEXT && rows.length > 0) return rows;
      rows.push(row);
    }
    if (next.length < AT_ONCE) break;
  }
  return rows;
}

/** Completed attempts of a type and their time. */
export interface Total {
  type: string;
  runs: number;
  run_ms: number;
}

export class JobReads extends Needing<typeof JobReads.needs> {
  static readonly needs = { dialect: Dialect };
  readonly #byId = prepare<{ id: string }, JobRecord>((p) =>
    this.needs.dialect.db
      .selectFrom('pwj_jobs')
      .select(selected(columnsOf('pwj_jobs')))
      .select(keyOfJob)
      .select(aboutOfJob)
      .where('id', '=', p.id),
  );

  async get(id: string): Promise<JobRecord | null> {
    return (await this.needs.dialect.read(this.#byId, { id }))[0] ?? null;
  }

  /** Without its data and result if they are large, which take long to read. */
  async brief(id: string): Promise<JobRecord | null> {
    return (await readRecords(this.needs.dialect, [id], true))[0] ?? null;
  }

  /** Newest first, or in the order of `sort`. Filters without an index examine 10,000 jobs; `capped` tells if that limit was reached. Throws `INVALID_DATA`. */
  async list(filter: JobFilter, types: Pick<ShownTypes, 'heldBy' | 'ownerOf'>, where?: Where): Promise<RecordPage> {
    return searchJobs(this.needs.dialect, await this.counts(), filter, types, where);
  }

  /** Finished jobs, newest first by id; `capped`: older ones were not examined. */
  async ended({ state, type, schedule, since, limit = ALL, withResult = false, looked }: Wanted) {
    const counts = await this.counts();
    const parts = partsOf({ states: [state], ...(type === undefined ? {} : { type }) }, counts, ALL_TYPES) ?? [];
    const scope = scopeOf({}, parts);
    const stretch = { order: ORDERS.newest, ids: { from: null, below: null } };
    const upTo = await lastToExamine(this.needs.dialect, scope, stretch, totalOf(parts, counts), looked);
    const result = withResult ? (['result'] as const) : [];
    const jobs = await firstOf<EndedJob>(this.needs.dialect, scope.indexRanges, {
      ...stretch,
      columns: ['id', 'type', 'error', 'reason', 'schedule', 'finishedAt', ...result],
      upTo,
      matches: [
        ...(since === undefined ? [] : [sql`finished_at >= ${since}`]),
        ...(schedule === undefined ? [] : [schedule === null ? sql`schedule is null` : sql`schedule = ${schedule}`]),
      ],
      limit,
    });
    return { jobs, capped: upTo !== null };
  }

  /** Oldest first. */
  async attempts(jobId: string): Promise<StoredAttempt[]> {
    const record = await this.brief(jobId);
    const query = this.needs.dialect.reader
      .selectFrom('pwj_attempts')
      .select(selected(columnsOf('pwj_attempts')))
      .where('job_id', '=', jobId)
      .orderBy('run', 'desc');
    const rows = await newestRows<StoredAttempt>(MOST_STEPS, (last, limit) =>
      (last ? query.where('run', '<', last.run) : query).limit(limit).execute(),
    );
    rows.reverse();
    const last = record && attemptInRow(record);
    return last && !rows.some((row) => row.run === last.run) ? [...rows, last] : rows;
  }

  async history(jobId: string): Promise<HistoryRow[]> {
    const query = this.needs.dialect.reader
      .selectFrom('pwj_history')
      .select(selected(columnsOf('pwj_history')))
      .where('job_id', '=', jobId)
      .orderBy('id', 'desc');
    const rows = await newestRows<HistoryRow>(MOST_STEPS, (last, limit) =>
      (last ? query.where('id', '<', last.id) : query).limit(limit).execute(),
    );
    return rows.reverse();
  }

  async logs(jobId: string): Promise<LogLine[]> {
    const query = this.needs.dialect.reader
      .selectFrom('pwj_logs')
      .select(['run', 'line', 'attempt', 'at', 'level', 'message'])
      .where('job_id', '=', jobId)
      .orderBy('run', 'desc')
      .orderBy('line', 'desc');
    type Line = Omit<LogRow, 'jobId'>;
    const before = ({ run, line }: Line) =>
      query.where((e) => e.or([e('run', '<', run), e.and([e('run', '=', run), e('line', '<', line)])]));
    const rows = await newestRows<Line>(MOST_LINES, (last, limit) =>
      (last ? before(last) : query).limit(limit).execute(),
    );
    return rows.reverse().map((row) => ({
      attempt: row.attempt,
      at: iso(row.at),
      level: row.level as LogLine['level'],
      message: row.message,
    }));
  }

  /** Its completed steps. */
  async receipts(jobId: string): Promise<Receipt[]> {
    const record = await this.brief(jobId);
    return record ? receiptsOf(this.needs.dialect.reader, record) : [];
  }

  /** The deadline that is stored with a job. */
  async deadline(id: string): Promise<Deadline | null> {
    const query = this.needs.dialect.reader
      .selectFrom('pwj_deadlines')
      .select(['waits_until as waitsUntil', 'give_up_at as giveUpAt']);
    return (await query.where('job_id', '=', id).executeTakeFirst()) ?? null;
  }

  /** The jobs that have to end before this one, since they have its key: the first ones, at most 1,000. */
  async beforeInKey(id: string): Promise<string[]> {
    const rows = await this.needs.dialect.reader
      .selectFrom('pwj_keys as own')
      .innerJoin('pwj_key_heads as h', 'h.name', 'own.name')
      .innerJoin('pwj_keys as holder', 'holder.job_id', 'h.holder')
      .innerJoin('pwj_keys as k', 'k.name', 'own.name')
      .innerJoin('pwj_jobs as j', 'j.id', 'k.job_id')
      .select('k.job_id as id')
      .where('own.job_id', '=', id)
      .whereRef('k.seq', '>=', 'holder.seq')
      .whereRef('k.seq', '<', 'own.seq')
      .where((e) => e.or([e('j.state', 'not in', STEPS.requeue.from), e('j.lease_until', 'is not', null)]))
      .orderBy('k.seq')
      .limit(1_000)
      .execute();
    return rows.map((row) => row.id);
  }

  async counts(): Promise<Count[]> {
    const counts = await this.needs.dialect.reader
      .selectFrom('pwj_counts')
      .select((e) => ['state', 'type', e.fn.sum<number>('n').as('n')])
      .groupBy(['state', 'type'])
      .execute();
    return counts.filter(({ n }) => n > 0);
  }

  totals(): Promise<Total[]> {
    return this.needs.dialect.reader
      .selectFrom('pwj_totals')
      .select((e) => ['type', e.fn.sum<number>('runs').as('runs'), e.fn.sum<number>('run_ms').as('run_ms')])
      .groupBy('type')
      .execute();
  }

  /** Jobs of its type that would be claimed before this one, at most 1,000. */
  async ahead(record: JobRecord): Promise<number> {
    const rows = await this.needs.dialect.reader
      .selectFrom('pwj_jobs')
      .select('id')
      .where('state', '=', 'ready')
      .where('type', '=', record.type)
      .where((e) =>
        e.or([
          e('priority', '<', record.priority),
          e.and([e('priority', '=', record.priority), e('id', '<', record.id)]),
        ]),
      )
      .limit(1_000)
      .execute();
    return rows.length;
  }
}

/** More than any scope has. */
const ALL = 100_000;
/** For finished jobs, which no type holds. */
const ALL_TYPES = { heldBy: () => null, ownerOf: () => undefined };

export type EndedJob = Pick<JobRecord, 'id' | 'type' | 'error' | 'reason' | 'schedule' | 'finishedAt'> & {
  /** If it was asked for. */
  result?: string | null;
};

interface Wanted {
  state: 'completed' | 'failed';
  /** Undefined: of all types. */
  type?: string;
  /** Undefined: of all schedules and of none. */
  schedule?: string | null | undefined;
  since?: number;
  limit?: number;
  withResult?: boolean;
  /** Jobs to examine; about 10,000 by default. */
  looked?: number;
}
