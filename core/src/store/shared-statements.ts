// The statements that every job uses: the interface for engines, and what engines share.
import type { Kysely } from 'kysely';
import { STEPS, type StoredState } from '../job/lifecycle.ts';
import type { ClaimedJob, ClaimToken, JobRecord } from '../job/record.ts';
import type { StoredAttempt } from './codec.ts';
import { type Prepared, prepare } from './prepared.ts';
import { type Database, withState } from './schema.ts';
import type { Tx } from './tx.ts';

export interface SettleRow {
  id: string;
  node: string;
  run: number;
  state: StoredState;
  attempt: number;
  crashes: number;
  result: string | null;
  error: string | null;
  message: string | null;
  reason: string | null;
  progress: string | null;
  runAt: number | null;
  dueAt: number | null;
  startedAt: number;
  finishedAt: number | null;
}

export interface AttemptRow extends StoredAttempt {
  jobId: string;
}

export interface LogRow {
  jobId: string;
  run: number;
  line: number;
  attempt: number;
  at: number;
  level: string;
  message: string;
}

export interface HistoryRow {
  id: string;
  jobId: string;
  /** The last run that had begun by then; 0 before the first. */
  run: number;
  at: number;
  event: string;
  attempt: number;
  status: string;
  reason: string | null;
  by: string | null;
}

/** Jobs by the limit they count against: ready ones, and scheduled ones. */
export interface QueueSize {
  waiting: number;
  delayed: number;
}

/** The limit that a job in this state counts against before it runs. */
export const limitOf = (state: StoredState): keyof QueueSize => (state === 'scheduled' ? 'delayed' : 'waiting');

export interface ClaimParams {
  type: string;
  priority: number;
  limit: number;
  node: string;
  leaseUntil: number;
  now: number;
  /** What `holds.ts` counts, as the plan knows it. */
  holds: number;
}

/** What a claim looks at: types of the plan, and those of them that this transaction has made ready. */
export interface Look {
  tx: Tx;
  now: number;
  holds: number;
  fresh: readonly string[];
}

export interface CountRow {
  state: string;
  type: string;
  shard: number;
  n: number;
}

export interface TotalRow {
  type: string;
  shard: number;
  runs: number;
  ms: number;
}

export interface Held {
  id: string;
  run: number;
}

export interface KnownKey {
  id: string;
  fingerprint: string | null;
}

export interface Statements extends ReturnType<typeof sharedStatements> {
  /** The most jobs worth claiming at once beyond the free slots. */
  readonly prefetch: number;
  /** Room for more jobs before `adding`; may be cached while more than half of `most` is free. */
  room(tx: Tx, params: { most: QueueSize; adding: QueueSize; now: number }): Promise<QueueSize>;
  /** Jobs that have these idempotency keys. */
  byKeys(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, KnownKey>>;
  /** Of keys without a job, those that other open transactions are adding; does not wait for them. */
  keysInUse(tx: Tx, keys: readonly string[]): Promise<string[]>;
  /**
   * The best priority of each of these types with ready jobs. In a claim it looks only at types that count any; servers may use a
   * short-lived cache. `above` skips this priority and better ones. Throws `HoldsChanged` like `claim`.
   */
  heads(types: readonly string[], claim?: Look & { above?: number }): Promise<ReadonlyMap<string, number>>;
  /** Nothing of these types is ready, as the transaction sees it; on a server as of a moment ago. Throws `HoldsChanged` like `claim`. */
  noneReady(types: readonly string[], look: Look): Promise<boolean>;
  /**
   * Claims ready jobs of one type and priority, oldest first. Two simultaneous callers never get the same job. Throws `HoldsChanged` if a
   * plugin or a pause changed since the plan was made; after that check none can change before this transaction ends.
   */
  claim(tx: Tx, params: ClaimParams): Promise<ClaimedJob[]>;
  /** On a server, claims continue behind the last claimed row (`mysql/claim-cursor.ts`): call after jobs were added here, or returned and may be older. */
  rewindClaims(why: 'added' | 'returned'): void;
  /** Writes outcomes, guarded by their claims; returns for each whether its claim still held. May throw `RunAgain`. */
  settle(tx: Tx, rows: readonly SettleRow[]): Promise<boolean[]>;
  /** Renews the leases of all jobs of a node; returns what it holds. `leaseUntil` is called at the last moment: after a wait for the database it must not shorten leases of jobs claimed meanwhile. */
  renew(tx: Tx, params: { node: string; leaseUntil: () => number }): Promise<Held[]>;
  addCounts(tx: Tx, rows: readonly CountRow[]): Promise<void>;
  addTotals(tx: Tx, rows: readonly TotalRow[]): Promise<void>;
  /** Existing rows stay unchanged. */
  addAttempts(tx: Tx, rows: readonly AttemptRow[]): Promise<void>;
  addLogs(tx: Tx, rows: readonly LogRow[]): Promise<void>;
}

type Db = Kysely<Database>;

/** The statements that are the same on every engine, compiled once per database. */
export function sharedStatements(db: Db) {
  return {
    insert: prepare<JobRecord>((p) =>
      db.insertInto('pwj_jobs').values({
        id: p.id,
        type: p.type,
        plugin: p.plugin,
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
        data_version: p.dataVersion,
      }),
    ),
    tickTaken: prepare<{ schedule: string; tick: number }, { tick: number }>((p) =>
      db.selectFrom('pwj_ticks').select('tick').where('schedule', '=', p.schedule).where('tick', '=', p.tick),
    ),
    takeTick: prepare<{ schedule: string; tick: number; jobId: string }>((p) =>
      db.insertInto('pwj_ticks').values({ schedule: p.schedule, tick: p.tick, job_id: p.jobId }),
    ),
    settled: prepare<ClaimToken & { state: StoredState }, { id: string }>((p) =>
      db
        .selectFrom('pwj_jobs')
        .select('id')
        .where('id', '=', p.id)
        .where('node', '=', p.node)
        .where('run', '=', p.run)
        .where('state', '=', p.state)
        // A cancel leads to the state of a discard, too, and keeps the lease until the attempt ends.
        .where('lease_until', 'is', null),
    ),
    /** An attempt whose job was cancelled under it has ended: its job may be put back from now on. */
    clearLease: prepare<ClaimToken>((p) =>
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
        run: p.run,
        at: p.at,
        event: p.event,
        attempt: p.attempt,
        status: p.status,
        reason: p.reason,
        by: p.by,
      }),
    ),
    begins: prepare<ClaimToken & { alone: number | null }>((p) =>
      whileHeld(db, p).set({ started_run: p.run, alone_run: p.alone }),
    ),
    progress: prepare<ClaimToken & { progress: string }>((p) => whileHeld(db, p).set({ progress: p.progress })),
  };
}

/** What counts against the size of the queue. */
const queued = (db: Db): Prepared<object, { state: StoredState; n: number | null }> =>
  prepare(() =>
    db
      .selectFrom('pwj_counts')
      .select((e) => ['state', e.fn.sum<number>('n').as('n')])
      .where('state', 'in', ['ready', 'scheduled'])
      .groupBy('state'),
  );

/** Milliseconds for which the room is cached while it is large. */
const KNOWN_FOR = 500;

/** How many more jobs the queue accepts; not counted for every addition while there is plenty of room. */
export function queueRoom(db: Db): Statements['room'] {
  const counts = queued(db);
  // The last count, plus what this process has added since.
  let known: QueueSize & { at: number } = { waiting: 0, delayed: 0, at: Number.NEGATIVE_INFINITY };
  return async (tx, { most, adding, now }) => {
    const isShort = (limit: keyof QueueSize): boolean =>
      adding[limit] > 0 && most[limit] - known[limit] - adding[limit] < most[limit] / 2;
    if (Math.abs(now - known.at) > KNOWN_FOR || isShort('waiting') || isShort('delayed')) {
      known = { waiting: 0, delayed: 0, at: now };
      for (const { state, n } of await tx.all(counts, {})) known[limitOf(state)] += Number(n ?? 0);
    }
    const room = { waiting: most.waiting - known.waiting, delayed: most.delayed - known.delayed };
    known.waiting += adding.waiting;
    known.delayed += adding.delayed;
    return room;
  };
}

/** The best job of a type, from the claim index alone. */
export const head = (db: Db): Prepared<{ type: string; above: number }, { priority: number; id: string }> =>
  prepare((p) =>
    db
      .selectFrom('pwj_jobs')
      .select(['priority', 'id'])
      .where('state', '=', STEPS.claim.from[0])
      .where('type', '=', p.type)
      .where('priority', '>', p.above)
      .orderBy('priority')
      .orderBy('id')
      .limit(1),
  );

/** A write of the attempt that holds the job, guarded by the state that its claim led to and by its node and run. */
const whileHeld = (db: Db, p: ClaimToken) =>
  withState(db)
    .updateTable('pwj_jobs')
    .where('id', '=', p.id)
    .where('state', '=', STEPS.claim.to)
    .where('node', '=', p.node)
    .where('run', '=', p.run);

/** Writes an outcome. The token stays, so that a repeat can be distinguished from a lost claim. */
export const settle = (db: Db): Prepared<SettleRow> =>
  prepare((p) =>
    whileHeld(db, p).set((e) => ({
      state: p.state,
      attempt: p.attempt,
      crashes: p.crashes,
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

export const held = (db: Db): Prepared<{ node: string }, Held> =>
  prepare((p) =>
    db.selectFrom('pwj_jobs').select(['id', 'run']).where('state', '=', STEPS.claim.to).where('node', '=', p.node),
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
