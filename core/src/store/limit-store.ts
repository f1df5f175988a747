// Follows the jobs of types with a limit, in the transactions that move them: frees and fills places, and closes limits.
import { isFinal, publicState, type StoredState } from '../job/lifecycle.ts';
import type { Limit, LimitNumbers } from '../job/limit.ts';
import type { JobRecord } from '../job/record.ts';
import type { Clock } from '../kernel/clock.ts';
import { Signal } from '../kernel/signal.ts';
import type { Changes, Moved } from './changes.ts';
import type { Gates, Placing, StoredLimits } from './claim-limits.ts';
import { raiseHolds } from './holds.ts';
import type { Follower, Ledger } from './ledger.ts';
import { balance, LimitedAdditions, placeOf, type Standing } from './limited-jobs.ts';
import {
  ClaimGates,
  closeLimit,
  limitRow,
  lockLimits,
  numbersOf,
  PLACE,
  type Place,
  type TimeOf,
  windowOf,
} from './limits.ts';
import { locked, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** Values that are looked at in one transaction, and jobs of each. */
const VALUES_AT_ONCE = 50;
const JOBS_AT_ONCE = 1_000;
/** Milliseconds after which another process may know a limit that this one does not. */
const LEAVE_TO_OTHERS = 60_000;

/** What this process knows of limits. */
export interface KnownLimits {
  limitOf(type: string): Limit | null;
  limitNamed(name: string): Limit | null;
  limits(): readonly Limit[];
  /** The types that are registered here and have a limit with `by`. */
  limitedTypes(): readonly string[];
  isRegistered(type: string): boolean;
  valueIn(limit: Limit, data: string): string;
}

/** A job and its stored place. */
interface Placed {
  id: string;
  /** Null: the job is gone. */
  job: { type: string; state: StoredState; reason: string | null; priority: number; leaseUntil: number | null } | null;
  row: { type: string; place: number; priority: number } | null;
}

export class LimitStore implements Follower, StoredLimits {
  /** Emits when a limit, or a value of one, opens by itself or has to be looked at. */
  readonly opens = new Signal<number>();
  /** Emits after a commit that freed a place or made a job ready: a concurrent claim could not see it. */
  readonly freed = new Signal<void>();
  readonly #ledger: Ledger;
  readonly #moves: Transition;
  readonly #known: KnownLimits;
  readonly #clock: Clock;
  readonly #timeOf: TimeOf;

  constructor(needs: { ledger: Ledger; moves: Transition; known: KnownLimits; clock: Clock }) {
    const { ledger, clock } = needs;
    this.#ledger = ledger;
    this.#moves = needs.moves;
    this.#known = needs.known;
    this.#clock = clock;
    const { timeIn } = ledger.dialect;
    this.#timeOf = timeIn && clock.followsServer ? timeIn : async () => clock.now();
    ledger.followers.push(this);
    ledger.limits = this;
  }

  gates(tx: Tx, limits: ReadonlyMap<string, Limit>): Promise<Gates> {
    return ClaimGates.open(tx, limits, this.#timeOf, this.opens);
  }

  async placing(tx: Tx, records: readonly JobRecord[]): Promise<Placing> {
    return LimitedAdditions.open(tx, records, await this.#timeOf(tx), (at) => this.opens.emit(at));
  }

  concerns(type: string): boolean {
    return this.#known.limitOf(type) !== null;
  }

  async follow(tx: Tx, changes: Changes, moved: readonly Moved[]): Promise<void> {
    const closes = new Map<string, number>();
    const ids = new Set<string>();
    let isFreed = false;
    for (const { id, type, to, closes: until } of moved) {
      const limit = this.#known.limitOf(type);
      if (until !== undefined && !limit?.by) await this.#close(tx, changes, limit?.name ?? type, until, limit !== null);
      if (!limit || to === 'processing') continue;
      isFreed = true;
      if (limit.by !== null) {
        ids.add(id);
        if (until !== undefined) closes.set(id, until);
        continue;
      }
      // Types of other processes may share the place that is free now.
      if (limit.concurrency !== null) changes.announce('limits');
      if (to === 'cancelled') ids.add(id);
    }
    if (ids.size > 0) await this.#place(tx, changes, [...ids], closes);
    if (isFreed) changes.afterCommit.push(() => this.freed.emit());
  }

  async #close(tx: Tx, changes: Changes, name: string, until: number, isKnown: boolean): Promise<void> {
    await closeLimit(tx, name, until);
    // Claims do not look at a type without a limit: they must learn of it first.
    if (!isKnown) await raiseHolds(tx);
    changes.announce('limits');
    changes.afterCommit.push(() => this.opens.emit(until));
  }

  async #place(tx: Tx, changes: Changes, ids: readonly string[], closes: ReadonlyMap<string, number>): Promise<void> {
    const { db } = tx;
    const rows = await db
      .selectFrom('pwj_limited')
      .select(['job_id as id', 'name', 'value', 'type', 'place', 'priority'])
      .where('job_id', 'in', ids)
      .execute();
    const jobs = await db
      .selectFrom('pwj_jobs')
      .select(['id', 'type', 'state', 'reason', 'priority', 'lease_until as leaseUntil'])
      .where('id', 'in', ids)
      .execute();
    const values = new Map<string, { limit: Limit; value: string; placed: Placed[]; closes: number }>();
    for (const id of ids) {
      const row = rows.find((one) => one.id === id) ?? null;
      const job = jobs.find((one) => one.id === id) ?? null;
      const limit = this.#known.limitOf((job ?? row)?.type ?? '');
      if (!limit || (!row && !job)) continue;
      const value = row?.value ?? (await this.#valueOf(tx, limit, id));
      // A row of an earlier limit of its type stays there until the job has ended.
      const own = row && row.name !== limit.name ? (this.#known.limitNamed(row.name) ?? unlimited(row.name)) : limit;
      const key = `${own.name}\0${value}`;
      const group = values.get(key) ?? { limit: own, value, placed: [], closes: 0 };
      values.set(key, group);
      group.placed.push({ id, row, job });
      group.closes = Math.max(group.closes, closes.get(id) ?? 0);
    }
    for (const [, group] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) await this.#settle(tx, changes, group);
  }

  async #valueOf({ db }: Tx, limit: Limit, id: string): Promise<string> {
    if (limit.by === null) return '';
    const row = await db.selectFrom('pwj_jobs').select('data').where('id', '=', id).executeTakeFirst();
    return this.#known.valueIn(limit, row?.data ?? 'null');
  }

  /** `closes`: the value, until then. `isLook`: also if no place changes. */
  async #settle(
    tx: Tx,
    changes: Changes,
    group: { limit: Limit; value: string; placed: readonly Placed[]; closes?: number; isLook?: true },
  ): Promise<void> {
    const { limit, value, closes = 0, isLook } = group;
    const now = await this.#timeOf(tx);
    const standings: Standing[] = [];
    let lookBy = Number.POSITIVE_INFINITY;
    for (const { id, job, row } of group.placed) {
      const isEnding = job !== null && isFinal(publicState(job.state)) && (job.leaseUntil ?? 0) > now;
      if (isEnding) lookBy = Math.min(lookBy, job.leaseUntil ?? lookBy);
      const place = job && (limit.by !== null || isEnding) ? placeOf(job.state, job.reason, isEnding) : null;
      const from = (row?.place ?? null) as Place | null;
      const { type = '', priority = 0 } = job ?? row ?? {};
      if (from !== place) standings.push({ id, type, priority, from, to: place });
    }
    if (standings.length === 0 && closes === 0 && lookBy === Number.POSITIVE_INFINITY && !isLook) return;
    const at = await balance(tx, changes, this.#moves, {
      limit,
      value,
      now,
      standings,
      closes,
      lookBy,
      isLook,
    });
    if (at !== null) changes.afterCommit.push(() => this.opens.emit(at));
  }

  /** Looks at the values whose time has come, a part of them at once; returns when to look again. */
  async look(): Promise<number | null> {
    const { reader } = this.#ledger.dialect;
    const due = await reader
      .selectFrom('pwj_limit_heads')
      .select(['name', 'value'])
      .where('look_at', '<=', this.#clock.now())
      .orderBy('look_at')
      .limit(VALUES_AT_ONCE)
      .execute();
    if (due.length > 0)
      await this.#ledger.transact(async (tx, changes) => {
        const sorted = due.sort((a, b) => (`${a.name}\0${a.value}` < `${b.name}\0${b.value}` ? -1 : 1));
        for (const { name, value } of sorted) await this.#look(tx, changes, name, value);
      });
    const next = await reader
      .selectFrom('pwj_limit_heads')
      .select((e) => e.fn.min('look_at').as('at'))
      .where('look_at', 'is not', null)
      .executeTakeFirst();
    return next?.at ?? null;
  }

  /** Puts the places of a value right, should one have been missed, and fills those that are free. */
  async #look(tx: Tx, changes: Changes, name: string, value: string): Promise<void> {
    const rows = await tx.db
      .selectFrom('pwj_limited')
      .leftJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
      .select(['job_id as id', 'pwj_limited.type as type', 'place', 'pwj_limited.priority as priority', 'state'])
      .select(['reason', 'lease_until as leaseUntil'])
      .where('name', '=', name)
      .where('value', '=', value)
      .where('place', '!=', PLACE.elsewhere)
      .limit(JOBS_AT_ONCE)
      .execute();
    const limit = this.#known.limitNamed(name) ?? this.#gone(name, rows);
    if (limit === null) {
      await tx.db
        .updateTable('pwj_limit_heads')
        .set({ look_at: this.#clock.now() + LEAVE_TO_OTHERS })
        .where('name', '=', name)
        .where('value', '=', value)
        .execute();
      return;
    }
    const placed = rows.map(({ id, type, place, priority, state, reason, leaseUntil }) => ({
      id,
      row: { type, place, priority },
      job: state === null ? null : { type, state, reason, priority, leaseUntil },
    }));
    await this.#settle(tx, changes, { limit, value, placed, isLook: true });
  }

  /** If all its types are registered here with another limit or none, it is gone, and nothing may wait for it. */
  #gone(name: string, rows: readonly { type: string }[]): Limit | null {
    const isOver = rows.every(({ type }) => this.#known.isRegistered(type) && this.#known.limitOf(type)?.name !== name);
    return isOver ? unlimited(name) : null;
  }

  /** Makes up for what was missed: jobs that were there before their type got its limit get a place, and limits that are open again are forgotten. */
  async sweep(): Promise<void> {
    await this.#adopt();
    const now = this.#clock.now();
    const { reader } = this.#ledger.dialect;
    const over = await reader
      .selectFrom('pwj_limits')
      .select('name')
      .where('closed_until', '<=', now)
      .limit(1)
      .execute();
    if (over.length === 0) return;
    await this.#ledger.transact(async ({ db }) => {
      await db.updateTable('pwj_limits').set({ closed_until: null }).where('closed_until', '<=', now).execute();
    });
  }

  async #adopt(): Promise<void> {
    for (const type of this.#known.limitedTypes()) {
      const rows = await this.#ledger.dialect.reader
        .selectFrom('pwj_jobs')
        .leftJoin('pwj_limited', 'pwj_limited.job_id', 'pwj_jobs.id')
        .select('pwj_jobs.id as id')
        .where('pwj_jobs.type', '=', type)
        .where('state', 'in', ['ready', 'processing'])
        .where('pwj_limited.job_id', 'is', null)
        .limit(JOBS_AT_ONCE)
        .execute();
      if (rows.length === 0) continue;
      await this.#ledger.transact(async (tx, changes) => {
        const jobs = await locked(
          tx,
          rows.map(({ id }) => id),
        );
        const ids = jobs.filter(({ state }) => state === 'ready' || state === 'processing').map(({ id }) => id);
        if (ids.length > 0) await this.#place(tx, changes, ids, new Map());
      });
      this.opens.emit(this.#clock.now());
    }
  }

  /** Forgets starts that are in no window any more. */
  async prune(now: number): Promise<number> {
    for (const limit of this.#known.limits())
      await this.#ledger.transact(async (tx) => {
        const { rate } = numbersOf(limit, (await limitRow(tx, limit.name))?.changed);
        const gone = tx.db.deleteFrom('pwj_limit_starts').where('name', '=', limit.name);
        await (rate === null ? gone : gone.where('at', '<', now - windowOf(rate))).execute();
      });
    return 0;
  }

  /** Stores the numbers of an administrator (null: those as registered), or opens it. */
  async change(name: string, what: { numbers?: LimitNumbers | null; opens?: boolean }): Promise<void> {
    await this.#ledger.transact(async (tx, changes) => {
      const now = await this.#timeOf(tx);
      await lockLimits(tx, [name]);
      const { numbers, opens } = what;
      const set = {
        ...(numbers === undefined ? {} : { changed: numbers && JSON.stringify(numbers) }),
        ...(opens ? { closed_until: null } : {}),
      };
      await tx.db.updateTable('pwj_limits').set(set).where('name', '=', name).execute();
      // Each value is looked at with the new numbers.
      await tx.db
        .updateTable('pwj_limit_heads')
        .set({ look_at: now, ...(opens ? { closed_until: null } : {}) })
        .where('name', '=', name)
        .execute();
      changes.announce('limits');
      changes.afterCommit.push(() => this.opens.emit(now));
      changes.afterCommit.push(() => this.freed.emit());
    });
  }
}

/** For jobs of a limit that no type has any more. */
const unlimited = (name: string): Limit => ({ name, concurrency: null, rate: null, by: '' });
