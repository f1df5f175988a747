// The statements that every job uses: the interface for engines, and what engines share.
import type { AddOutcome } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { STEPS, type StoredState } from '../job/lifecycle.ts';
import { type ClaimedJob, type ClaimToken, JOB, type JobRecord } from '../job/record.ts';
import type { Settings } from '../kernel/config.ts';
import type { EventsRow } from './event-codec.ts';
import { type Prepared, prepare } from './prepared.ts';
import { columnName, type Database, insertRow, type Row, withState } from './schema.ts';
import type { Tx } from './tx.ts';

/** What an outcome writes. */
export const SETTLED = [
  'state',
  'attempt',
  'crashes',
  'result',
  'error',
  'message',
  'reason',
  'progress',
  'runAt',
  'dueAt',
  'startedAt',
  'finishedAt',
] as const satisfies (keyof JobRecord)[];

export interface SettleRow extends ClaimToken, Pick<JobRecord, (typeof SETTLED)[number]> {
  startedAt: number;
}

export type AttemptRow = Row<'pwj_attempts'>;
export type LogRow = Row<'pwj_logs'>;
export type HistoryRow = Row<'pwj_history'>;

/** Jobs by the limit they count against: ready and blocked ones, and scheduled ones. */
export interface QueueSize {
  waiting: number;
  delayed: number;
}

export const mostOf = ({ queue }: Settings): QueueSize => ({
  waiting: queue.maxQueueSize,
  delayed: queue.maxDelayedJobs,
});
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

/** The ready jobs among these. */
export interface ClaimTheseParams extends Omit<ClaimParams, 'type' | 'priority' | 'limit'> {
  ids: readonly string[];
}

/** What a claim looks at: types of the plan, and those of them that this transaction has made ready. */
export interface Look {
  tx: Tx;
  now: number;
  holds: number;
  fresh: readonly string[];
}

export type HeldJob = Pick<JobRecord, 'id' | 'run'>;

export interface KnownKey {
  id: string;
  fingerprint: string | null;
  /** What was answered, if its type has keys and that is known. */
  outcome?: AddOutcome | null;
}

export interface Statements extends ReturnType<typeof sharedStatements> {
  /** The most jobs worth claiming at once beyond the free slots. */
  readonly prefetch: number;
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
  /** The same for the ready jobs among these, without those that others have locked. */
  claimThese(tx: Tx, params: ClaimTheseParams): Promise<ClaimedJob[]>;
  /** On a server, claims continue behind the last claimed row (`mysql/claim-cursor.ts`): call after jobs were added here, or returned and may be older. */
  rewindClaims(why: 'added' | 'returned'): void;
  /** Writes outcomes, guarded by their claims; returns for each whether its claim still held. May throw `RunAgain`. */
  settle(tx: Tx, rows: readonly SettleRow[]): Promise<boolean[]>;
  /** Renews the leases of all jobs of a node; returns what it holds. `leaseUntil` is called at the last moment: after a wait for the database it must not shorten leases of jobs claimed meanwhile. */
  renew(tx: Tx, params: { node: string; leaseUntil: () => number }): Promise<HeldJob[]>;
}

type Db = Kysely<Database>;

/** Columns that a new job leaves empty. */
const EMPTY: readonly string[] = [
  'result',
  'error',
  'message',
  'progress',
  'metrics',
  'finishedAt',
  'readyAt',
  'startedRun',
  'aloneRun',
];
const ADDED = (Object.keys(JOB) as (keyof typeof JOB)[]).filter((name) => !EMPTY.includes(name));

/** The statements that are the same on every engine, compiled once per database. */
export function sharedStatements(db: Db) {
  return {
    /** Room for more jobs before `adding`; may be cached while more than half of `most` is free. */
    room: queueRoom(db),
    insert: prepare<JobRecord>((p) => insertRow(db, 'pwj_jobs', p, ADDED)),
    /** Adds to the counts that exist. */
    count: prepare<Row<'pwj_counts'>>((p) =>
      insertRow(db, 'pwj_counts', p).onConflict((c) =>
        c.columns(['state', 'type', 'shard']).doUpdateSet((e) => ({ n: e('pwj_counts.n', '+', e.ref('excluded.n')) })),
      ),
    ),
    total: prepare<Row<'pwj_totals'>>((p) =>
      insertRow(db, 'pwj_totals', p).onConflict((c) =>
        c.columns(['type', 'shard']).doUpdateSet((e) => ({
          runs: e('pwj_totals.runs', '+', e.ref('excluded.runs')),
          run_ms: e('pwj_totals.run_ms', '+', e.ref('excluded.run_ms')),
        })),
      ),
    ),
    /** Existing rows stay unchanged. */
    attempt: prepare<AttemptRow>((p) =>
      insertRow(db, 'pwj_attempts', p).onConflict((c) => c.columns(['job_id', 'run']).doNothing()),
    ),
    log: prepare<LogRow>((p) =>
      insertRow(db, 'pwj_logs', p).onConflict((c) => c.columns(['job_id', 'run', 'line']).doNothing()),
    ),
    tickTaken: prepare<{ schedule: string; tick: number }, { tick: number }>((p) =>
      db.selectFrom('pwj_ticks').select('tick').where('schedule', '=', p.schedule).where('tick', '=', p.tick),
    ),
    takeTick: prepare<Row<'pwj_ticks'>>((p) => insertRow(db, 'pwj_ticks', p)),
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
    /** Replaces the one that it has. */
    deadline: prepare<Row<'pwj_deadlines'>>((p) =>
      insertRow(db, 'pwj_deadlines', p).onConflict((c) =>
        c.column('job_id').doUpdateSet((e) => ({
          waits_until: e.ref('excluded.waits_until'),
          give_up_at: e.ref('excluded.give_up_at'),
        })),
      ),
    ),
    /** Replaces what the job was about. */
    about: prepare<Row<'pwj_about'>>((p) =>
      insertRow(db, 'pwj_about', p).onConflict((c) =>
        c.column('job_id').doUpdateSet((e) => ({ about: e.ref('excluded.about') })),
      ),
    ),
    /** Existing rows stay unchanged. */
    link: prepare<Row<'pwj_links'>>((p) =>
      insertRow(db, 'pwj_links', p).onConflict((c) => c.columns(['target', 'source']).doNothing()),
    ),
    /** Replaces the time of one that exists. */
    mark: prepare<Row<'pwj_link_looks'>>((p) =>
      insertRow(db, 'pwj_link_looks', p).onConflict((c) =>
        c.column('source').doUpdateSet((e) => ({ at: e.ref('excluded.at') })),
      ),
    ),
    history: prepare<HistoryRow>((p) => insertRow(db, 'pwj_history', p)),
    events: prepare<EventsRow>((p) => insertRow(db, 'pwj_events', p, ['at', 'node', 'kinds', 'events'])),
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
      .where('state', 'in', ['ready', 'scheduled', 'blocked'])
      .groupBy('state'),
  );

/** Milliseconds for which the room is cached while it is large. */
const KNOWN_FOR = 500;

/** How many more jobs the queue accepts; not counted for every addition while there is plenty of room. */
function queueRoom(db: Db) {
  const counts = queued(db);
  // The last count, plus what this process has added since.
  let known: QueueSize & { at: number } = { waiting: 0, delayed: 0, at: Number.NEGATIVE_INFINITY };
  return async (
    tx: Tx,
    { most, adding, now }: { most: QueueSize; adding: QueueSize; now: number },
  ): Promise<QueueSize> => {
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

/**
 * A time of a job's deadline, as SQL beside its row; a join would lock more than the job. The first condition is the same for all rows, so it is
 * asked once: where no job has a deadline, a claim looks for none.
 */
export const deadlineOf = (column: 'waits_until' | 'give_up_at'): string =>
  `case when exists (select 1 from pwj_deadlines where job_id > '')
    then (select ${column} from pwj_deadlines where job_id = pwj_jobs.id) end`;

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
      ...Object.fromEntries(SETTLED.map((name) => [columnName(name), p[name]])),
      progress: e.fn.coalesce(e.val(p.progress), 'progress'),
      lease_until: null,
    })),
  );

export const held = (db: Db): Prepared<{ node: string }, HeldJob> =>
  prepare((p) =>
    db.selectFrom('pwj_jobs').select(['id', 'run']).where('state', '=', STEPS.claim.to).where('node', '=', p.node),
  );
