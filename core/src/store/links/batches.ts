// The rows of batches: their end, exactly once; their counts; and what is done to all their jobs, in bounded passes that a crash does not stop.
import { type Outcome, outcomeOf } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import type { Clock } from '../../kernel/clock.ts';
import { addJobs } from '../job-writes.ts';
import type { Ledger } from '../ledger.ts';
import { columnsOf, type Row, selected } from '../schema.ts';
import type { QueueSize } from '../shared-statements.ts';
import type { Movable, Move, Transition } from '../transition.ts';
import { PASS_SIZE } from '../transition.ts';
import type { Tx } from '../tx.ts';
import type { Links } from './links.ts';
import { AT_ONCE, type Batch, type Counts, countsOf, hasMember, lockedBatches, lockedJobs, membersOf } from './rows.ts';

/** Batches that one sweep looks at. */
const PAGE = 100;

export type CallbackName = 'onEnd' | 'onSuccess' | 'onFailure';
/** What is being done to all jobs of a batch. `after`: the last job that was retried. */
export type Task = { cancel: true; by: string | null } | { retry: true; after: string; by: string | null };

/** What is due for a batch now. */
export interface Due {
  batch: Batch;
  counts: Counts;
  /** All its jobs have ended, and there will be no more. */
  isOver: boolean;
  /** Callbacks to add. */
  wanted: readonly CallbackName[];
}

interface Needs {
  ledger: Ledger;
  moves: Transition;
  links: Links;
  clock: Clock;
  most: QueueSize;
}

export class BatchStore {
  readonly #needs: Needs;
  /** The last one that the sweep looked at. */
  #swept = '';

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async get(id: string): Promise<Batch | null> {
    return (await this.#select().where('id', '=', id).executeTakeFirst()) ?? null;
  }

  #select() {
    return this.#needs.ledger.dialect.reader.selectFrom('pwj_batches').select(selected(columnsOf('pwj_batches')));
  }

  /** Newest first. */
  list({ before, limit }: { before: string | undefined; limit: number }): Promise<Batch[]> {
    const query = this.#select().orderBy('id', 'desc').limit(limit);
    return (before === undefined ? query : query.where('id', '<', before)).execute();
  }

  /** How the jobs of these batches ended. */
  async counts(batches: readonly Batch[]): Promise<Map<string, Counts>> {
    const open = batches.filter(({ counts }) => counts === null).map(({ id }) => id);
    const counted = await countsOf(this.#needs.ledger.dialect.reader, open);
    for (const { id, counts } of batches) if (counts !== null) counted.set(id, JSON.parse(counts) as Counts);
    return counted;
  }

  /** What is due for a batch; null if nothing is. */
  due(batch: Batch): Promise<Due | null> {
    return this.#due({ db: this.#needs.ledger.dialect.reader }, batch);
  }

  async #due({ db }: Pick<Tx, 'db'>, batch: Batch): Promise<Due | null> {
    if (batch.open === null) return null;
    const { id } = batch;
    const callbacks = JSON.parse(batch.callbacks) as Partial<Record<CallbackName, unknown>>;
    const called = JSON.parse(batch.called) as Partial<Record<CallbackName, string>>;
    const isOver = batch.closed === 1 && !(await hasMember(db, id, null));
    const hasFailed = await hasMember(db, id, 'failed');
    const isWhole = isOver && !hasFailed && !(await hasMember(db, id, 'cancelled'));
    const isDue = { onFailure: hasFailed, onSuccess: isWhole, onEnd: isOver };
    const names = Object.keys(isDue) as CallbackName[];
    const wanted = names.filter((name) => isDue[name] && callbacks[name] && !called[name]);
    if (!isOver && wanted.length === 0) return null;
    const counts = (await countsOf(db, [id])).get(id) as Counts;
    return { batch, counts, isOver, wanted };
  }

  /**
   * Adds callbacks that are due, and ends the batch. `admitted`: the rows of those that can be added. False if something has changed since
   * they were made, so that nothing was written.
   */
  async end(seen: Due, admitted: ReadonlyMap<CallbackName, JobRecord>, refused: string | null): Promise<boolean> {
    const { ledger, clock, most } = this.#needs;
    const now = clock.now();
    return ledger.transact(async (tx, changes) => {
      const [batch] = await lockedBatches(tx, [seen.batch.id]);
      const due = batch ? await this.#due(tx, batch) : null;
      if (!batch || !due) return true;
      if (saidOf(due) !== saidOf(seen)) return false;
      const called = JSON.parse(batch.called) as Partial<Record<CallbackName, string>>;
      let error = refused;
      const { keys, limits, links } = ledger;
      for (const [name, record] of admitted) {
        const how = { most, now, keys, limits, links };
        const additions = [{ records: [record], tick: null }];
        const { added } = await addJobs(tx, ledger.dialect.statements, changes, additions, how);
        const [answer] = added;
        if (answer?.status === 'added') called[name] = record.id;
        else if (answer?.status === 'existing') called[name] = answer.jobs[0]?.id ?? record.id;
        else error = `${name}: ${answer?.status === 'full' ? 'the queue is full' : 'its key belongs to another job'}`;
      }
      const isDone = due.isOver && error === null;
      const ended = isDone ? { open: null, ended_at: batch.endedAt ?? now, counts: JSON.stringify(due.counts) } : {};
      await tx.db
        .updateTable('pwj_batches')
        .set({ called: JSON.stringify(called), error, ...ended })
        .where('id', '=', batch.id)
        .execute();
      changes.announce('jobs');
      changes.afterCommit.push(() => this.#needs.links.ready.emit(null));
      return true;
    });
  }

  /** They are to be looked at by a process that runs jobs. */
  async mark(ids: readonly string[]): Promise<void> {
    const { ledger, links, clock } = this.#needs;
    await ledger.transact(async (tx, changes) => {
      await links.rows.mark(tx, ids, clock.now());
      changes.announce('links');
    });
  }

  /** Closes it. False if it does not exist. */
  async close(id: string): Promise<boolean> {
    return this.#needs.ledger.transact(async (tx, changes) => {
      const [batch] = await lockedBatches(tx, [id]);
      if (batch?.closed === 0) await this.#close(tx, id);
      changes.announce('jobs');
      changes.announce('links');
      changes.afterCommit.push(() => this.#needs.links.marked.emit());
      return batch !== undefined;
    });
  }

  async #close(tx: Tx, id: string): Promise<void> {
    await tx.db.updateTable('pwj_batches').set({ closed: 1 }).where('id', '=', id).execute();
    await this.#needs.links.rows.mark(tx, [id], this.#needs.clock.now());
  }

  /** Begins to do something to all its jobs; a batch that is cancelled is closed first. False if it does not exist. */
  async begin(id: string, task: Task): Promise<boolean> {
    return this.#needs.ledger.transact(async (tx, changes) => {
      const [batch] = await lockedBatches(tx, [id]);
      if (batch?.closed === 0 && 'cancel' in task) await this.#close(tx, id);
      await tx.db
        .updateTable('pwj_batches')
        .set({ task: JSON.stringify(task), open: 1 })
        .where('id', '=', id)
        .execute();
      changes.announce('jobs');
      return batch !== undefined;
    });
  }

  /** The task has come so far; null: it is done. Nothing changes if another one has begun. */
  async setTask({ id, task: before }: Batch, task: Task | null): Promise<void> {
    await this.#needs.ledger.transact(async ({ db }, changes) => {
      const update = db.updateTable('pwj_batches').set({ task: task && JSON.stringify(task) });
      await update.where('id', '=', id).where('task', '=', before).execute();
      changes.announce('jobs');
    });
  }

  /** The next jobs of the batch with this outcome, by their ids. */
  async members(id: string, outcome: Outcome | null, after: string, limit = AT_ONCE): Promise<string[]> {
    const members = membersOf(this.#needs.ledger.dialect.reader, id, outcome).where('source', '>', after);
    return (await members.orderBy('source').limit(limit).execute()).map(({ source }) => source);
  }

  /** Cancels the next jobs that have not ended: how many it looked at, and those that run. */
  async cancelSome(id: string, by: string | null): Promise<{ looked: number; running: string[] }> {
    const { ledger, moves, links, clock } = this.#needs;
    const ids = await this.members(id, null, '');
    if (ids.length === 0) return { looked: 0, running: [] };
    const move: Move = { step: 'cancel', at: clock.now(), reason: 'cancelled', by };
    const jobs = await ledger.transact(async (tx, changes) => {
      const found = await lockedJobs(tx, ids);
      const open = found.filter(({ state }) => outcomeOf(state) === null);
      await moves.write(
        tx,
        changes,
        open.map((job): [Movable, Move] => [job, move]),
      );
      const cancelled = new Set(open.map((job) => job.id));
      // They ended, or are gone, but their links have not been told.
      await links.rows.mark(
        tx,
        ids.filter((one) => !cancelled.has(one)),
        clock.now(),
      );
      return open;
    });
    links.marked.emit();
    return { looked: ids.length, running: jobs.flatMap((job) => (job.state === 'processing' ? [job.id] : [])) };
  }

  /** The next batches that have not ended, which may have to unnoticed. */
  async sweep(): Promise<string[]> {
    const query = this.#needs.ledger.dialect.reader.selectFrom('pwj_batches').select('id').where('open', '=', 1);
    const rows = await query.where('id', '>', this.#swept).orderBy('id').limit(PAGE).execute();
    this.#swept = rows.length < PAGE ? '' : (rows.at(-1)?.id ?? '');
    return rows.map(({ id }) => id);
  }

  /** Removes batches that ended before, with their links, at most one pass; returns how many rows. */
  async prune(before: number): Promise<number> {
    const { ledger } = this.#needs;
    const { reader } = ledger.dialect;
    const old = reader.selectFrom('pwj_batches').select('id').where('ended_at', '<', before).where('open', 'is', null);
    const batch = await old.limit(1).executeTakeFirst();
    if (!batch) return 0;
    const links = reader.selectFrom('pwj_links').select('source').where('target', '=', batch.id);
    const sources = await links.limit(PASS_SIZE).execute();
    await ledger.transact(async (tx, changes) => {
      const ids = sources.map(({ source }) => source);
      if (ids.length > 0)
        await tx.db.deleteFrom('pwj_links').where('target', '=', batch.id).where('source', 'in', ids).execute();
      if (ids.length < PASS_SIZE) await tx.db.deleteFrom('pwj_batches').where('id', '=', batch.id).execute();
      changes.announce('jobs');
    });
    return PASS_SIZE;
  }
}

/** What callbacks were made from; the counts change all the time before the end. */
const saidOf = ({ counts, wanted, isOver }: Due): string => JSON.stringify([wanted, isOver && counts]);

/** A new row. */
export const newBatch = (
  id: string,
  given: Pick<Row<'pwj_batches'>, 'name' | 'plugin' | 'data' | 'callbacks' | 'startsClosed' | 'closed' | 'createdAt'>,
): Batch => ({ id, called: '{}', open: 1, endedAt: null, counts: null, error: null, task: null, ...given });
