// The statements of adding, settling and reporting that are the same everywhere, compiled once per database.

import { STEPS, type StoredState } from '../job/lifecycle.ts';
import type { Claim, JobRecord } from '../job/record.ts';
import type { Dialect } from './dialect.ts';
import { prepare } from './prepared.ts';
import type { HistoryRow } from './rows.ts';
import { whileHeld } from './statements.ts';

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
        attempt: p.attempt,
        crashes: p.crashes,
        run: p.run,
        node: p.node,
        lease_until: p.leaseUntil,
        started_at: p.startedAt,
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
        trace: p.trace,
      }),
    ),
    tickTaken: prepare<{ schedule: string; tick: number }, { tick: number }>((p) =>
      db.selectFrom('pwj_ticks').select('tick').where('schedule', '=', p.schedule).where('tick', '=', p.tick),
    ),
    takeTick: prepare<{ schedule: string; tick: number; jobId: string }>((p) =>
      db.insertInto('pwj_ticks').values({ schedule: p.schedule, tick: p.tick, job_id: p.jobId }),
    ),
    settled: prepare<Claim & { state: StoredState }, { id: string }>((p) =>
      db
        .selectFrom('pwj_jobs')
        .select('id')
        .where('id', '=', p.id)
        .where('node', '=', p.node)
        .where('run', '=', p.run)
        .where('state', '=', p.state),
    ),
    /** An attempt whose job was cancelled under it has ended: its job may be put back from now on. */
    clearLease: prepare<Claim>((p) =>
      db
        .updateTable('pwj_jobs')
        .set({ lease_until: null })
        .where('id', '=', p.id)
        .where('node', '=', p.node)
        .where('run', '=', p.run)
        .where('state', '!=', STEPS.claim.to),
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
    begins: prepare<Claim & { alone: number | null }>((p) =>
      whileHeld(db, p).set({ started_run: p.run, alone_run: p.alone }),
    ),
    progress: prepare<Claim & { progress: string }>((p) => whileHeld(db, p).set({ progress: p.progress })),
  };
}
