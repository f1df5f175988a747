// Follows the jobs that others wait for, in the transactions that end them or put them back: tells their links, and readies or cancels the jobs
// that waited. What one transaction does is bounded; what is left is marked and done after its commit. Jobs that are there when others are added
// behind them are marked, too, not locked, since a host may hold its transaction open for long.
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { AFTER, isBatchId, type Outcome, outcomeOf } from '../../job/link.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Signal } from '../../kernel/signal.ts';
import type { Changes, Moved } from '../changes.ts';
import { raiseHolds } from '../holds.ts';
import type { AddedJob, Addition, LinkedAdditions, LinkRules } from '../job-writes.ts';
import type { Follower, Ledger } from '../ledger.ts';
import { columnsOf, type Database, insertRow, type Row, selected } from '../schema.ts';
import { locked, type Movable, type Move, type Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';

type Link = Row<'pwj_links'>;
export type Batch = Row<'pwj_batches'>;

/** Links and sources that one transaction looks at. */
const AT_ONCE = 100;
/** Ids in one list of a statement. */
const IN_LIST = 1_000;
/** Events of a transaction from which on it only marks: what it moves moves others. */
const MOST_EVENTS = 2_000;
/** Milliseconds until a job that runs is looked at again: its process may not know that others wait for it. */
const LOOK_AGAIN = 1_000;
/** Until a job is looked at again whose key another transaction held. */
const SOON = 20;

interface Needs {
  ledger: Ledger;
  moves: Transition;
  clock: Clock;
  /** Are jobs of this type followed by every process? */
  isLinked: (type: string) => boolean;
}

export class Links implements Follower, LinkRules {
  /** Emits when there is something to look at. */
  readonly marked = new Signal<void>();
  /** Emits batches of which a job has ended, or that were closed. */
  readonly touched = new Signal<readonly string[]>();
  readonly followsFree = true;
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
    needs.ledger.followers.push(this);
    needs.ledger.links = this;
  }

  concerns(type: string): boolean {
    return this.#needs.isLinked(type);
  }

  async adding(tx: Tx, additions: readonly Addition[]): Promise<LinkedAdditions> {
    const filled = additions.flatMap(({ batch }) => (batch && !batch.row ? [batch.id] : []));
    const open = new Set((await lockedBatches(tx, filled)).flatMap(({ id, closed }) => (closed === 0 ? [id] : [])));
    const records = additions.flatMap((addition) => addition.records);
    const known = new Set(records.map(({ id }) => id));
    const sources = records.flatMap(({ links }) => links?.sources.map(({ id }) => id) ?? []);
    const outside = [...new Set(sources)].filter((id) => !known.has(id));
    for (let from = 0; from < outside.length; from += IN_LIST) {
      const part = tx.db
        .selectFrom('pwj_jobs')
        .select('id')
        .where('id', 'in', outside.slice(from, from + IN_LIST));
      for (const { id } of await part.execute()) known.add(id);
    }
    return {
      refusal: ({ batch, ...addition }) => {
        if (batch && !batch.row && !open.has(batch.id)) return { status: 'closed' };
        for (const [index, { links }] of addition.records.entries()) {
          const at = links?.sources.findIndex(({ id }) => !known.has(id)) ?? -1;
          if (at >= 0) return { status: 'unlinkable', index, at };
        }
        return null;
      },
      write: (changes, accepted) => this.#add(tx, changes, accepted),
    };
  }

  async #add(
    tx: Tx,
    changes: Changes,
    accepted: readonly (readonly [Addition, readonly AddedJob[] | null])[],
  ): Promise<void> {
    const links: Link[] = [];
    const marks = new Set<string>();
    for (const [{ records, batch }, jobs] of accepted) {
      const placeOf = new Map(records.map(({ id }, i) => [id, jobs?.[i]?.id ?? id]));
      const followed = new Set<string>();
      const link = (target: string, source: string, name: string | null, onFailed: Link['onFailed']) => {
        links.push({ target, source, name, outcome: null, onFailed });
        if (!followed.has(source) && !isBatchId(source)) marks.add(source);
      };
      for (const { id, type } of records) if (placeOf.get(id) === id && this.concerns(type)) followed.add(id);
      for (const { id, links: wanted } of records) {
        const place = placeOf.get(id) ?? id;
        if (batch) link(batch.id, place, null, 'run');
        if (place !== id) continue;
        if (batch?.waits) link(id, batch.id, null, 'cancel');
        for (const source of wanted?.sources ?? [])
          link(id, placeOf.get(source.id) ?? source.id, source.name, wanted?.onFailed ?? 'cancel');
      }
      if (!batch?.row) continue;
      await insertRow(tx.db, 'pwj_batches', batch.row).execute();
      if (batch.row.closed === 1) marks.add(batch.id);
      changes.announce('jobs');
    }
    await tx.insertAll(this.#needs.ledger.dialect.statements.link, links);
    if (marks.size > 0) await this.later(tx, changes, marks);
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const ends = new Map<string, Outcome | null>();
    for (const { id, from, to } of moved) {
      const before = outcomeOf(from);
      const after = to === 'removed' ? (before ?? 'cancelled') : outcomeOf(to);
      if (before || after) ends.set(id, after);
    }
    if (changes.events.length <= MOST_EVENTS) await this.#tell(tx, changes, ends);
    else if (ends.size > 0) await this.later(tx, changes, ends.keys());
    const removed = moved.flatMap(({ id, to }) => (to === 'removed' ? [id] : []));
    if (removed.length > 0) await tx.db.deleteFrom('pwj_links').where('target', 'in', removed).execute();
  }

  /** Tells the links of these sources how they ended (null: they run again, or will), and moves the jobs that waited, and `others`. */
  async #tell(
    tx: Tx,
    changes: Changes,
    ends: ReadonlyMap<string, Outcome | null>,
    others: readonly string[] = [],
  ): Promise<void> {
    const { db } = tx;
    const targets = new Set(others);
    for (const outcome of new Set(ends.values())) {
      const differs = (e: ExpressionBuilder<Database, 'pwj_links'>) =>
        e('outcome', outcome === null ? 'is not' : 'is', null);
      const all = [...ends].flatMap(([id, one]) => (one === outcome ? [id] : []));
      const query = db.selectFrom('pwj_links').select(['source', 'target']).where('source', 'in', all).where(differs);
      const links = await query.limit(AT_ONCE + 1).execute();
      if (links.length === 0) continue;
      if (links.length > AT_ONCE) await this.later(tx, changes, all);
      const told = [...new Set(links.map(({ target }) => target))];
      const sources = links.map(({ source }) => source);
      const update = db.updateTable('pwj_links').set({ outcome }).where('source', 'in', sources);
      await update.where('target', 'in', told).where(differs).execute();
      for (const target of told) targets.add(target);
      const batches = told.filter(isBatchId);
      if (outcome === null && batches.length > 0)
        await db.updateTable('pwj_batches').set({ ended_at: null }).where('id', 'in', batches).execute();
    }
    const batches = [...targets].filter(isBatchId);
    if (batches.length > 0) changes.afterCommit.push(() => this.touched.emit(batches));
    const jobs = [...targets].filter((id) => !isBatchId(id));
    if (jobs.length > 0) await this.#settle(tx, changes, jobs.sort());
  }

  /** Moves those of these jobs that waited, as their links say: after a row was locked, no other transaction decides about it. */
  async #settle(tx: Tx, changes: Changes, ids: readonly string[]): Promise<void> {
    const { ledger, moves, clock } = this.#needs;
    const jobs = (await locked(tx, ids)).filter(({ reason }) => reason === AFTER);
    if (jobs.length === 0) return;
    const at = clock.now();
    const facts = await factsOf(tx, jobs);
    const plan: [Movable, Move][] = [];
    const free: Movable[] = [];
    for (const job of jobs) {
      const { isOpen, isBroken } = facts.get(job.id) ?? {};
      if (job.state === 'blocked') {
        if (isBroken) plan.push([job, { step: 'cancel', at, reason: AFTER }]);
        else if (!isOpen) free.push(job);
      } else if (job.state === 'cancelled' && !isBroken && !(await ledger.keys?.again(tx, job.id))) {
        plan.push([job, { step: 'putBack', at, reason: AFTER }]);
        if (!isOpen) await this.later(tx, changes, [job.id]);
      }
    }
    const turns = free.length > 0 ? await ledger.keys?.turns(tx, free) : undefined;
    for (const job of free) {
      const turn = turns?.get(job.id);
      const dueAt = job.runAt !== null && job.runAt > at ? job.runAt : null;
      if (turn === undefined) plan.push([job, { step: 'unblock', at, dueAt, reason: null }]);
      // Another transaction decides about its key now.
      else if (turn === 'held') await this.later(tx, changes, [job.id], at + SOON);
      else await tx.db.updateTable('pwj_jobs').set({ reason: 'key' }).where('id', '=', job.id).execute();
    }
    await moves.write(tx, changes, plan);
  }

  /** A process that runs jobs looks at these jobs and batches then. */
  async later(tx: Tx, changes: Changes, ids: Iterable<string>, at = this.#needs.clock.now()): Promise<void> {
    const marks = [...new Set(ids)].sort().map((source) => ({ source, at }));
    await tx.insertAll(this.#needs.ledger.dialect.statements.mark, marks);
    changes.announce('links');
    changes.afterCommit.push(() => this.marked.emit());
  }

  /** Looks at what is marked, a part of it at once; returns when to look again. */
  async look(): Promise<number> {
    const { ledger, clock } = this.#needs;
    const now = clock.now();
    const query = ledger.dialect.reader.selectFrom('pwj_link_looks').select(['source', 'at']).where('at', '>=', 0);
    const marks = await query.orderBy('at').limit(AT_ONCE).execute();
    const due = marks.filter(({ at }) => at <= now).map(({ source }) => source);
    if (due.length === 0) return marks[0]?.at ?? Number.POSITIVE_INFINITY;
    await ledger.transact((tx, changes) => this.#look(tx, changes, due));
    return now;
  }

  async #look(tx: Tx, changes: Changes, due: readonly string[]): Promise<void> {
    const { db } = tx;
    // Others may look at some of them right now.
    const marks = tx.unheld(db.selectFrom('pwj_link_looks').select('source').where('source', 'in', due));
    const ids = (await marks.execute()).map(({ source }) => source);
    if (ids.length === 0) return;
    const jobs = new Map((await locked(tx, ids)).map((job) => [job.id, job]));
    const running = new Set(ids.filter((id) => jobs.get(id)?.state === 'processing'));
    const done = ids.filter((id) => !running.has(id));
    if (done.length > 0) await db.deleteFrom('pwj_link_looks').where('source', 'in', done).execute();
    if (running.size > 0) await this.later(tx, changes, running, this.#needs.clock.now() + LOOK_AGAIN);
    await this.#linkTypes(tx, changes, [...jobs.values()]);
    const ends = new Map<string, Outcome | null>();
    for (const id of ids) {
      const job = jobs.get(id);
      if (!isBatchId(id)) ends.set(id, job ? outcomeOf(job.state) : 'cancelled');
    }
    const batches = ids.filter(isBatchId);
    const query = db
      .selectFrom('pwj_batches')
      .select(['id', 'task'])
      .where('id', 'in', batches)
      .where('closed', '=', 1);
    const closed = batches.length > 0 ? await query.execute() : [];
    // The jobs of one that is being cancelled wait until it comes to them.
    for (const { id, task } of closed)
      if ((JSON.parse(task ?? '{}') as { is?: string }).is !== 'cancel') ends.set(id, 'completed');
    await this.#tell(tx, changes, ends, ids);
  }

  /** From the commit on, no process claims jobs of these types without following them. */
  async #linkTypes(tx: Tx, changes: Changes, jobs: readonly Movable[]): Promise<void> {
    const types = new Set(jobs.map(({ type }) => type).filter((type) => !this.concerns(type)));
    for (const type of [...types].sort()) {
      const row = insertRow(tx.db, 'pwj_linked_types', { type });
      await row.onConflict((c) => c.column('type').doNothing()).execute();
    }
    if (types.size === 0) return;
    await raiseHolds(tx);
    changes.announce('links');
  }
}

export const batches = (db: Kysely<Database>) =>
  db.selectFrom('pwj_batches').select(selected(columnsOf('pwj_batches')));

/** Batches with these ids, locked until the transaction ends. */
export const lockedBatches = async (tx: Tx, ids: readonly string[]): Promise<Batch[]> =>
  ids.length === 0 ? [] : tx.locked(batches(tx.db).where('id', 'in', ids).orderBy('id')).execute();

/** What each of these jobs knows of its links. */
async function factsOf({ db }: Tx, jobs: readonly Movable[]) {
  const exists = (what: string) =>
    sql<number>`exists (select 1 from pwj_links where target = pwj_jobs.id and ${sql.raw(what)})`;
  const rows = await db
    .selectFrom('pwj_jobs')
    .select('id')
    .select(exists('outcome is null').as('isOpen'))
    .select(exists(`outcome in ('failed', 'cancelled') and on_failed = 'cancel'`).as('isBroken'))
    .where(
      'id',
      'in',
      jobs.map(({ id }) => id),
    )
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}
