// Everything that is only read: one job, lists, attempts, logs, counts.
import type { JobState, LogLine, Receipt } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { iso } from '../clock.ts';
import type { JobFilter } from '../host.ts';
import { idFrom } from '../id.ts';
import { storedStates } from '../jobs/lifecycle.ts';
import type { JobRecord } from '../jobs/record.ts';
import { completingAttempt, type StoredAttempt } from './codec.ts';
import type { Dialect } from './dialect/dialect.ts';
import { prepare } from './prepared.ts';
import { receiptsOf } from './receipt-store.ts';
import type { HistoryRow } from './rows.ts';

export const RECORD = [
  'id',
  'type',
  'plugin',
  'lane',
  'state',
  'priority',
  'data',
  'result',
  'error',
  'message',
  'reason',
  'progress',
  'metrics',
  'attempt',
  'crashes',
  'max_retries as maxRetries',
  'retry_delay as retryDelay',
  'backoff',
  'timeout',
  'run',
  'node',
  'lease_until as leaseUntil',
  'idempotency_key as idempotencyKey',
  'fingerprint',
  'run_at as runAt',
  'due_at as dueAt',
  'created_at as createdAt',
  'started_at as startedAt',
  'finished_at as finishedAt',
  'schedule',
] as const;

/** The newest jobs that a search looks at. */
const SEARCH_LIMIT = 10_000;

/** Rows that may be sorted for one page. */
const FEW = 5_000;

export interface RecordPage {
  records: JobRecord[];
  nextCursor: string | null;
  capped: boolean;
}

export class JobReads {
  readonly #dialect: Dialect;
  readonly #byId;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
    this.#byId = prepare<{ id: string }, JobRecord>((p) =>
      dialect.db.selectFrom('pwj_jobs').select(RECORD).where('id', '=', p.id),
    );
  }

  async get(id: string): Promise<JobRecord | null> {
    return (await this.#dialect.read(this.#byId, { id }))[0] ?? null;
  }

  /** Newest first. What no index serves (type, plugin, text) is looked for in the newest 10,000 jobs below the cursor; `capped` says when it ended there. */
  async list(filter: JobFilter): Promise<RecordPage> {
    const limit = Math.min(Math.max(filter.limit ?? 50, 1), 200);
    const states =
      filter.status === undefined ? [] : [filter.status].flat().flatMap((s: JobState) => [...storedStates(s)]);
    const text = filter.q?.trim() ?? '';
    let query = this.#dialect.reader
      .selectFrom('pwj_jobs')
      .select(RECORD)
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (filter.cursor !== undefined) query = query.where('id', '<', filter.cursor);
    if (filter.from !== undefined) query = query.where('id', '>=', idFrom(filter.from));
    if (filter.to !== undefined) query = query.where('id', '<', idFrom(filter.to));
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    if (filter.plugin !== undefined) query = query.where('plugin', '=', filter.plugin);
    let few = false;
    if (states.length > 0) {
      // Few rows are found by the claim index and sorted; many are met soon on the way down the ids.
      few = (await this.#inStates(states)) <= FEW;
      query = query.where((e) => e(few ? e.ref('state') : sql<string>`coalesce(${e.ref('state')}, '')`, 'in', states));
    }
    let floor: string | null = null;
    // Few rows can all be looked at.
    if (!few && (text !== '' || filter.type !== undefined || filter.plugin !== undefined)) {
      floor = await this.#searchFloor(filter.cursor);
      if (floor !== null) query = query.where('id', '>=', floor);
    }
    if (text !== '') {
      // Not the backslash: MySQL reads it as the start of something else.
      const anyCase = sql.raw(this.#dialect.anyCase);
      const like = `%${text.replace(/[!%_]/g, (c) => `!${c}`)}%`;
      query = query.where((e) =>
        e.or(
          (['id', 'type', 'data', 'error'] as const).map(
            (column) => sql<boolean>`${e.ref(column)} ${anyCase} like ${like} escape '!'`,
          ),
        ),
      );
    }
    const rows = (await query.execute()) as JobRecord[];
    const records = rows.slice(0, limit);
    const more = rows.length > limit;
    return { records, nextCursor: more ? (records.at(-1)?.id ?? null) : floor, capped: !more && floor !== null };
  }

  async #inStates(states: readonly string[]): Promise<number> {
    const counts = await this.counts();
    return counts.filter(({ state }) => states.includes(state)).reduce((sum, { n }) => sum + Number(n), 0);
  }

  /** The oldest id a search looks at; null when it sees all. */
  async #searchFloor(cursor: string | undefined): Promise<string | null> {
    let query = this.#dialect.reader
      .selectFrom('pwj_jobs')
      .select('id')
      .orderBy('id', 'desc')
      .offset(SEARCH_LIMIT)
      .limit(1);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    return (await query.executeTakeFirst())?.id ?? null;
  }

  /** Oldest first. The attempt that completed a job stands in the job's own row. */
  async attempts(jobId: string): Promise<StoredAttempt[]> {
    const record = await this.get(jobId);
    const rows = await this.#dialect.reader
      .selectFrom('pwj_attempts')
      .select([
        'attempt',
        'run',
        'node',
        'started_at as startedAt',
        'finished_at as finishedAt',
        'outcome',
        'error',
        'stack',
      ])
      .where('job_id', '=', jobId)
      .orderBy('run')
      .execute();
    const last = record && completingAttempt(record);
    return last && !rows.some((row) => row.run === last.run) ? [...rows, last] : rows;
  }

  async history(jobId: string): Promise<HistoryRow[]> {
    return this.#dialect.reader
      .selectFrom('pwj_history')
      .select(['id', 'job_id as jobId', 'at', 'event', 'attempt', 'status', 'reason', 'by'])
      .where('job_id', '=', jobId)
      .orderBy('id')
      .execute();
  }

  async logs(jobId: string): Promise<LogLine[]> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_logs')
      .select(['attempt', 'at', 'level', 'message'])
      .where('job_id', '=', jobId)
      .orderBy('run')
      .orderBy('line')
      .execute();
    return rows.map((row) => ({
      attempt: row.attempt,
      at: iso(row.at),
      level: row.level as LogLine['level'],
      message: row.message,
    }));
  }

  /** What it has done once and for all. */
  async receipts(jobId: string): Promise<Receipt[]> {
    const record = await this.get(jobId);
    return record ? receiptsOf(this.#dialect.reader, record) : [];
  }

  async counts(): Promise<{ state: string; type: string; n: number }[]> {
    const counts = await this.#dialect.reader
      .selectFrom('pwj_counts')
      .select((e) => ['state', 'type', e.fn.sum<number>('n').as('n')])
      .groupBy(['state', 'type'])
      .execute();
    return counts.filter(({ n }) => n > 0);
  }

  async totals(): Promise<{ type: string; runs: number; run_ms: number }[]> {
    return this.#dialect.reader
      .selectFrom('pwj_totals')
      .select((e) => ['type', e.fn.sum<number>('runs').as('runs'), e.fn.sum<number>('run_ms').as('run_ms')])
      .groupBy('type')
      .execute();
  }

  /** Jobs that would be claimed before this one in its lane, counted to 1,000 at most. */
  async ahead(record: JobRecord): Promise<number> {
    const rows = await this.#dialect.reader
      .selectFrom('pwj_jobs')
      .select('id')
      .where('state', '=', 'ready')
      .where('lane', '=', record.lane)
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
