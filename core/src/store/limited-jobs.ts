// Jobs of limits with `by`, such as one per tenant. Under the lock of its row in pwj_limit_heads, each value keeps: its ready and running jobs
// are at most its `concurrency`, and its ready jobs with the starts of the window at most its rate. All others are blocked. A claim takes
// only ready jobs and logs their starts, so it keeps both without the lock. The values take turns: each job that gets a place gets the next
// turn of its value, but none before that of the last job that started, and claims go by turns.
import { isFinal, publicState, type StoredState } from '../job/lifecycle.ts';
import type { Limit, LimitNumbers } from '../job/limit.ts';
import type { JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import type { Placing } from './claim-limits.ts';
import { type LimitRow, limitRow, numbersOf, PLACE, type Place, startsOf, windowOf } from './limits.ts';
import { prepare } from './prepared.ts';
import { insertRow, type Row } from './schema.ts';
import { type Move, movable, type Transition } from './transition.ts';
import type { Tx } from './tx.ts';

/** Milliseconds after which a value with jobs is looked at again, whatever was missed. */
const LOOK_AGAIN = 60_000;
/** After which it is looked at again because others held some of its jobs. */
const SOON = 100;
/** Jobs that get or lose their place in one transaction, for each value. */
const MOST_MOVED = 200;

/** A job whose place changes; null: it has none before, or none any more. */
export interface Standing {
  id: string;
  type: string;
  priority: number;
  from: Place | null;
  to: Place | null;
}

/** One value of a limit, locked until the transaction ends. */
class LockedValue {
  readonly #tx: Tx;
  readonly limit: Limit;
  readonly value: string;
  readonly now: number;
  readonly numbers: LimitNumbers;
  /** The turn of the last job of the limit that started. */
  readonly #current: number;
  turn: number;
  waiting: number;
  closedUntil: number;
  lookBy = Number.POSITIVE_INFINITY;
  ready = 0;
  running = 0;
  #started = 0;
  #first = 0;

  private constructor(tx: Tx, { limit, value, now, row, head }: LockedParts) {
    this.#tx = tx;
    this.limit = limit;
    this.value = value;
    this.now = now;
    this.numbers = numbersOf(limit, row?.changed);
    this.#current = row?.turn ?? 0;
    this.turn = head.turn;
    this.waiting = head.waiting;
    this.closedUntil = head.closedUntil ?? 0;
  }

  static async lock(tx: Tx, limit: Limit, value: string, now: number): Promise<LockedValue> {
    const head = await lockHead(tx, limit.name, value);
    return new LockedValue(tx, { limit, value, now, row: await limitRow(tx, limit.name), head });
  }

  /** The ready jobs before their starts: one that is claimed in between then counts twice rather than not at all. */
  async count(): Promise<void> {
    const { name } = this.limit;
    const places = await this.#tx.db
      .selectFrom('pwj_limited')
      .select((e) => ['place', e.fn.countAll<number>().as('n')])
      .where('name', '=', name)
      .where('value', '=', this.value)
      .where('place', 'in', [PLACE.ready, PLACE.runs])
      .groupBy('place')
      .execute();
    const of = (place: Place): number => Number(places.find((row) => row.place === place)?.n ?? 0);
    this.ready = of(PLACE.ready);
    this.running = of(PLACE.runs);
    const { rate } = this.numbers;
    if (rate === null) return;
    const { started, first } = await startsOf(this.#tx, name, this.value, this.now - windowOf(rate));
    this.#started = started;
    this.#first = first ?? this.now;
  }

  /** How many more jobs may be ready; below zero if some of them are too many. */
  get room(): number {
    if (this.closedUntil > this.now) return -this.ready;
    const { concurrency, rate } = this.numbers;
    return Math.min(
      concurrency === null ? Number.POSITIVE_INFINITY : concurrency - this.ready - this.running,
      rate === null ? Number.POSITIVE_INFINITY : rate.n - this.ready - this.#started,
    );
  }

  nextTurn(): number {
    this.turn = Math.max(this.turn + 1, this.#current);
    return this.turn;
  }

  /** When it opens by itself; null if it is open, or opens when a job ends. */
  get #opensAt(): number | null {
    if (this.closedUntil > this.now) return this.closedUntil;
    const { rate } = this.numbers;
    if (rate === null || this.#started + this.ready < rate.n) return null;
    // A ready job may start from now on, and a claim does not write down when its window ends.
    return (this.#started > 0 ? this.#first : this.now) + windowOf(rate);
  }

  /** Stores what changed; returns when to look at it again. `isLook`: forgets it if nothing is left; before, its turn counts. */
  async write(isLook = false): Promise<number | null> {
    const { db } = this.#tx;
    const closedUntil = this.closedUntil > this.now ? this.closedUntil : null;
    const isIdle = this.ready + this.running + this.waiting <= 0 && closedUntil === null;
    if (isIdle && isLook && this.lookBy === Number.POSITIVE_INFINITY) {
      await this.#head(db.deleteFrom('pwj_limit_heads')).execute();
      return null;
    }
    const opensAt = this.waiting > 0 || closedUntil !== null ? this.#opensAt : null;
    const lookAt = Math.min(opensAt ?? Number.POSITIVE_INFINITY, this.lookBy, this.now + LOOK_AGAIN);
    const { turn, waiting } = this;
    await this.#head(
      db.updateTable('pwj_limit_heads').set({ turn, waiting, closed_until: closedUntil, look_at: lookAt }),
    ).execute();
    return lookAt;
  }

  #head<Q extends { where(column: 'name' | 'value', is: '=', value: string): Q }>(query: Q): Q {
    return query.where('name', '=', this.limit.name).where('value', '=', this.value);
  }
}

interface LockedParts extends Pick<LockedValue, 'limit' | 'value' | 'now'> {
  row: LimitRow | null;
  head: Head;
}

interface Head {
  turn: number;
  waiting: number;
  closedUntil: number | null;
}

async function lockHead({ db }: Tx, name: string, value: string): Promise<Head> {
  await insertRow(db, 'pwj_limit_heads', { name, value, turn: 0, waiting: 0, closedUntil: null, lookAt: null })
    .onConflict((c) => c.columns(['name', 'value']).doUpdateSet((e) => ({ turn: e.ref('pwj_limit_heads.turn') })))
    .execute();
  return db
    .selectFrom('pwj_limit_heads')
    .select(['turn', 'waiting', 'closed_until as closedUntil'])
    .where('name', '=', name)
    .where('value', '=', value)
    .executeTakeFirstOrThrow();
}

const placedRow = (db: Tx['db']) => prepare<Row<'pwj_limited'>>((p) => insertRow(db, 'pwj_limited', p));

const nameOf = (name: string, value: string): string => `${name}\0${value}`;

/** The places of jobs that one transaction adds. */
export class LimitedAdditions implements Placing {
  readonly #tx: Tx;
  readonly #values: ReadonlyMap<string, LockedValue>;
  readonly #rows: Row<'pwj_limited'>[] = [];
  readonly #lookAt: (at: number) => void;

  private constructor(tx: Tx, values: ReadonlyMap<string, LockedValue>, lookAt: (at: number) => void) {
    this.#tx = tx;
    this.#values = values;
    this.#lookAt = lookAt;
  }

  static async open(
    tx: Tx,
    records: readonly JobRecord[],
    now: number,
    lookAt: (at: number) => void,
  ): Promise<LimitedAdditions> {
    const wanted = new Map(
      records.flatMap(({ limited: l }) => (l ? [[nameOf(l.limit.name, l.value), l] as const] : [])),
    );
    const values = new Map<string, LockedValue>();
    for (const [name, { limit, value }] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const locked = await LockedValue.lock(tx, limit, value, now);
      await locked.count();
      values.set(name, locked);
    }
    return new LimitedAdditions(tx, values, lookAt);
  }

  place(record: JobRecord): void {
    const { limited, id: jobId, type, priority } = record;
    const value = limited && this.#values.get(nameOf(limited.limit.name, limited.value));
    if (!value) return;
    // This transaction may run again.
    if (record.reason === BLOCKED.reason) {
      record.reason = null;
      if (record.state === BLOCKED.state) record.state = 'ready';
    }
    let place: Place = PLACE.elsewhere;
    if (record.state === 'ready') {
      place = value.room > 0 && value.waiting <= 0 ? PLACE.ready : PLACE.waits;
      if (place === PLACE.ready) value.ready += 1;
      else {
        value.waiting += 1;
        Object.assign(record, BLOCKED);
      }
    }
    const turn = place === PLACE.ready ? value.nextTurn() : 0;
    this.#rows.push({ jobId, name: value.limit.name, value: value.value, type, place, priority, turn });
  }

  async write(): Promise<void> {
    if (this.#rows.length > 0) await this.#tx.insertAll(placedRow(this.#tx.db), this.#rows);
    for (const value of this.#values.values()) {
      const at = await value.write();
      if (at !== null) this.#lookAt(at);
    }
  }
}

const BLOCKED = { state: 'blocked', reason: 'limit' } as const;

/** Writes the new places of jobs of one value, and then readies or blocks others, as there is room. Returns when to look at it again. */
export async function balance(
  tx: Tx,
  changes: Changes,
  moves: Transition,
  { limit, value, now, standings, closes = 0, lookBy, isLook }: Balance,
): Promise<number | null> {
  const { db } = tx;
  const locked = await LockedValue.lock(tx, limit, value, now);
  locked.closedUntil = Math.max(locked.closedUntil, closes);
  locked.lookBy = lookBy;
  for (const { id: jobId, type, priority, from, to } of standings) {
    if (from === PLACE.waits) locked.waiting -= 1;
    if (to === PLACE.waits) locked.waiting += 1;
    const turn = to === PLACE.ready ? locked.nextTurn() : 0;
    if (to === null) await db.deleteFrom('pwj_limited').where('job_id', '=', jobId).execute();
    else if (from === null)
      await insertRow(db, 'pwj_limited', { jobId, name: limit.name, value, type, place: to, priority, turn }).execute();
    else await db.updateTable('pwj_limited').set({ place: to, turn, priority }).where('job_id', '=', jobId).execute();
  }
  if (limit.by !== null) {
    await locked.count();
    const { room } = locked;
    if (room < 0 && locked.ready > 0) await blockLast(tx, changes, moves, locked, Math.min(-room, locked.ready));
    else if (room > 0 && locked.waiting > 0) await readyNext(tx, changes, moves, locked, room);
  }
  return locked.write(isLook);
}

interface Balance {
  limit: Limit;
  value: string;
  now: number;
  standings: readonly Standing[];
  /** Closes it until then. */
  closes?: number;
  /** When to look at it again at the latest. */
  lookBy: number;
  /** Nothing happened to its jobs. */
  isLook?: boolean | undefined;
}

/** Too many of them are ready: the last in turn wait again, but for those that are claimed or moved right now. */
async function blockLast(tx: Tx, changes: Changes, moves: Transition, value: LockedValue, n: number): Promise<void> {
  const ids = await idsAt(tx, value, PLACE.ready)
    .orderBy('priority', 'desc')
    .orderBy('turn', 'desc')
    .limit(Math.min(n, MOST_MOVED))
    .execute();
  const moved = await move(tx, changes, moves, ids, 'ready', { step: 'block', at: value.now, reason: BLOCKED.reason });
  for (const id of moved) await placeAt(tx, id, PLACE.waits, 0);
  value.ready -= moved.length;
  value.waiting += moved.length;
  if (moved.length < n) value.lookBy = Math.min(value.lookBy, value.now + SOON);
}

async function readyNext(tx: Tx, changes: Changes, moves: Transition, value: LockedValue, n: number): Promise<void> {
  const most = Math.min(n, MOST_MOVED);
  const ids = await idsAt(tx, value, PLACE.waits).orderBy('priority').orderBy('job_id').limit(most).execute();
  const moved = await move(tx, changes, moves, ids, 'blocked', { step: 'unblock', at: value.now, reason: null });
  for (const id of moved) await placeAt(tx, id, PLACE.ready, value.nextTurn());
  value.ready += moved.length;
  value.waiting -= moved.length;
  // No others wait: what was counted is put right.
  if (ids.length < most) value.waiting = ids.length - moved.length;
  if (value.waiting > 0 && moved.length < n) value.lookBy = Math.min(value.lookBy, value.now + SOON);
}

const idsAt = ({ db }: Tx, { limit, value }: LockedValue, place: Place) =>
  db
    .selectFrom('pwj_limited')
    .select('job_id as id')
    .where('name', '=', limit.name)
    .where('value', '=', value)
    .where('place', '=', place);

const placeAt = ({ db }: Tx, id: string, place: Place, turn: number) =>
  db.updateTable('pwj_limited').set({ place, turn }).where('job_id', '=', id).execute();

/** In the order of `ids`. */
async function move(
  tx: Tx,
  changes: Changes,
  moves: Transition,
  rows: readonly { id: string }[],
  from: StoredState,
  how: Move,
): Promise<string[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const jobs = await tx.unheld(movable(tx.db).where('id', 'in', ids).where('state', '=', from)).execute();
  await moves.write(
    tx,
    changes,
    jobs.map((job) => [job, how]),
  );
  const moved = new Set(jobs.map(({ id }) => id));
  return ids.filter((id) => moved.has(id));
}

/** The place that follows from a job's state; null: none. `isEnding`: it is cancelled, but its attempt still runs. */
export function placeOf(state: StoredState, reason: string | null, isEnding: boolean): Place | null {
  if (isFinal(publicState(state))) return isEnding ? PLACE.runs : null;
  if (state === 'processing') return PLACE.runs;
  if (state === 'ready') return PLACE.ready;
  return state === 'blocked' && reason === BLOCKED.reason ? PLACE.waits : PLACE.elsewhere;
}
