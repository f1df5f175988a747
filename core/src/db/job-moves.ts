// The moves that a person, a plugin's state or the clock makes: each one guarded by the states it may start from.
import type { JobEvent, ParkReason } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { Ids } from '../id.ts';
import { publicState, STEPS, type StepName, type StoredState, storedFrom } from '../jobs/lifecycle.ts';
import type { JobRecord } from '../jobs/record.ts';
import { jobEvent } from './codec.ts';
import type { Tx } from './dialect/dialect.ts';
import { RECORD } from './job-reads.ts';
import type { JobStatements } from './job-statements.ts';
import type { Changes, Ledger } from './ledger.ts';
import type { AttemptRow } from './rows.ts';
import type { Database, JobsTable } from './schema.ts';

/** Rows of one pass: bounded, so that a pass never holds the database for long. */
export const PASS = 500;

export interface Move {
  step: Extract<StepName, 'cancel' | 'requeue' | 'park' | 'unpark' | 'release' | 'fail'>;
  set: Partial<JobsTable>;
  to: StoredState;
  at: number;
  reason: string | null;
  by?: string | null;
  more?: Partial<JobEvent>;
  /** The attempt that this move ends. */
  attemptRow?: AttemptRow;
}

export class JobMoves {
  readonly #ledger: Ledger;
  readonly #q: JobStatements;
  readonly #ids: Ids;

  constructor(deps: { ledger: Ledger; statements: JobStatements; ids: Ids }) {
    this.#ledger = deps.ledger;
    this.#q = deps.statements;
    this.#ids = deps.ids;
  }

  /** Moves one job; null when it is not there or has moved on. `guard` may look at it first and refuse by throwing. */
  async one(id: string, move: Move, guard?: (record: JobRecord) => void): Promise<JobRecord | null> {
    return this.#ledger.transact(async (tx, changes) => {
      const record = (await tx.db.selectFrom('pwj_jobs').select(RECORD).where('id', '=', id).executeTakeFirst()) as
        | JobRecord
        | undefined;
      if (!record) return null;
      guard?.(record);
      return (await this.#write(tx, changes, record, move)) ? record : null;
    });
  }

  /** Moves what `select` picks, at most `PASS` jobs; answers how many were picked. */
  async pass(
    select: (db: Kysely<Database>) => Promise<JobRecord[]>,
    moveOf: (record: JobRecord) => Move | null,
  ): Promise<JobRecord[]> {
    return this.#ledger.transact(async (tx, changes) => {
      const records = await select(tx.db);
      for (const record of records) {
        const move = moveOf(record);
        if (move) await this.#write(tx, changes, record, move);
      }
      return records;
    });
  }

  async #write(tx: Tx, changes: Changes, record: JobRecord, move: Move): Promise<boolean> {
    let update = tx.db
      .updateTable('pwj_jobs')
      .set({ ...move.set, state: move.to, reason: move.reason })
      .where('id', '=', record.id)
      .where('state', 'in', storedFrom(move.step));
    // A running job is moved away only from the attempt that was looked at.
    if (record.state === 'processing') update = update.where('run', '=', record.run);
    const done = await update.executeTakeFirst();
    if (Number(done.numUpdatedRows) !== 1) return false;
    const attempt = move.set.attempt ?? record.attempt;
    const status = publicState(move.to);
    changes.count(record.state, record.type, -1);
    changes.count(move.to, record.type, 1);
    const name = STEPS[move.step].event;
    if (name) {
      const more = move.reason === null ? move.more : { reason: move.reason, ...move.more };
      changes.event(jobEvent(name as JobEvent['event'], status, { ...record, attempt }, move.at, more));
    }
    if (move.attemptRow) await tx.run(this.#q.attempt, move.attemptRow);
    await tx.run(this.#q.history, {
      id: this.#ids.next(),
      jobId: record.id,
      at: move.at,
      event: HISTORY_EVENT[move.step],
      attempt,
      status,
      reason: move.reason,
      by: move.by ?? null,
    });
    return true;
  }
}

const HISTORY_EVENT: Record<Move['step'], string> = {
  cancel: 'job_cancelled',
  requeue: 'job_requeued',
  park: 'job_parked',
  unpark: 'job_unparked',
  release: 'job_released',
  fail: 'job_failed',
};

// The pickers take what comes first and do not sort: a pass must cost the same whatever waits behind it.

/** Jobs in `state` of a plugin. */
export const ofPlugin = (plugin: string, states: readonly StoredState[]) => async (db: Kysely<Database>) =>
  (await db
    .selectFrom('pwj_jobs')
    .select(RECORD)
    .where('state', 'in', states)
    .where('plugin', '=', plugin)
    .limit(PASS)
    .execute()) as JobRecord[];

/** Jobs of a type that wait or are parked for one of these reasons. */
export const parkedOfType = (type: string, reasons: readonly ParkReason[]) => async (db: Kysely<Database>) =>
  (await db
    .selectFrom('pwj_jobs')
    .select(RECORD)
    .where('state', '=', 'parked')
    .where('type', '=', type)
    .where('reason', 'in', reasons)
    .limit(PASS)
    .execute()) as JobRecord[];

export const inLane = (lane: string, type: string) => async (db: Kysely<Database>) =>
  (await db
    .selectFrom('pwj_jobs')
    .select(RECORD)
    .where('state', '=', 'ready')
    .where('lane', '=', lane)
    .where('type', '=', type)
    .limit(PASS)
    .execute()) as JobRecord[];

/** The lanes in which jobs are ready; each costs one step in the claim index. */
export async function readyLanes(db: Kysely<Database>): Promise<string[]> {
  const lanes: string[] = [];
  let last = '';
  for (;;) {
    const row = await db
      .selectFrom('pwj_jobs')
      .select((e) => e.fn.min('lane').as('lane'))
      .where('state', '=', 'ready')
      .where('lane', '>', last)
      .executeTakeFirst();
    if (!row?.lane) return lanes;
    lanes.push(row.lane);
    last = row.lane;
  }
}

/** The types of the first jobs of a lane, one pass of them. */
export async function typesInLane(db: Kysely<Database>, lane: string): Promise<string[]> {
  const rows = await db
    .selectFrom('pwj_jobs')
    .select('type')
    .where('state', '=', 'ready')
    .where('lane', '=', lane)
    .limit(PASS)
    .execute();
  return [...new Set(rows.map((row) => row.type))];
}

/** Moves waiting jobs to the lane of their type, without a change of state. */
export async function relane(tx: Tx, lane: string, type: string, to: string): Promise<number> {
  const done = await tx.db
    .updateTable('pwj_jobs')
    .set({ lane: to })
    .where('id', 'in', (q) =>
      q
        .selectFrom('pwj_jobs')
        .select('id')
        .where('state', '=', 'ready')
        .where('lane', '=', lane)
        .where('type', '=', type)
        .limit(PASS),
    )
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** Sets columns of a job beside its state. */
export const setColumns = (db: Kysely<Database>, id: string, set: Partial<JobsTable>) =>
  db.updateTable('pwj_jobs').set(set).where('id', '=', id).execute();

/** Changes the figures that are kept with a job; false when there is no such job. */
export async function changeMetrics(
  db: Kysely<Database>,
  id: string,
  change: (metrics: string | null) => string,
): Promise<boolean> {
  const row = await db.selectFrom('pwj_jobs').select('metrics').where('id', '=', id).executeTakeFirst();
  if (row) await setColumns(db, id, { metrics: change(row.metrics) });
  return row !== undefined;
}
