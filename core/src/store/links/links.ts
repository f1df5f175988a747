// Follows the jobs that others wait for, in the transactions that end them or put them back: tells their links, and readies or cancels the jobs
// that waited. What one transaction does is bounded; what is left is marked and done after its commit.
import { AFTER, decide, isBatchId, type Outcome, outcomeOf } from '../../job/link.ts';
import type { Clock } from '../../kernel/clock.ts';
import { Signal } from '../../kernel/signal.ts';
import type { Changes, Moved } from '../changes.ts';
import { raiseHolds } from '../holds.ts';
import type { Addition, LinkRules } from '../job-writes.ts';
import type { Follower, Ledger } from '../ledger.ts';
import type { Movable, Move, Transition } from '../transition.ts';
import type { Tx } from '../tx.ts';
import { Additions } from './additions.ts';
import { AT_ONCE, brokenLinks, factsOf, type Link, LinkRows, lockedJobs, openLinks } from './rows.ts';

/** How often one transaction looks at links: what it moves moves others. */
const MOST_LOOKS = 10;
/** Milliseconds until a job that runs is looked at again: its process may not know that others wait for it. */
const LOOK_AGAIN = 1_000;
/** Until a job is looked at again whose key another transaction held. */
const SOON = 20;

interface Needs {
  ledger: Ledger;
  moves: Transition;
  clock: Clock;
  isLinked: (type: string) => boolean;
}

export class Links implements Follower, LinkRules {
  /** Emits when a job may be claimed (null), or when it is due. */
  readonly ready = new Signal<number | null>();
  /** Emits when there is something to look at. */
  readonly marked = new Signal<void>();
  /** Emits batches of which a job has ended, or that were closed. */
  readonly touched = new Signal<readonly string[]>();
  readonly followsFree = true;
  readonly #needs: Needs;
  readonly rows: LinkRows;

  constructor(needs: Needs) {
    this.#needs = needs;
    this.rows = new LinkRows(needs.ledger.dialect.db);
    needs.ledger.followers.push(this);
    needs.ledger.links = this;
  }

  concerns(type: string): boolean {
    return this.#needs.isLinked(type);
  }

  async adding(tx: Tx, additions: readonly Addition[], now: number): Promise<Additions> {
    const { rows, marked } = this;
    const linked = new Additions({ rows, marked, now, isLinked: this.#needs.isLinked }, tx);
    await linked.open(additions);
    return linked;
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const ended = new Map<string, Outcome>();
    const again: string[] = [];
    const removed: string[] = [];
    for (const { id, from, to } of moved) {
      const outcome = to === 'removed' ? (outcomeOf(from) ?? 'cancelled') : outcomeOf(to);
      if (to === 'removed') removed.push(id);
      if (outcome) ended.set(id, outcome);
      else if (outcomeOf(from)) again.push(id);
    }
    if (ended.size + again.length > 0) changes.looks += 1;
    if (changes.looks > MOST_LOOKS) await this.#later(tx, changes, [...ended.keys(), ...again]);
    else {
      await this.#tell(tx, changes, ended);
      await this.#reopen(tx, changes, again);
    }
    if (removed.length > 0) await tx.db.deleteFrom('pwj_links').where('target', 'in', removed).execute();
  }

  /** Tells the links of these sources how they ended. */
  async #tell(tx: Tx, changes: Changes, ended: ReadonlyMap<string, Outcome>): Promise<void> {
    if (ended.size === 0) return;
    const open = await openLinks(tx, [...ended.keys()]);
    if (open.length > AT_ONCE) await this.#later(tx, changes, ended.keys());
    await this.#store(
      tx,
      changes,
      open.slice(0, AT_ONCE).map((link) => ({ ...link, outcome: ended.get(link.source) ?? null })),
    );
  }

  /** Opens the links of these sources, which run again. */
  async #reopen(tx: Tx, changes: Changes, again: readonly string[]): Promise<void> {
    if (again.length === 0) return;
    const broken = await brokenLinks(tx, again, AFTER);
    if (broken.length > AT_ONCE) await this.#later(tx, changes, again);
    const links = broken.slice(0, AT_ONCE).map((link) => ({ ...link, outcome: null }));
    await this.#store(tx, changes, links);
    const batches = links.flatMap(({ target }) => (isBatchId(target) ? [target] : []));
    if (batches.length > 0)
      await tx.db
        .updateTable('pwj_batches')
        .set({ open: 1, ended_at: null, counts: null })
        .where('id', 'in', [...new Set(batches)])
        .where('ended_at', 'is not', null)
        .execute();
  }

  async #store(tx: Tx, changes: Changes, links: readonly Link[]): Promise<void> {
    if (links.length === 0) return;
    await this.rows.store(tx, links);
    const targets = [...new Set(links.map(({ target }) => target))];
    const batches = targets.filter(isBatchId);
    if (batches.length > 0) changes.afterCommit.push(() => this.touched.emit(batches));
    const jobs = targets.filter((id) => !isBatchId(id)).sort();
    const found = await this.#settle(tx, changes, jobs);
    const gone = jobs.filter((id) => !found.has(id));
    if (gone.length > 0) await tx.db.deleteFrom('pwj_links').where('target', 'in', gone).execute();
  }

  /** Moves those of these jobs that waited, as their links say; returns those that exist. */
  async #settle(tx: Tx, changes: Changes, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const { moves, clock } = this.#needs;
    const jobs = await lockedJobs(tx, ids);
    const waiting = jobs.filter(
      ({ state, reason }) => reason === AFTER && (state === 'blocked' || state === 'cancelled'),
    );
    const found = new Set(jobs.map(({ id }) => id));
    if (waiting.length === 0) return found;
    const facts = await factsOf(
      tx,
      waiting.map(({ id }) => id),
    );
    const now = clock.now();
    const plan: [Movable, Move][] = [];
    const free: Movable[] = [];
    for (const job of waiting) {
      const its = facts.get(job.id) ?? { isOpen: false, isBroken: false };
      const step = decide({ ...job, ...its });
      if (step === 'cancel') plan.push([job, { step, at: now, reason: AFTER }]);
      else if (step === 'unblock') free.push(job);
      else if (step === 'putBack' && !(await this.#needs.ledger.keys?.again(tx, job.id))) {
        plan.push([job, { step, at: now, reason: AFTER }]);
        if (!its.isOpen) await this.#later(tx, changes, [job.id]);
      }
    }
    plan.push(...(await this.#unblock(tx, changes, free, now)));
    await moves.write(tx, changes, plan);
    return found;
  }

  /** Those that wait for their key from now on keep it; of those whose key is held, nobody knows yet. */
  async #unblock(tx: Tx, changes: Changes, jobs: readonly Movable[], now: number): Promise<[Movable, Move][]> {
    if (jobs.length === 0) return [];
    const { keys } = this.#needs.ledger;
    const turns = (await keys?.turns(tx, jobs)) ?? new Map<string, never>();
    const behind = jobs.filter(({ id }) => turns.get(id) === 'behind').map(({ id }) => id);
    const held = jobs.filter(({ id }) => turns.get(id) === 'held').map(({ id }) => id);
    if (behind.length > 0)
      await tx.db.updateTable('pwj_jobs').set({ reason: 'key' }).where('id', 'in', behind).execute();
    if (held.length > 0) await this.#later(tx, changes, held, now + SOON);
    const plan = jobs.flatMap((job): [Movable, Move][] => {
      if (turns.has(job.id)) return [];
      const dueAt = job.runAt !== null && job.runAt > now ? job.runAt : null;
      return [[job, { step: 'unblock', at: now, dueAt, reason: null }]];
    });
    changes.afterCommit.push(() => {
      for (const [, { dueAt = null }] of plan) this.ready.emit(dueAt);
    });
    return plan;
  }

  async #later(tx: Tx, changes: Changes, ids: Iterable<string>, at = this.#needs.clock.now()): Promise<void> {
    await this.rows.mark(tx, ids, at);
    changes.afterCommit.push(() => this.marked.emit());
  }

  /** Looks at what is marked, a part of it at once; returns when to look again. */
  async look(): Promise<number> {
    const { ledger, clock } = this.#needs;
    const now = clock.now();
    const marks = await ledger.dialect.reader
      .selectFrom('pwj_link_looks')
      .select(['source', 'at'])
      .where('at', '>=', 0)
      .orderBy('at')
      .limit(AT_ONCE)
      .execute();
    const due = marks.filter(({ at }) => at <= now).map(({ source }) => source);
    if (due.length === 0) return marks[0]?.at ?? Number.POSITIVE_INFINITY;
    await ledger.transact((tx, changes) => this.#look(tx, changes, due));
    return now;
  }

  async #look(tx: Tx, changes: Changes, due: readonly string[]): Promise<void> {
    const { db } = tx;
    const now = this.#needs.clock.now();
    // Others may look at some of them right now.
    const query = db.selectFrom('pwj_link_looks').select('source').where('source', 'in', due);
    const marked = (await tx.unheld(query).execute()).map(({ source }) => source);
    if (marked.length === 0) return;
    const ids = marked.filter((id) => !isBatchId(id)).sort();
    const jobs = await lockedJobs(tx, ids);
    const running = jobs.filter(({ state }) => state === 'processing').map(({ id }) => id);
    const done = marked.filter((id) => !running.includes(id));
    if (done.length > 0) await db.deleteFrom('pwj_link_looks').where('source', 'in', done).execute();
    await this.rows.mark(tx, running, now + LOOK_AGAIN);
    await this.#linkTypes(tx, changes, jobs);
    const found = new Map(jobs.map((job) => [job.id, job]));
    const ended = new Map<string, Outcome>();
    for (const id of ids) {
      const job = found.get(id);
      const outcome = job ? outcomeOf(job.state) : 'cancelled';
      if (outcome) ended.set(id, outcome);
    }
    for (const id of await this.#closed(tx, changes, marked.filter(isBatchId))) ended.set(id, 'completed');
    await this.#tell(tx, changes, ended);
    await this.#reopen(
      tx,
      changes,
      ids.filter((id) => !ended.has(id)),
    );
    await this.#settle(
      tx,
      changes,
      ids.filter((id) => found.get(id)?.reason === AFTER),
    );
  }

  /** From the commit on, no process claims jobs of these types without following them. */
  async #linkTypes(tx: Tx, changes: Changes, jobs: readonly Movable[]): Promise<void> {
    const types = new Set(jobs.map(({ type }) => type).filter((type) => !this.#needs.isLinked(type)));
    if (types.size === 0) return;
    await tx.insertAll(
      this.rows.types,
      [...types].sort().map((type) => ({ type })),
    );
    await raiseHolds(tx);
    changes.announce('links');
  }

  /** Batches among these whose jobs waited for their closing. */
  async #closed({ db }: Tx, changes: Changes, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    changes.afterCommit.push(() => this.touched.emit(ids));
    const query = db.selectFrom('pwj_batches').select('id').where('id', 'in', ids);
    const rows = await query.where('closed', '=', 1).where('starts_closed', '=', 1).execute();
    return rows.map(({ id }) => id);
  }
}
