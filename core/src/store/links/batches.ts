// The rows of batches: what is due for them, exactly once; their counts; and how far what is done to all their jobs has come.
import type { BatchEnd, Callback } from '@phraseworks/sdk';
import type { BatchCounts, BatchInfo } from '@phraseworks/sdk/contract';
import type { Kysely, Updateable } from 'kysely';
import type { Outcome } from '../../job/link.ts';
import { Clock } from '../../kernel/clock.ts';
import { Needing } from '../../kernel/container.ts';
import { decodeJson } from '../../kernel/json.ts';
import type { Changes } from '../changes.ts';
import { HostTransactions } from '../host-transactions.ts';
import { Ledger } from '../ledger.ts';
import type { Database } from '../schema.ts';
import { PASS_SIZE, Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { type Batch, batches, Links, lockedBatches } from './links.ts';

/** Batches that one sweep looks at. */
const PAGE = 100;

export type CallbackJob = Exclude<Callback, string>;

/** A job to add when something has happened to its batch, and the one that was added. */
export interface StoredCallback {
  on: BatchInfo['callbacks'][number]['on'];
  job: CallbackJob;
  jobId: string | null;
}

/** What is due for a batch now. */
interface Due {
  batch: Batch;
  counts: BatchCounts;
  /** All its jobs have ended, and there will be no more. */
  isOver: boolean;
  wanted: readonly StoredCallback[];
}

/** What is being done to all jobs of a batch, those behind `after`. */
export interface Task {
  is: 'cancel' | 'retry';
  by: string | null;
  after: string;
}

export const callbacksOf = ({ callbacks }: Batch): StoredCallback[] => JSON.parse(callbacks) as StoredCallback[];

export class BatchStore extends Needing<typeof BatchStore.needs> {
  static readonly needs = {
    ledger: Ledger,
    moves: Transition,
    links: Links,
    transactions: HostTransactions,
    clock: Clock,
  };
  /** The last one that the sweep looked at. */
  #swept = '';

  get #reader(): Kysely<Database> {
    return this.needs.ledger.dialect.reader;
  }

  /** Newest first, or one. */
  list({ id, before, limit = 1 }: { id?: string; before?: string | undefined; limit?: number }): Promise<Batch[]> {
    let query = batches(this.#reader).orderBy('id', 'desc').limit(limit);
    if (id !== undefined) query = query.where('id', '=', id);
    if (before !== undefined) query = query.where('id', '<', before);
    return query.execute();
  }

  /** How their jobs ended. */
  async counts(rows: readonly Batch[]): Promise<Map<string, BatchCounts>> {
    const open = rows.filter(({ endedAt }) => endedAt === null).map(({ id }) => id);
    const counts = await countsOf(this.#reader, open);
    for (const row of rows) if (!counts.has(row.id)) counts.set(row.id, JSON.parse(row.counts ?? '') as BatchCounts);
    return counts;
  }

  /** Null: nothing is due. */
  due(batch: Batch): Promise<Due | null> {
    return dueOf(this.#reader, batch);
  }

  /** Adds a callback, unless it is not due any more. `add` adds its job in the transaction, and returns the id. */
  async call(
    id: string,
    on: StoredCallback['on'],
    add: (job: CallbackJob, data: BatchEnd, trx: unknown) => Promise<string>,
  ): Promise<void> {
    const { transactions } = this.needs;
    await transactions.within(undefined, async (_db, trx) => {
      const change = <T>(work: (tx: Tx, changes: Changes) => Promise<T>) =>
        transactions.change(trx, 'A callback was added', work);
      const due = await change(async (tx) => {
        const [batch] = await lockedBatches(tx, [id]);
        return batch ? dueOf(tx.db, batch) : null;
      });
      const callback = due?.wanted.find((one) => one.on === on);
      if (!due || !callback) return;
      const { batch, counts } = due;
      const jobId = await add(callback.job, { batch: id, name: batch.name, data: decodeJson(batch.data), counts }, trx);
      const callbacks = callbacksOf(batch).map((one) => (one.on === on ? { ...one, jobId } : one));
      await change(({ db }) => setBatch(db, id, { callbacks: JSON.stringify(callbacks) }));
    });
  }

  /** Ends it if nothing is missing. `error`: why a callback could not be added. */
  async end(id: string, error: string | null): Promise<void> {
    await this.#change(id, async (batch, { db }) => {
      const due = error === null ? await dueOf(db, batch) : null;
      if (!due?.isOver || due.wanted.length > 0) return { error };
      return { error, ended_at: this.needs.clock.now(), counts: JSON.stringify(due.counts) };
    });
  }

  /** Closes it. False if it does not exist. */
  close(id: string): Promise<boolean> {
    return this.#change(id, () => ({ closed: 1 }), true);
  }

  /** Begins to do something to all its jobs; a batch that is cancelled is closed first. False if it does not exist. */
  begin(id: string, task: Task): Promise<boolean> {
    return this.#change(
      id,
      ({ closed }) => ({ task: JSON.stringify(task), closed: task.is === 'cancel' ? 1 : closed, ended_at: null }),
      true,
    );
  }

  /** The task has come so far; null: it is done. Nothing changes if another one has begun. */
  async setTask({ id, task: before }: Batch, task: Task | null): Promise<void> {
    await this.#change(id, ({ task: now }) => ({ task: now === before ? task && JSON.stringify(task) : now }));
  }

  /** `isNews`: what changes is to be looked at. */
  #change(id: string, decide: (batch: Batch, tx: Tx) => Values | Promise<Values>, isNews = false): Promise<boolean> {
    const { ledger, links } = this.needs;
    return ledger.transact(async (tx, changes) => {
      const [batch] = await lockedBatches(tx, [id]);
      if (!batch) return false;
      await setBatch(tx.db, id, await decide(batch, tx));
      if (isNews) await links.later(tx, changes, [id]);
      changes.announce('jobs');
      return true;
    });
  }

  /** They are to be looked at by a process that runs jobs. */
  async mark(ids: readonly string[]): Promise<void> {
    const { ledger, links } = this.needs;
    await ledger.transact((tx, changes) => links.later(tx, changes, ids));
  }

  /** The next jobs of the batch with this outcome, in the order of adding; null: those that have not ended; undefined: all. */
  async members(id: string, outcome: Outcome | null | undefined, after: string, limit: number): Promise<string[]> {
    const members = membersOf(this.#reader, id, outcome).where('source', '>', after);
    return (await members.orderBy('source').limit(limit).execute()).map(({ source }) => source);
  }

  /** Cancels those of these jobs that have not ended. */
  async cancel(ids: readonly string[], by: string | null): Promise<void> {
    const { ledger, moves, clock } = this.needs;
    await ledger.transact((tx, changes) => moves.cancel(tx, changes, ids, { by, at: clock.now() }));
  }

  /** The next batches that have not ended, which may have to unnoticed. */
  async sweep(): Promise<string[]> {
    const query = this.#reader.selectFrom('pwj_batches').select('id').where('ended_at', 'is', null);
    const rows = await query.where('id', '>', this.#swept).orderBy('id').limit(PAGE).execute();
    this.#swept = rows.length < PAGE ? '' : (rows.at(-1)?.id ?? '');
    return rows.map(({ id }) => id);
  }

  /** Removes batches that ended before, with their links, at most one pass; returns how many rows. */
  async prune(before: number): Promise<number> {
    const old = this.#reader.selectFrom('pwj_batches').select('id').where('ended_at', '<', before).limit(1);
    const batch = await old.executeTakeFirst();
    if (!batch) return 0;
    const links = this.#reader.selectFrom('pwj_links').select('source').where('target', '=', batch.id);
    const ids = (await links.limit(PASS_SIZE).execute()).map(({ source }) => source);
    await this.needs.ledger.transact(async ({ db }, changes) => {
      if (ids.length > 0)
        await db.deleteFrom('pwj_links').where('target', '=', batch.id).where('source', 'in', ids).execute();
      if (ids.length < PASS_SIZE) await db.deleteFrom('pwj_batches').where('id', '=', batch.id).execute();
      changes.announce('jobs');
    });
    return PASS_SIZE;
  }
}

type Values = Updateable<Database['pwj_batches']>;

const setBatch = (db: Kysely<Database>, id: string, values: Values) =>
  db.updateTable('pwj_batches').set(values).where('id', '=', id).execute();

/** The jobs of a batch that ended like this; null: that have not ended; undefined: all. */
function membersOf(db: Kysely<Database>, batch: string, outcome: Outcome | null | undefined) {
  const all = db.selectFrom('pwj_links').select('source').where('target', '=', batch);
  return outcome === undefined ? all : all.where('outcome', outcome === null ? 'is' : '=', outcome);
}

async function dueOf(db: Kysely<Database>, batch: Batch): Promise<Due | null> {
  const { id, closed, task, endedAt } = batch;
  if (endedAt !== null) return null;
  // Jobs end in the order of their ids for the most part, so an open one is looked for from the end.
  const has = async (outcome: Outcome | null) =>
    (await membersOf(db, id, outcome).orderBy('source', 'desc').limit(1).execute()).length > 0;
  const isOver = closed === 1 && task === null && !(await has(null));
  const hasFailed = await has('failed');
  const isWhole = isOver && !hasFailed && !(await has('cancelled'));
  const isDue = { failure: hasFailed, success: isWhole, end: isOver };
  const wanted = callbacksOf(batch).filter(({ on, jobId }) => jobId === null && isDue[on]);
  if (!isOver && wanted.length === 0) return null;
  return { batch, isOver, wanted, counts: (await countsOf(db, [id])).get(id) as BatchCounts };
}

/** How many jobs of each of these batches ended how. */
async function countsOf(db: Kysely<Database>, ids: readonly string[]): Promise<Map<string, BatchCounts>> {
  const counts = new Map(ids.map((id) => [id, { total: 0, completed: 0, failed: 0, cancelled: 0 }]));
  if (ids.length === 0) return counts;
  const rows = await db
    .selectFrom('pwj_links')
    .select((e) => ['target', 'outcome', e.fn.countAll<number>().as('n')])
    .where('target', 'in', ids)
    .groupBy(['target', 'outcome'])
    .execute();
  for (const { target, outcome, n } of rows) {
    const one = counts.get(target) as BatchCounts;
    one.total += Number(n);
    if (outcome !== null) one[outcome] += Number(n);
  }
  return counts;
}
