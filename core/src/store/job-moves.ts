// The moves that a person, a plugin's state or the clock makes: each one guarded by the states it may start from.
import type { JobEvent } from '@phraseworks/sdk';
import type { Kysely, Updateable } from 'kysely';
import type { Ids } from '../kernel/id.ts';
import { publicState, STEPS, type StepName, type StoredState, storedFrom } from '../queue/lifecycle.ts';
import type { JobRecord } from '../queue/record.ts';
import type { Changes } from './changes.ts';
import { jobEvent } from './codec.ts';
import { cutToKey, type Tx } from './dialect.ts';
import type { JobStatements } from './job-statements.ts';
import type { Ledger } from './ledger.ts';
import { reopenReceipts } from './receipt-store.ts';
import { RECORD } from './record-columns.ts';
import type { AttemptRow, HistoryRow } from './rows.ts';
import type { Database, JobsTable } from './schema.ts';

/** Rows of one pass: bounded, so that a pass never holds the database for long. */
export const PASS = 500;

export interface Move {
  step: Extract<StepName, 'cancel' | 'requeue' | 'park' | 'unpark' | 'release' | 'fail'>;
  set: Updateable<JobsTable>;
  to: StoredState;
  at: number;
  reason: string | null;
  by?: string | null;
  more?: Partial<JobEvent>;
  /** The attempt that this move ends. */
  attemptRow?: AttemptRow;
}

/** Jobs and their next state. */
type Plan = readonly (readonly [JobRecord, Move])[];

/** Picks the jobs of one pass, at most `PASS`. */
export type Picker = (db: Kysely<Database>) => Promise<JobRecord[]>;

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
      const [record] = await locked(tx, [id]);
      if (!record) return null;
      guard?.(record);
      return (await this.#write(tx, changes, [[record, move]])) === 1 ? record : null;
    });
  }

  /** Moves what `select` picks; answers what it picked. Nothing is begun when that is nothing. */
  async pass(select: Picker, moveOf: (record: JobRecord) => Move | null): Promise<JobRecord[]> {
    const { dialect } = this.#ledger;
    if ((await select(dialect.reader)).length === 0) return [];
    return this.#ledger.transact(async (tx, changes) => {
      const picked = await select(tx.db);
      // Where others write at the same time, what was picked may have moved on.
      const records = dialect.ordered ? picked : await unchanged(tx, picked);
      const plan = records.flatMap((record) => {
        const move = moveOf(record);
        return move ? [[record, move] as const] : [];
      });
      await this.#write(tx, changes, plan);
      return picked;
    });
  }

  /** Writes the moves whose job is in a state that they may start from; the rows are held by this transaction. Answers how many. */
  async #write(tx: Tx, changes: Changes, plan: Plan): Promise<number> {
    const possible = plan.filter(([record, move]) => storedFrom(move.step).includes(record.state));
    const attempts: AttemptRow[] = [];
    const histories: HistoryRow[] = [];
    for (const [set, ids] of alike(possible))
      await tx.db.updateTable('pwj_jobs').set(set).where('id', 'in', ids).execute();
    for (const [record, move] of possible) {
      const attempt = move.set.attempt ?? record.attempt;
      const status = publicState(move.to);
      changes.count(record.state, record.type, -1);
      changes.count(move.to, record.type, 1);
      const name = STEPS[move.step].event;
      if (name) {
        const more = move.reason === null ? move.more : { reason: move.reason, ...move.more };
        changes.event(jobEvent(name as JobEvent['event'], status, { ...record, attempt }, move.at, more));
      }
      if (!name || move.to === 'ready') changes.announce('jobs');
      if (move.attemptRow) attempts.push(move.attemptRow);
      histories.push({
        id: this.#ids.next(),
        jobId: record.id,
        at: move.at,
        event: HISTORY_EVENT[move.step],
        attempt,
        status,
        reason: move.reason,
        by: move.by ? cutToKey(move.by) : null,
      });
    }
    if (attempts.length > 0) await this.#ledger.dialect.hot.addAttempts(tx, attempts);
    const again = possible.filter(([, { step }]) => step === 'requeue').map(([record]) => record);
    if (again.length > 0) await reopenReceipts(tx, again);
    if (histories.length > 0) await tx.insertAll(this.#q.history, histories);
    return possible.length;
  }
}

/** The rows of these jobs, locked until the transaction ends. */
async function locked(tx: Tx, ids: readonly string[]): Promise<JobRecord[]> {
  const query = tx.db.selectFrom('pwj_jobs').select(RECORD).where('id', 'in', ids).orderBy('id');
  return (await tx.locked(query).execute()) as JobRecord[];
}

async function unchanged(tx: Tx, picked: readonly JobRecord[]): Promise<JobRecord[]> {
  if (picked.length === 0) return [];
  const before = new Map(picked.map((record) => [record.id, record]));
  const now = await locked(tx, [...before.keys()].sort());
  return now.filter(({ id, state, run, node, leaseUntil, reason }) => {
    const old = before.get(id);
    return (
      old?.state === state &&
      old.run === run &&
      old.node === node &&
      old.reason === reason &&
      // The lease may have been renewed since.
      old.leaseUntil === leaseUntil
    );
  });
}

/** One update for all jobs that change in the same way. */
function alike(plan: Plan): [Updateable<JobsTable>, string[]][] {
  const groups = new Map<string, [Updateable<JobsTable>, string[]]>();
  for (const [{ id }, { set, to, at, reason }] of plan) {
    const values = { ...set, ...(to === 'ready' ? { ready_at: at } : {}), state: to, reason };
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group) group[1].push(id);
    else groups.set(key, [values, [id]]);
  }
  return [...groups.values()];
}

const HISTORY_EVENT: Record<Move['step'], string> = {
  cancel: 'job_cancelled',
  requeue: 'job_requeued',
  park: 'job_parked',
  unpark: 'job_unparked',
  release: 'job_released',
  fail: 'job_failed',
};

/** Sets columns of a job beside its state. */
export const setColumns = (db: Kysely<Database>, id: string, set: Updateable<JobsTable>) =>
  db.updateTable('pwj_jobs').set(set).where('id', '=', id).execute();

/** Changes the figures that are kept with a job; false when there is no such job. */
export async function changeMetrics(tx: Tx, id: string, change: (metrics: string | null) => string): Promise<boolean> {
  const query = tx.db.selectFrom('pwj_jobs').select('metrics').where('id', '=', id);
  const row = await tx.locked(query).executeTakeFirst();
  if (row) await setColumns(tx.db, id, { metrics: change(row.metrics) });
  return row !== undefined;
}
