// Limits over all processes: what is stored of them, what is used, and what a claim may take. A limit is a row of pwj_limits, which claims
// lock; each value of a limit with `by` has one more, which those lock who give places (limited-value.ts). Who has a place is stored, but
// what becomes of the job is read from the job itself, so that the places of a dead process come back with its leases.
import type { Updateable } from 'kysely';
import type { ClaimedJob, JobRecord, Limit, LimitKey, LimitNumbers } from '../job/record.ts';
import type { Signal } from '../kernel/signal.ts';
import type { Changes } from './changes.ts';
import { prepare } from './prepared.ts';
import { type Database, insertRow, type Row } from './schema.ts';
import type { Tx } from './tx.ts';

/** Of the row of the limit itself, and of jobs of a limit without `by`. */
export const ALL = '';

/**
 * Milliseconds by which the window of a rate is longer than it says. A start is logged with the claim, and the processor begins a little
 * later: at most so much later, since a process that is slower than this gives the job back. So real starts keep the rate, too.
 */
export const SLACK = 250;

/** No rate needs more rows than this. */
const MOST_STARTS = 1_000;
/** Values that are listed, and waiting jobs that are counted for it. */
const MOST_VALUES = 20;
const MOST_COUNTED = 100_000;
export const NEVER = Number.POSITIVE_INFINITY;
export const UNLIMITED = { concurrency: null, rate: null };

type Db = Pick<Tx, 'db'>;

/** A job that waits, or has a place. */
export type LimitedJob = Pick<Row<'pwj_limited'>, 'jobId' | 'type' | 'priority' | 'turn'>;

interface Places {
  /** With `by`: they have a place, and are not claimed yet. */
  ready: LimitedJob[];
  /** Running jobs, and cancelled ones whose attempt is still ending. */
  running: number;
  /** When the first lease of the latter ends. */
  endsAt: number;
  /** Jobs that are stored with a place, but have none any more. */
  gone: string[];
}

/** What is used of a limit without `by`, or of one value, and the numbers that count. */
export interface Use extends Places, LimitNumbers {
  isChanged: boolean;
  closedUntil: number;
  /** The last turn of its jobs. */
  turn: number;
  /** The turn of the last job that started, of all values. */
  lastTurn: number;
  /** In the window that ends now. */
  started: number;
  /** How many more jobs may start, or with `by` be ready; below zero if some of the ready ones are too many. */
  room: number;
  /** When there is room again although no job ends. */
  opensAt: number;
}

/** `closes`: as if it were closed until then. */
export async function useOf(db: Db, key: LimitKey, limit: LimitNumbers, now: number, closes = 0): Promise<Use> {
  const rows = await db.db
    .selectFrom('pwj_limits')
    .select(['value', 'changed', 'turn', 'closed_until as closedUntil'])
    .where('name', '=', key.name)
    .where('value', 'in', [ALL, key.value])
    .execute();
  const own = rows.find(({ value }) => value === key.value);
  const all = rows.find(({ value }) => value === ALL);
  const { concurrency, rate } = all?.changed ? (JSON.parse(all.changed) as LimitNumbers) : limit;
  const closedUntil = Math.max(own?.closedUntil ?? 0, closes);
  const use: Use = {
    // The ready jobs before their starts: one that is claimed in between then counts twice rather than not at all.
    ...(await placesOf(db, key, now)),
    concurrency,
    rate,
    isChanged: Boolean(all?.changed),
    closedUntil,
    turn: own?.turn ?? 0,
    lastTurn: all?.turn ?? 0,
    started: 0,
    room: NEVER,
    opensAt: closedUntil,
  };
  if (concurrency !== null) use.room = concurrency - use.running;
  if (closedUntil <= now) use.opensAt = use.endsAt;
  if (rate !== null) {
    const { started, first } = await startsOf(db, key.name, key.value, now - windowOf(rate));
    use.started = started;
    use.room = Math.min(use.room, rate.n - started);
    if (closedUntil <= now) use.opensAt = Math.min(use.opensAt, (first ?? now) + windowOf(rate));
  }
  use.room = (closedUntil > now ? 0 : use.room) - use.ready.length;
  return use;
}

async function placesOf({ db }: Db, key: LimitKey, now: number): Promise<Places> {
  const places: Places = { ready: [], running: 0, endsAt: NEVER, gone: [] };
  const jobs = db
    .selectFrom('pwj_limited')
    .leftJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
    .select(['job_id as jobId', 'pwj_limited.type as type', 'pwj_limited.priority as priority', 'turn'])
    .select(['state', 'lease_until as leaseUntil'])
    .where('waits', '=', 0);
  for (const { state, leaseUntil, ...job } of await ofKey(jobs, key).execute()) {
    const isEnding = state === 'cancelled' && leaseUntil !== null && leaseUntil > now;
    if (isEnding) places.endsAt = Math.min(places.endsAt, leaseUntil);
    if (isEnding || state === 'processing') places.running += 1;
    else if (state === 'ready' && key.value !== ALL) places.ready.push(job);
    else places.gone.push(job.jobId);
  }
  return places;
}

export const ofKey = <Q extends { where(column: 'name' | 'value', is: '=', value: string): Q }>(
  query: Q,
  key: LimitKey,
): Q => query.where('name', '=', key.name).where('value', '=', key.value);

/** Locks it until the transaction ends. Lock several in the order of their names and values. */
export const lockLimit = ({ db }: Tx, { name, value }: LimitKey) =>
  insertRow(db, 'pwj_limits', { name, value, changed: null, turn: 0, closedUntil: null, lookAt: null })
    .onConflict((c) => c.columns(['name', 'value']).doUpdateSet((e) => ({ turn: e.ref('pwj_limits.turn') })))
    .execute();

export const writeLimit = ({ db }: Tx, key: LimitKey, set: Updateable<Database['pwj_limits']>) =>
  ofKey(db.updateTable('pwj_limits').set(set), key).execute();

/** Stores who has a place, and who waits for one. */
export async function storeLimited(tx: Tx, rows: readonly Row<'pwj_limited'>[]): Promise<void> {
  const put = prepare<Row<'pwj_limited'>>((row) =>
    insertRow(tx.db, 'pwj_limited', row).onConflict((c) =>
      c.column('job_id').doUpdateSet((e) => ({
        name: e.ref('excluded.name'),
        value: e.ref('excluded.value'),
        waits: e.ref('excluded.waits'),
        priority: e.ref('excluded.priority'),
        turn: e.ref('excluded.turn'),
      })),
    ),
  );
  if (rows.length > 0) await tx.insertAll(put, rows);
}

export async function forgetLimited({ db }: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('pwj_limited').where('job_id', 'in', ids).execute();
}

const windowOf = ({ per }: { per: number }): number => per + SLACK;

/** How many jobs started since then, and when the first of them did. `value` null: of all values. */
export async function startsOf({ db }: Db, name: string, value: string | null, since: number) {
  const row = await db
    .selectFrom('pwj_limit_starts')
    .select((e) => [e.fn.sum<number | null>('n').as('started'), e.fn.min<number | null>('at').as('first')])
    .where('name', '=', name)
    .$if(value !== null, (some) => some.where('value', '=', value))
    .where('at', '>', since)
    .executeTakeFirst();
  return { started: Number(row?.started ?? 0), first: row?.first ?? null };
}

/** Starts are never taken back. A start counts as a little later than it was where the window is long, so that it has few rows. */
async function logStarts(tx: Tx, key: LimitKey, n: number, per: number, now: number): Promise<void> {
  const step = Math.max(1, Math.floor(per / MOST_STARTS));
  await insertRow(tx.db, 'pwj_limit_starts', { ...key, at: Math.ceil(now / step) * step, n })
    .onConflict((c) =>
      c.columns(['name', 'value', 'at']).doUpdateSet((e) => ({ n: e('pwj_limit_starts.n', '+', e.ref('excluded.n')) })),
    )
    .execute();
  await forgetStarts(tx, key, now - windowOf({ per }));
}

export const forgetStarts = ({ db }: Tx, key: LimitKey, until: number) =>
  ofKey(db.deleteFrom('pwj_limit_starts').where('at', '<=', until), key).execute();

/** The values for which most jobs wait. */
export async function waitingValues({ db }: Db, name: string): Promise<{ value: string; waiting: number }[]> {
  const waiting = db.selectFrom('pwj_limited').select('value').where('name', '=', name).where('waits', '=', 1);
  const rows = await db
    .selectFrom(waiting.limit(MOST_COUNTED).as('some'))
    .select((e) => ['value', e.fn.countAll<number>().as('n')])
    .groupBy('value')
    .orderBy('n', 'desc')
    .orderBy('value')
    .limit(MOST_VALUES)
    .execute();
  return rows.map(({ value, n }) => ({ value, waiting: Number(n) }));
}

export const keyOfJob = ({ db }: Db, id: string): Promise<LimitKey | undefined> =>
  db.selectFrom('pwj_limited').select(['name', 'value']).where('job_id', '=', id).executeTakeFirst();

/** What claims and additions ask limits; `limit-store.ts` answers. Types without a limit ask nothing. */
export interface StoredLimits {
  /** Locks these limits until the claim is stored. */
  gates(tx: Tx, limits: readonly Limit[]): Promise<ClaimGates>;
  /** Blocks those of these new jobs for which there is no place. */
  place(tx: Tx, changes: Changes, records: readonly JobRecord[]): Promise<void>;
}

/** A limit in one claim. */
interface Gate {
  use: Use;
  /** By their values. */
  starts: Map<string, number>;
}

/** The limits of the types of one claim. */
export class ClaimGates {
  readonly #around;
  readonly #gates = new Map<string, Gate>();
  /** Jobs of limits with `by` that may be taken. */
  readonly #offered = new Map<string, { value: string; turn: number }>();
  readonly #begun: Row<'pwj_limited'>[] = [];

  /** `opens`: hears when a limit opens by itself. */
  constructor(around: { tx: Tx; now: number; opens: Signal<number> }) {
    this.#around = around;
  }

  /** A limit that is locked until the claim is stored. */
  async open(limit: Limit): Promise<void> {
    const use = await useOf(this.#around.tx, { name: limit.name, value: ALL }, limit, this.#around.now);
    // What is ready has its place already.
    if (limit.by !== null) use.room = NEVER;
    if (use.room <= 0) this.#around.opens.emit(use.opensAt);
    await forgetLimited(this.#around.tx, use.gone);
    this.#gates.set(limit.name, { use, starts: new Map() });
  }

  /** How many more jobs may start. */
  roomOf({ name }: Limit): number {
    return this.#gates.get(name)?.use.room ?? NEVER;
  }

  /** Ready jobs of a type whose limit has `by`: the values in turn, each in its order. */
  async inTurn(type: string, priority: number, most: number): Promise<string[]> {
    const rows = await this.#around.tx.db
      .selectFrom('pwj_limited')
      .innerJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
      .select(['job_id as id', 'value', 'turn'])
      .where('pwj_limited.type', '=', type)
      .where('waits', '=', 0)
      .where('pwj_limited.priority', '=', priority)
      .where('state', '=', 'ready')
      .orderBy('turn')
      .orderBy('job_id')
      .limit(most)
      .execute();
    for (const { id, value, turn } of rows) this.#offered.set(id, { value, turn });
    return rows.map(({ id }) => id);
  }

  took({ name }: Limit, jobs: readonly ClaimedJob[]): void {
    const gate = this.#gates.get(name);
    if (!gate) return;
    gate.use.room -= jobs.length;
    for (const { id, type, priority } of jobs) {
      const { value, turn } = this.#offered.get(id) ?? { value: ALL, turn: 0 };
      gate.starts.set(value, (gate.starts.get(value) ?? 0) + 1);
      gate.use.lastTurn = Math.max(gate.use.lastTurn, turn);
      if (value === ALL) this.#begun.push({ jobId: id, name, value, type, waits: 0, priority, turn });
    }
  }

  /** Stores what was taken. */
  async write(): Promise<void> {
    await storeLimited(this.#around.tx, this.#begun);
    for (const [name, { use, starts }] of this.#gates) {
      const { rate, lastTurn } = use;
      // It is open again if it was closed.
      if (starts.size > 0)
        await writeLimit(this.#around.tx, { name, value: ALL }, { turn: lastTurn, closed_until: null });
      if (starts.size === 0 || rate === null) continue;
      // Others may start then, although the process that added them is not this one.
      this.#around.opens.emit(this.#around.now + windowOf(rate));
      for (const [value, n] of starts) await logStarts(this.#around.tx, { name, value }, n, rate.per, this.#around.now);
    }
  }
}
