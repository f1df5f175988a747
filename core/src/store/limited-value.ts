// One value of a limit with `by`, such as a tenant. Under the lock of its row in pwj_limits, its ready and running jobs are at most its
// `concurrency`, and its ready jobs with the starts of the window at most its rate. All others are blocked. A claim takes only ready jobs and
// logs their starts, so it keeps both without the lock. The values take turns: each job that gets a place gets the next turn of its value,
// but none before that of the last job that started, and claims go by turns.
import type { StoredState } from '../job/lifecycle.ts';
import type { JobRecord, Limit, LimitKey } from '../job/record.ts';
import type { Changes } from './changes.ts';
import {
  forgetLimited,
  forgetStarts,
  type LimitedJob,
  lockLimit,
  NEVER,
  ofKey,
  storeLimited,
  UNLIMITED,
  useOf,
  writeLimit,
} from './limits.ts';
import { type Move, movable, PASS_SIZE, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** Milliseconds after which a value with jobs is looked at again, whatever was missed. */
const LOOK_AGAIN = 60_000;
/** After which it is looked at again because others held some of its jobs. */
const SOON = 100;

const REASON = 'limit';
const [HAS_PLACE, WAITS] = [0, 1] as const;

interface Around {
  tx: Tx;
  key: LimitKey;
  changes: Changes;
  moves: Transition;
  /** Null if it is gone, or has no values any more. */
  limit: Limit | null;
  /** Can this process tell that these jobs do not wait for it any more, if it is gone? */
  isKnown(type: string): boolean;
  now: number;
}

export class LimitedValue {
  /** Jobs that are ready, or running, without a place: the last in turn lose it again if these are too many. */
  readonly came: Omit<LimitedJob, 'turn'>[] = [];
  /** Jobs that wait no more. */
  readonly gone: string[] = [];
  /** New jobs that are ready, before they are stored. */
  readonly added: JobRecord[] = [];
  /** Closes it until then. */
  closes = 0;
  readonly #around: Around;
  #turn = 0;
  #lastTurn = 0;
  /** How many more jobs may be ready. */
  #room = 0;
  /** Some may still wait. */
  #waits = true;
  #lookBy: number;

  constructor(around: Around) {
    this.#around = around;
    this.#lookBy = around.now + LOOK_AGAIN;
  }

  /** Readies or blocks its jobs, as there is room; returns when to look at it again. `isLook`: forgets it if it has none. Before, its turn counts. */
  async settle(isLook: boolean): Promise<number> {
    const { limit, now } = this.#around;
    await lockLimit(this.#around.tx, this.#around.key);
    const use = await useOf(this.#around.tx, this.#around.key, limit ?? UNLIMITED, now, this.closes);
    this.#turn = use.turn;
    this.#lastTurn = use.lastTurn;
    await forgetLimited(this.#around.tx, [...use.gone, ...this.gone]);
    const came = await this.#store(this.came, HAS_PLACE);
    this.#room = use.room - came.length;
    if (this.#room < 0) await this.#blockLast([...use.ready, ...came]);
    else if (this.#room > 0) await this.#readyNext();
    await this.#place();
    const isUsed = this.#room !== use.room || use.ready.length + use.running + use.started > 0;
    if (isLook && !isUsed && !this.#waits && use.closedUntil <= now) return this.#forget();
    const lookAt = this.#room <= 0 ? Math.min(this.#lookBy, use.opensAt) : this.#lookBy;
    await writeLimit(this.#around.tx, this.#around.key, {
      turn: this.#turn,
      closed_until: use.closedUntil,
      look_at: lookAt,
    });
    return lookAt;
  }

  async #forget(): Promise<number> {
    await ofKey(this.#around.tx.db.deleteFrom('pwj_limits'), this.#around.key).execute();
    await forgetStarts(this.#around.tx, this.#around.key, this.#around.now);
    return NEVER;
  }

  /** Those that are claimed or moved right now keep their place. */
  async #blockLast(ready: LimitedJob[]): Promise<void> {
    const last = ready
      .sort((a, b) => a.priority - b.priority || a.turn - b.turn)
      .slice(this.#room)
      .slice(-PASS_SIZE);
    const moved = await this.#move(last, 'ready', { step: 'block', at: this.#around.now, reason: REASON });
    await this.#store(moved, WAITS);
    this.#room += moved.length;
  }

  /** The most urgent first, then the oldest. */
  async #readyNext(): Promise<void> {
    const { limit, isKnown, now } = this.#around;
    const most = Math.min(this.#room, PASS_SIZE);
    const waiting = this.#around.tx.db
      .selectFrom('pwj_limited')
      .leftJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
      .select(['job_id as jobId', 'pwj_limited.type as type', 'pwj_limited.priority as priority', 'state'])
      .where('waits', '=', 1)
      .orderBy('pwj_limited.priority')
      .orderBy('job_id')
      .limit(most);
    const rows = await ofKey(waiting, this.#around.key).execute();
    const stale = rows.filter(({ state }) => state !== 'blocked');
    const next = rows.filter(({ state, type }) => state === 'blocked' && (limit !== null || isKnown(type)));
    const moved = await this.#move(next, 'blocked', { step: 'unblock', at: now, reason: null });
    await forgetLimited(this.#around.tx, idsOf(limit === null ? [...stale, ...moved] : stale));
    if (limit !== null) await this.#store(moved, HAS_PLACE);
    this.#room -= moved.length;
    this.#waits = rows.length === most || rows.length > stale.length + moved.length;
    if (this.#waits && this.#room > 0 && stale.length + next.length > 0) this.#lookBy = now + SOON;
  }

  async #place(): Promise<void> {
    const free = this.#waits ? 0 : Math.min(this.#room, this.added.length);
    const jobs = this.added.map(({ id: jobId, type, priority }) => ({ jobId, type, priority }));
    await this.#store(jobs.slice(0, free), HAS_PLACE);
    await this.#store(jobs.slice(free), WAITS);
    for (const record of this.added.slice(free)) Object.assign(record, { state: 'blocked', reason: REASON });
    this.#room -= free;
  }

  async #move<R extends { jobId: string }>(rows: readonly R[], from: StoredState, how: Move): Promise<R[]> {
    const { changes, moves } = this.#around;
    if (rows.length === 0) return [];
    const picked = movable(this.#around.tx.db).where('id', 'in', idsOf(rows)).where('state', '=', from);
    const jobs = await this.#around.tx.unheld(picked).execute();
    const plan = jobs.map((job) => [job, how] as const);
    await moves.write(this.#around.tx, changes, plan);
    const moved = new Set(jobs.map(({ id }) => id));
    return rows.filter(({ jobId }) => moved.has(jobId));
  }

  async #store(jobs: readonly Omit<LimitedJob, 'turn'>[], waits: 0 | 1): Promise<LimitedJob[]> {
    const rows = jobs.map(({ jobId, type, priority }) => {
      if (waits === HAS_PLACE) this.#turn = Math.max(this.#turn + 1, this.#lastTurn);
      return { ...this.#around.key, jobId, type, priority, waits, turn: this.#turn };
    });
    await storeLimited(this.#around.tx, rows);
    return rows;
  }
}

const idsOf = (rows: readonly { jobId: string }[]): string[] => rows.map(({ jobId }) => jobId);
