// Jobs of limits with `by`, such as one per tenant. Under the lock of its row in pwj_limits, each value keeps: its ready and running jobs are
// at most its `concurrency`, and its ready jobs with the starts of the window at most its rate. All others are blocked. A claim takes
// only ready jobs and logs their starts, so it keeps both without the lock. The values take turns: each job that gets a place gets the next
// turn of its value, but none before that of the last job that started, and claims go by turns.
import type { StoredState } from '../job/lifecycle.ts';
import type { Limit } from '../job/limit.ts';
import type { JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import {
  forgetLimited,
  forgetStarts,
  type LimitedJob,
  type LimitState,
  lockLimit,
  numbersOf,
  storeLimited,
  useOf,
} from './limits.ts';
import { type Move, movable, PASS_SIZE, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** Milliseconds after which a value with jobs is looked at again, whatever was missed. */
const LOOK_AGAIN = 60_000;
/** After which it is looked at again because others held some of its jobs. */
const SOON = 100;

const REASON = 'limit';
const [HAS_PLACE, WAITS] = [0, 1] as const;

/** What one transaction does to a value of a limit. */
export interface ValueWork {
  name: string;
  value: string;
  /** Jobs that are ready, or running, without a place: the last in turn lose it again if these are too many. */
  came: Omit<LimitedJob, 'turn'>[];
  /** Jobs that wait no more. */
  gone: string[];
  /** New jobs that are ready, before they are stored. */
  records: JobRecord[];
  /** Closes it until then. */
  closes: number;
  /** Nothing happens to its jobs: it is forgotten if it has none. Before, its turn counts. */
  isLook?: true;
}

interface Around {
  changes: Changes;
  moves: Transition;
  /** Null if it is gone, or has no values any more. */
  limit: Limit | null;
  /** Can this process tell that these jobs do not wait for it any more, if it is gone? */
  isKnown(type: string): boolean;
  now: number;
}

const UNLIMITED = { concurrency: null, rate: null };

/** Readies or blocks jobs of a value, as there is room. Returns when to look at it again; null: it is forgotten. */
export async function settleValue(tx: Tx, work: ValueWork, around: Around): Promise<number | null> {
  const value = new LockedValue(tx, work, around, await lockLimit(tx, work.name, work.value));
  return value.settle();
}

class LockedValue {
  readonly #tx: Tx;
  readonly #work: ValueWork;
  readonly #around: Around;
  readonly #state: LimitState;
  #turn: number;
  /** How many more jobs may be ready. */
  #room = Number.POSITIVE_INFINITY;
  /** Some may still wait. */
  #waits = true;
  #lookBy = Number.POSITIVE_INFINITY;

  constructor(tx: Tx, work: ValueWork, around: Around, state: LimitState) {
    this.#tx = tx;
    this.#work = work;
    this.#around = around;
    this.#state = state;
    this.#turn = state.turn;
  }

  async settle(): Promise<number | null> {
    const { name, value, came, gone, records, closes, isLook } = this.#work;
    const { limit, now } = this.#around;
    const closedUntil = Math.max(this.#state.closedUntil, closes);
    await forgetLimited(this.#tx, gone);
    await this.#store(came, HAS_PLACE);
    const numbers = limit === null ? UNLIMITED : numbersOf(limit, this.#state.changed);
    const use = await useOf(this.#tx, { ...numbers, name, value, closedUntil, now });
    await forgetLimited(this.#tx, use.gone);
    this.#room = use.room;
    if (use.room < 0) await this.#blockLast(use.ready);
    else if (use.room > 0) await this.#readyNext();
    await this.#place(records);
    const isIdle = use.ready.length + use.running + use.started === 0 && !this.#waits && closedUntil <= now;
    if (isIdle && isLook) return this.#forget();
    const opensAt = this.#room <= 0 ? use.opensAt : Number.POSITIVE_INFINITY;
    return this.#write(closedUntil, Math.min(opensAt, this.#lookBy, now + LOOK_AGAIN));
  }

  /** Those that are claimed or moved right now keep their place. */
  async #blockLast(ready: readonly LimitedJob[]): Promise<void> {
    const inTurn = [...ready].sort((a, b) => a.priority - b.priority || a.turn - b.turn);
    const last = inTurn.slice(Math.max(this.#room, -PASS_SIZE));
    const moved = await this.#move(last, 'ready', { step: 'block', at: this.#around.now, reason: REASON });
    await this.#store(moved, WAITS);
    this.#room += moved.length;
  }

  async #readyNext(): Promise<void> {
    const { limit, isKnown, now } = this.#around;
    const most = Math.min(this.#room, PASS_SIZE);
    const rows = await this.#next(most);
    const stale = rows.filter(({ state }) => state !== 'blocked');
    const next = rows.filter(({ state, type }) => state === 'blocked' && (limit !== null || isKnown(type)));
    const moved = await this.#move(next, 'blocked', { step: 'unblock', at: now, reason: null });
    await forgetLimited(this.#tx, idsOf(limit === null ? [...stale, ...moved] : stale));
    if (limit !== null) await this.#store(moved, HAS_PLACE);
    this.#room -= moved.length;
    this.#waits = rows.length === most || rows.length > stale.length + moved.length;
    if (this.#waits && this.#room > 0 && stale.length + next.length > 0) this.#lookBy = now + SOON;
  }

  /** The most urgent first, then the oldest. */
  #next(most: number) {
    return this.#tx.db
      .selectFrom('pwj_limited')
      .leftJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
      .select(['job_id as jobId', 'pwj_limited.type as type', 'pwj_limited.priority as priority', 'state'])
      .where('name', '=', this.#work.name)
      .where('value', '=', this.#work.value)
      .where('waits', '=', 1)
      .orderBy('pwj_limited.priority')
      .orderBy('job_id')
      .limit(most)
      .execute();
  }

  async #place(records: readonly JobRecord[]): Promise<void> {
    const free = this.#waits ? 0 : Math.max(this.#room, 0);
    const jobs = records.map(({ id, type, priority }) => ({ jobId: id, type, priority }));
    await this.#store(jobs.slice(0, free), HAS_PLACE);
    await this.#store(jobs.slice(free), WAITS);
    for (const record of records.slice(free)) {
      record.state = 'blocked';
      record.reason = REASON;
    }
    this.#room -= Math.min(free, jobs.length);
  }

  /** In the order of `rows`. */
  async #move<R extends { jobId: string }>(rows: readonly R[], from: StoredState, how: Move): Promise<R[]> {
    const { changes, moves } = this.#around;
    if (rows.length === 0) return [];
    const picked = movable(this.#tx.db).where('id', 'in', idsOf(rows)).where('state', '=', from);
    const jobs = await this.#tx.unheld(picked).execute();
    await moves.write(
      this.#tx,
      changes,
      jobs.map((job) => [job, how]),
    );
    const moved = new Set(jobs.map(({ id }) => id));
    return rows.filter(({ jobId }) => moved.has(jobId));
  }

  #store(jobs: readonly Omit<LimitedJob, 'turn'>[], waits: 0 | 1): Promise<void> {
    const { name, value } = this.#work;
    const rows = jobs.map(({ jobId, type, priority }) => {
      const turn = waits === HAS_PLACE ? this.#nextTurn() : 0;
      return { jobId, name, value, type, waits, priority, turn };
    });
    return storeLimited(this.#tx, rows);
  }

  #nextTurn(): number {
    this.#turn = Math.max(this.#turn + 1, this.#state.lastTurn);
    return this.#turn;
  }

  async #write(closedUntil: number, lookAt: number): Promise<number> {
    await this.#row(
      this.#tx.db.updateTable('pwj_limits').set({ turn: this.#turn, closed_until: closedUntil, look_at: lookAt }),
    ).execute();
    return lookAt;
  }

  async #forget(): Promise<null> {
    await this.#row(this.#tx.db.deleteFrom('pwj_limits')).execute();
    await forgetStarts(this.#tx, this.#work, this.#around.now);
    return null;
  }

  #row<Q extends { where(column: 'name' | 'value', is: '=', value: string): Q }>(query: Q): Q {
    return query.where('name', '=', this.#work.name).where('value', '=', this.#work.value);
  }
}

const idsOf = (rows: readonly { jobId: string }[]): string[] => rows.map(({ jobId }) => jobId);
