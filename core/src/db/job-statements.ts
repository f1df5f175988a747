// The hot statements, compiled once per connection: add, claim, settle.

import type { ClaimedJob, JobRecord } from '../jobs/record.ts';
import type { Dialect } from './dialect/dialect.ts';
import { prepare } from './prepared.ts';
import type { AttemptRow, HistoryRow, LogRow, SettleRow } from './rows.ts';

interface ClaimParams {
  lane: string;
  priority: number;
  limit: number;
  node: string;
  leaseUntil: number;
  now: number;
}

export type JobStatements = ReturnType<typeof jobStatements>;

export function jobStatements({ db }: Dialect) {
  return {
    insert: prepare<JobRecord>((p) =>
      db.insertInto('pwj_jobs').values({
        id: p.id,
        type: p.type,
        plugin: p.plugin,
        lane: p.lane,
        state: p.state,
        reason: p.reason,
        priority: p.priority,
        data: p.data,
        attempt: 0,
        crashes: 0,
        run: 0,
        max_retries: p.maxRetries,
        retry_delay: p.retryDelay,
        backoff: p.backoff,
        timeout: p.timeout,
        idempotency_key: p.idempotencyKey,
        fingerprint: p.fingerprint,
        run_at: p.runAt,
        due_at: p.dueAt,
        created_at: p.createdAt,
        schedule: p.schedule,
      }),
    ),
    byKey: prepare<{ key: string }, { id: string; fingerprint: string | null }>((p) =>
      db.selectFrom('pwj_jobs').select(['id', 'fingerprint']).where('idempotency_key', '=', p.key),
    ),
    pending: prepare<object, { n: number | null }>(() =>
      db
        .selectFrom('pwj_counts')
        .select((e) => e.fn.sum<number>('n').as('n'))
        .where('state', 'in', ['ready', 'scheduled']),
    ),
    tickTaken: prepare<{ schedule: string; tick: number }, { tick: number }>((p) =>
      db.selectFrom('pwj_ticks').select('tick').where('schedule', '=', p.schedule).where('tick', '=', p.tick),
    ),
    takeTick: prepare<{ schedule: string; tick: number; jobId: string }>((p) =>
      db.insertInto('pwj_ticks').values({ schedule: p.schedule, tick: p.tick, job_id: p.jobId }),
    ),
    /** The best job of a lane: served by the claim index alone. */
    head: prepare<{ lane: string }, { priority: number; id: string }>((p) =>
      db
        .selectFrom('pwj_jobs')
        .select(['priority', 'id'])
        .where('state', '=', 'ready')
        .where('lane', '=', p.lane)
        .orderBy('priority')
        .orderBy('id')
        .limit(1),
    ),
    claim: prepare<ClaimParams, ClaimedJob>((p) =>
      db
        .updateTable('pwj_jobs')
        .set((e) => ({
          state: 'processing',
          run: e('run', '+', 1),
          attempt: e('attempt', '+', 1),
          node: p.node,
          lease_until: p.leaseUntil,
          started_at: p.now,
          progress: null,
          reason: null,
        }))
        .where('id', 'in', (q) =>
          q
            .selectFrom('pwj_jobs')
            .select('id')
            .where('state', '=', 'ready')
            .where('lane', '=', p.lane)
            .where('priority', '=', p.priority)
            .orderBy('id')
            .limit(p.limit),
        )
        .returning([
          'id',
          'type',
          'plugin',
          'lane',
          'priority',
          'data',
          'attempt',
          'crashes',
          'max_retries as maxRetries',
          'retry_delay as retryDelay',
          'backoff',
          'timeout',
          'run',
          'created_at as createdAt',
          'started_at as startedAt',
        ]),
    ),
    /** The one guarded write of an outcome: it needs the state and the token. The token stays, so that a repeat can be told from a loss. */
    settle: prepare<SettleRow>((p) =>
      db
        .updateTable('pwj_jobs')
        .set((e) => ({
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
        }))
        .where('id', '=', p.id)
        .where('state', '=', 'processing')
        .where('node', '=', p.node)
        .where('run', '=', p.run),
    ),
    settled: prepare<{ id: string; node: string; run: number; state: string }, { id: string }>((p) =>
      db
        .selectFrom('pwj_jobs')
        .select('id')
        .where('id', '=', p.id)
        .where('node', '=', p.node)
        .where('run', '=', p.run)
        .where('state', '=', p.state),
    ),
    /** An attempt whose job was cancelled under it has ended: its job may be put back from now on. */
    letGo: prepare<{ id: string; node: string; run: number }>((p) =>
      db
        .updateTable('pwj_jobs')
        .set({ lease_until: null })
        .where('id', '=', p.id)
        .where('node', '=', p.node)
        .where('run', '=', p.run)
        .where('state', '!=', 'processing'),
    ),
    attempt: prepare<AttemptRow>((p) =>
      db
        .insertInto('pwj_attempts')
        .values({
          job_id: p.jobId,
          run: p.run,
          attempt: p.attempt,
          node: p.node,
          started_at: p.startedAt,
          finished_at: p.finishedAt,
          outcome: p.outcome,
          error: p.error,
          stack: p.stack,
        })
        .onConflict((c) => c.columns(['job_id', 'run']).doNothing()),
    ),
    log: prepare<LogRow>((p) =>
      db
        .insertInto('pwj_logs')
        .values({
          job_id: p.jobId,
          run: p.run,
          line: p.line,
          attempt: p.attempt,
          at: p.at,
          level: p.level,
          message: p.message,
        })
        .onConflict((c) => c.columns(['job_id', 'run', 'line']).doNothing()),
    ),
    history: prepare<HistoryRow>((p) =>
      db.insertInto('pwj_history').values({
        id: p.id,
        job_id: p.jobId,
        at: p.at,
        event: p.event,
        attempt: p.attempt,
        status: p.status,
        reason: p.reason,
        by: p.by,
      }),
    ),
    progress: prepare<{ id: string; node: string; run: number; progress: string }>((p) =>
      db
        .updateTable('pwj_jobs')
        .set({ progress: p.progress })
        .where('id', '=', p.id)
        .where('state', '=', 'processing')
        .where('node', '=', p.node)
        .where('run', '=', p.run),
    ),
  };
}
