// What the hot statements of both engines share.
import type { Kysely } from 'kysely';
import type { StoredState } from '../queue/lifecycle.ts';
import type { CountRow, Held, TotalRow } from './hot.ts';
import { type Prepared, prepare } from './prepared.ts';
import type { AttemptRow, LogRow, SettleRow } from './rows.ts';
import type { Database } from './schema.ts';

type Db = Kysely<Database>;

/** What counts against the size of the queue. */
export const queued = (db: Db): Prepared<object, { state: StoredState; n: number | null }> =>
  prepare(() =>
    db
      .selectFrom('pwj_counts')
      .select((e) => ['state', e.fn.sum<number>('n').as('n')])
      .where('state', 'in', ['ready', 'scheduled', 'parked'])
      .groupBy('state'),
  );

/** The best job of a lane: served by the claim index alone. */
export const head = (db: Db): Prepared<{ lane: string }, { priority: number; id: string }> =>
  prepare((p) =>
    db
      .selectFrom('pwj_jobs')
      .select(['priority', 'id'])
      .where('state', '=', 'ready')
      .where('lane', '=', p.lane)
      .orderBy('priority')
      .orderBy('id')
      .limit(1),
  );

/** A write that needs the state and the token of the attempt that holds the job. */
const guarded = (db: Db, p: SettleRow) =>
  db
    .updateTable('pwj_jobs')
    .where('id', '=', p.id)
    .where('state', '=', 'processing')
    .where('node', '=', p.node)
    .where('run', '=', p.run);

/** The write of an outcome. The token stays, so that a repeat can be told from a loss. */
export const settle = (db: Db): Prepared<SettleRow> =>
  prepare((p) =>
    guarded(db, p).set((e) => ({
      state: p.state,
      attempt: p.attempt,
      crashes: p.crashes,
      lane: p.lane,
      result: p.result,
      error: p.error,
      message: p.message,
      reason: p.reason,
      progress: e.fn.coalesce(e.val(p.progress), 'progress'),
      run_at: p.runAt,
      due_at: p.dueAt,
      started_at: p.startedAt,
      finished_at: p.finishedAt,
      lease_until: null,
    })),
  );

/** The same for a completed job, the most frequent case: columns that a success leaves as the claim wrote them are not written again. */
export const complete = (db: Db): Prepared<SettleRow> =>
  prepare((p) =>
    guarded(db, p).set((e) => ({
      state: 'completed',
      result: p.result,
      error: null,
      message: p.message,
      reason: null,
      progress: e.fn.coalesce(e.val(p.progress), 'progress'),
      run_at: null,
      started_at: p.startedAt,
      finished_at: p.finishedAt,
      lease_until: null,
    })),
  );

export const held = (db: Db): Prepared<{ node: string }, Held> =>
  prepare((p) =>
    db.selectFrom('pwj_jobs').select(['id', 'run']).where('state', '=', 'processing').where('node', '=', p.node),
  );

export const count = (db: Db, p: CountRow) =>
  db.insertInto('pwj_counts').values({ state: p.state, type: p.type, shard: p.shard, n: p.n });

export const total = (db: Db, p: TotalRow) =>
  db.insertInto('pwj_totals').values({ type: p.type, shard: p.shard, runs: p.runs, run_ms: p.ms });

export const attempt = (db: Db, p: AttemptRow) =>
  db.insertInto('pwj_attempts').values({
    job_id: p.jobId,
    run: p.run,
    attempt: p.attempt,
    node: p.node,
    started_at: p.startedAt,
    finished_at: p.finishedAt,
    outcome: p.outcome,
    error: p.error,
    stack: p.stack,
  });

export const log = (db: Db, p: LogRow) =>
  db.insertInto('pwj_logs').values({
    job_id: p.jobId,
    run: p.run,
    line: p.line,
    attempt: p.attempt,
    at: p.at,
    level: p.level,
    message: p.message,
  });
