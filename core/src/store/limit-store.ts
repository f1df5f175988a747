// Follows the jobs of types with a limit, in the transactions that add and move them: gives places, and closes limits.
import type { JobRecord, Limit, LimitKey, LimitNumbers } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes, Moved } from './changes.ts';
import { raiseHolds } from './holds.ts';
import type { Follower, Ledger } from './ledger.ts';
import { LimitedValue } from './limited-value.ts';
import { ALL, ClaimGates, lockLimit, NEVER, type StoredLimits, UNLIMITED, useOf, writeLimit } from './limits.ts';
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
  readonly #timeOf: (tx: Tx) => Promise<number>;

  constructor(needs: Needs) {
    const { ledger, clock } = needs;
    this.#needs = needs;
    const { timeIn } = ledger.dialect;
    // Where processes are on different hosts, the time of the server.
    this.#timeOf = timeIn && clock.followsServer ? timeIn : async () => clock.now();
    ledger.followers.push(this);
    ledger.limits = this;
  }

  async gates(tx: Tx, limits: readonly Limit[]): Promise<ClaimGates> {
    const sorted = [...new Map(limits.map((limit) => [limit.name, limit])).values()];
    sorted.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name } of sorted) await lockLimit(tx, { name, value: ALL });
    // The time only now, since the locks may have taken a while.
    const gates = new ClaimGates({ tx, now: await this.#timeOf(tx), opens: this.opens });
    for (const limit of sorted) await gates.open(limit);
    return gates;
  }

  async place(tx: Tx, changes: Changes, records: readonly JobRecord[]): Promise<void> {
    const values = await this.#values(tx, changes);
    for (const record of records) {
      // This transaction may run again.
      if (record.reason === 'limit') Object.assign(record, { state: 'ready', reason: null });
      if (record.limited && record.state === 'ready') values.of(record.limited).added.push(record);
    }
    await values.settle();
  }

  concerns(type: string): boolean {
    return this.#needs.known.limitOfType(type) !== null;
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const ofValues: Moved[] = [];
    let isFreed = false;
    for (const one of moved) {
      const limit = this.#needs.known.limitOfType(one.type);
      if (one.closes !== undefined && !limit?.by) await this.#close(tx, changes, limit?.name ?? null, one);
      // One that begins to wait for a signal leaves its place.
      const isHeldUp = one.to === 'blocked' && one.from !== 'processing';
      if (!limit || one.to === 'processing' || isHeldUp) continue;
      isFreed = true;
      if (limit.by !== null) ofValues.push(one);
      // Types of other processes may share the place that is free now.
      else if (limit.concurrency !== null) changes.announce('limits');
    }
    if (ofValues.length > 0) await this.#follow(tx, changes, ofValues);
    if (isFreed) changes.afterCommit.push(() => this.freed.emit());
  }

  async #close(tx: Tx, changes: Changes, name: string | null, { type, closes: until = 0 }: Moved): Promise<void> {
    const key = { name: name ?? type, value: ALL };
    await lockLimit(tx, key);
    const { closedUntil } = await useOf(tx, key, UNLIMITED, until, until);
    await writeLimit(tx, key, { closed_until: closedUntil });
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
    const values = await this.#values(tx, changes);
    const came: string[] = [];
    for (const { id, from, to, closes = 0 } of moved) {
      const row = rowOf.get(id);
      if (to === 'ready' && row?.waits !== 0) came.push(id);
      // Those that left `blocked` with a place have got it in this transaction.
      else if (row && (to !== 'ready' || from !== 'blocked')) {
        const value = values.of(row);
        if (from === 'blocked') value.gone.push(id);
        value.closes = Math.max(value.closes, closes);
      }
    }
    await this.#addCame(tx, values, came);
    await values.settle();
  }

  /** Jobs that may run but for their limit, whose value is only in their data. */
  async #addCame({ db }: Tx, values: Values, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const jobs = db
      .selectFrom('pwj_jobs')
      .select(['id', 'type', 'priority', 'data'])
      .where('id', 'in', ids)
      .where('state', 'in', ['ready', 'processing']);
    for (const { id: jobId, type, priority, data } of await jobs.execute()) {
      const limit = this.#needs.known.limitOfType(type);
      const value = limit?.by ? values.of({ name: limit.name, value: this.#needs.valueIn(limit, data) }) : null;
      value?.came.push({ jobId, type, priority });
    }
  }

  async #values(tx: Tx, changes: Changes): Promise<Values> {
    const { known, moves } = this.#needs;
    const now = await this.#timeOf(tx);
    const values = new Map<string, LimitedValue>();
    const of = ({ name, value }: LimitKey): LimitedValue => {
      const key = `${name}\0${value}`;
      const limit = known.limitNamed(name);
      const isKnown = (type: string) => limit !== null || known.get(type) !== undefined;
      const around = { tx, changes, moves, key: { name, value }, limit: limit?.by ? limit : null, isKnown, now };
      const one = values.get(key) ?? new LimitedValue(around);
      values.set(key, one);
      return one;
    };
    /** In the same order in all transactions. */
    const settle = async (isLook = false): Promise<void> => {
      for (const [, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = await value.settle(isLook);
        // Also now, since the commit of a transaction of the host cannot be seen.
        this.opens.emit(at);
        changes.afterCommit.push(() => this.opens.emit(at));
      }
    };
    return { of, settle };
  }

  /** Looks at the values whose time has come, a part of them at once; returns when to look again. */
  async look(): Promise<number> {
    const { ledger, clock } = this.#needs;
    const now = clock.now();
    const rows = await ledger.dialect.reader
      .selectFrom('pwj_limits')
      .select(['name', 'value', 'look_at as lookAt'])
      .where('look_at', 'is not', null)
      .orderBy('look_at')
      .limit(VALUES_AT_ONCE)
      .execute();
    const due = rows.filter(({ lookAt }) => (lookAt ?? 0) <= now);
    if (due.length === 0) return rows[0]?.lookAt ?? NEVER;
    await ledger.transact(async (tx, changes) => {
      const values = await this.#values(tx, changes);
      for (const key of due) values.of(key);
      await values.settle(true);
    });
    return now;
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
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) continue;
      await this.#needs.ledger.transact(async (tx, changes) => {
        const values = await this.#values(tx, changes);
        await locked(tx, ids);
        await this.#addCame(tx, values, ids);
        await values.settle();
      });
      this.freed.emit();
    }
  }

  async change(limit: Limit, { numbers, opens }: Changed): Promise<void> {
    const key = { name: limit.name, value: ALL };
    await this.#needs.ledger.transact(async (tx, changes) => {
      const now = await this.#timeOf(tx);
      await lockLimit(tx, key);
      const { concurrency, rate } = await useOf(tx, key, limit, now);
      const changed = numbers && JSON.stringify({ concurrency, rate, ...numbers });
      if (numbers === null || Object.keys(numbers).length > 0) await writeLimit(tx, key, { changed });
      const all = tx.db.updateTable('pwj_limits').where('name', '=', limit.name);
      if (opens) await all.set({ closed_until: null }).execute();
      // Each value is looked at with the new numbers.
      await all.set({ look_at: now }).where('value', '!=', ALL).execute();
      changes.announce('limits');
      changes.afterCommit.push(() => this.opens.emit(now));
      changes.afterCommit.push(() => this.freed.emit());
    });
  }
}

interface Values {
  of(key: LimitKey): LimitedValue;
  settle(isLook?: boolean): Promise<void>;
}
