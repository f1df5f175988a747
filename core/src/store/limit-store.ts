// Follows the jobs of types with a limit, in the transactions that add and move them: gives places, and closes limits.
import type { Limit, LimitNumbers } from '../job/limit.ts';
import type { JobRecord } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes, Moved } from './changes.ts';
import type { Gates, StoredLimits } from './claim-limits.ts';
import { raiseHolds } from './holds.ts';
import type { Follower, Ledger } from './ledger.ts';
import { settleValue, type ValueWork } from './limited-jobs.ts';
import { ALL, ClaimGates, closeLimit, lockLimit, numbersOf, type TimeOf } from './limits.ts';
import { locked, PASS_SIZE, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** Values that are looked at in one transaction. */
const VALUES_AT_ONCE = 50;

/** What this process knows of limits. */
interface KnownLimits {
  limitOfType(type: string): Limit | null;
  limitNamed(name: string): Limit | null;
  /** The types that are registered here. */
  list(): readonly { type: string }[];
  get(type: string): unknown;
}

interface Needs {
  ledger: Ledger;
  moves: Transition;
  known: KnownLimits;
  /** The value of a job with this data, as JSON text. */
  valueIn: (limit: Limit, data: string) => string;
  clock: Clock;
}

export interface Changed {
  /** The numbers of an administrator: those that are left out stay; null: all as registered. */
  numbers: { [Part in keyof LimitNumbers]?: LimitNumbers[Part] | undefined } | null;
  /** Opens what jobs have closed. */
  opens?: boolean;
}

export class LimitStore implements Follower, StoredLimits {
  /** Emits when a limit, or a value of one, opens by itself or has to be looked at. */
  readonly opens = new Signal<number>();
  /** Emits after a commit that freed a place or made a job ready: a concurrent claim could not see it. */
  readonly freed = new Signal<void>();
  readonly #needs: Needs;
  readonly #timeOf: TimeOf;

  constructor(needs: Needs) {
    const { ledger, clock } = needs;
    this.#needs = needs;
    const { timeIn } = ledger.dialect;
    this.#timeOf = timeIn && clock.followsServer ? timeIn : async () => clock.now();
    ledger.followers.push(this);
    ledger.limits = this;
  }

  gates(tx: Tx, limits: readonly Limit[]): Promise<Gates> {
    return ClaimGates.open(tx, limits, this.#timeOf, this.opens);
  }

  async place(tx: Tx, changes: Changes, records: readonly JobRecord[]): Promise<void> {
    const works: Works = new Map();
    for (const record of records) {
      // This transaction may run again.
      if (record.reason === 'limit') Object.assign(record, { state: 'ready', reason: null });
      const { limited, state } = record;
      if (limited && state === 'ready') workOf(works, limited.limit.name, limited.value).records.push(record);
    }
    await this.#settle(tx, changes, works);
  }

  concerns(type: string): boolean {
    return this.#needs.known.limitOfType(type) !== null;
  }

  async refuse(): Promise<ReadonlyMap<string, Error>> {
    return new Map();
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const ofValues: Moved[] = [];
    let isFreed = false;
    for (const one of moved) {
      const limit = this.#needs.known.limitOfType(one.type);
      if (one.closes !== undefined && !limit?.by) await this.#close(tx, changes, limit?.name ?? null, one);
      if (!limit || one.to === 'processing' || one.to === 'blocked') continue;
      isFreed = true;
      if (limit.by !== null) ofValues.push(one);
      // Types of other processes may share the place that is free now.
      else if (limit.concurrency !== null) changes.announce('limits');
    }
    if (ofValues.length > 0) await this.#follow(tx, changes, ofValues);
    if (isFreed) changes.afterCommit.push(() => this.freed.emit());
  }

  async #close(tx: Tx, changes: Changes, name: string | null, { type, closes: until = 0 }: Moved): Promise<void> {
    const { closedUntil } = await lockLimit(tx, name ?? type);
    await closeLimit(tx, name ?? type, Math.max(until, closedUntil));
    // Claims do not look at a type without a limit: they must learn of it first.
    if (name === null) await raiseHolds(tx);
    changes.announce('limits');
    changes.afterCommit.push(() => this.opens.emit(until));
  }

  /** Jobs of limits with `by`. */
  async #follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const ids = moved.map(({ id }) => id);
    const rows = await tx.db
      .selectFrom('pwj_limited')
      .select(['job_id as id', 'name', 'value', 'waits'])
      .where('job_id', 'in', ids)
      .execute();
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    const works: Works = new Map();
    const came: string[] = [];
    for (const { id, from, to, closes = 0 } of moved) {
      const row = rowOf.get(id);
      if (to === 'ready' && row?.waits !== 0) came.push(id);
      // Those that left `blocked` with a place have got it in this transaction.
      else if (row && (to !== 'ready' || from !== 'blocked')) {
        const work = workOf(works, row.name, row.value);
        if (from === 'blocked' || to === 'removed') work.gone.push(id);
        work.closes = Math.max(work.closes, closes);
      }
    }
    if (came.length > 0) await this.#addCame(tx, works, came);
    await this.#settle(tx, changes, works);
  }

  /** Jobs that may run but for their limit, whose value is only in their data. */
  async #addCame({ db }: Tx, works: Works, ids: readonly string[]): Promise<void> {
    const jobs = await db
      .selectFrom('pwj_jobs')
      .select(['id', 'type', 'priority', 'data'])
      .where('id', 'in', ids)
      .execute();
    for (const { id: jobId, type, priority, data } of jobs) {
      const limit = this.#needs.known.limitOfType(type);
      if (limit?.by) workOf(works, limit.name, this.#needs.valueIn(limit, data)).came.push({ jobId, type, priority });
    }
  }

  async #settle(tx: Tx, changes: Changes, works: Works): Promise<void> {
    const now = await this.#timeOf(tx);
    for (const [, work] of [...works].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const limit = this.#needs.known.limitNamed(work.name);
      const at = await settleValue(tx, work, {
        changes,
        moves: this.#needs.moves,
        limit: limit?.by ? limit : null,
        isKnown: (type) => limit !== null || this.#needs.known.get(type) !== undefined,
        now,
      });
      if (at !== null) changes.afterCommit.push(() => this.opens.emit(at));
    }
  }

  /** Looks at the values whose time has come, a part of them at once; returns when to look again. */
  async look(): Promise<number | null> {
    const { reader } = this.#needs.ledger.dialect;
    const due = await reader
      .selectFrom('pwj_limits')
      .select(['name', 'value'])
      .where('look_at', '<=', this.#needs.clock.now())
      .orderBy('look_at')
      .limit(VALUES_AT_ONCE)
      .execute();
    if (due.length > 0)
      await this.#needs.ledger.transact(async (tx, changes) => {
        const works: Works = new Map();
        for (const { name, value } of due) workOf(works, name, value).isLook = true;
        await this.#settle(tx, changes, works);
      });
    const next = await reader
      .selectFrom('pwj_limits')
      .select((e) => e.fn.min('look_at').as('at'))
      .where('look_at', 'is not', null)
      .executeTakeFirst();
    return next?.at ?? null;
  }

  /** Gives places to jobs that were there before their type got its limit, and to those that a process moved which does not know it. */
  async adopt(): Promise<void> {
    for (const { type } of this.#needs.known.list()) {
      if (!this.#needs.known.limitOfType(type)?.by) continue;
      const rows = await this.#needs.ledger.dialect.reader
        .selectFrom('pwj_jobs')
        .leftJoin('pwj_limited', 'pwj_limited.job_id', 'pwj_jobs.id')
        .select('pwj_jobs.id as id')
        .where('pwj_jobs.type', '=', type)
        .where('state', 'in', ['ready', 'processing'])
        .where('pwj_limited.job_id', 'is', null)
        .limit(PASS_SIZE)
        .execute();
      if (rows.length === 0) continue;
      await this.#needs.ledger.transact(async (tx, changes) => {
        const jobs = await locked(tx, idsOf(rows));
        const works: Works = new Map();
        await this.#addCame(tx, works, idsOf(jobs.filter(({ state }) => state === 'ready' || state === 'processing')));
        await this.#settle(tx, changes, works);
      });
      this.freed.emit();
    }
  }

  async change(limit: Limit, { numbers, opens }: Changed): Promise<void> {
    const { name } = limit;
    await this.#needs.ledger.transact(async (tx, changes) => {
      const { db } = tx;
      const now = await this.#timeOf(tx);
      const state = await lockLimit(tx, name);
      const { concurrency, rate } = numbersOf(limit, state.changed);
      const all = numbers && JSON.stringify({ concurrency, rate, ...numbers });
      if (numbers === null || Object.keys(numbers).length > 0)
        await db
          .updateTable('pwj_limits')
          .set({ changed: all })
          .where('name', '=', name)
          .where('value', '=', ALL)
          .execute();
      if (opens) await db.updateTable('pwj_limits').set({ closed_until: null }).where('name', '=', name).execute();
      // Each value is looked at with the new numbers.
      await db
        .updateTable('pwj_limits')
        .set({ look_at: now })
        .where('name', '=', name)
        .where('value', '!=', ALL)
        .execute();
      changes.announce('limits');
      changes.afterCommit.push(() => {
        this.opens.emit(now);
        this.freed.emit();
      });
    });
  }
}

const idsOf = (jobs: readonly { id: string }[]): string[] => jobs.map(({ id }) => id);

/** By names and values. */
type Works = Map<string, ValueWork>;

function workOf(works: Works, name: string, value: string): ValueWork {
  const key = `${name}\0${value}`;
  const known = works.get(key);
  if (known) return known;
  const work = { name, value, came: [], gone: [], records: [], closes: 0 };
  works.set(key, work);
  return work;
}
