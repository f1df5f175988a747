// Limits over all processes: what is stored of them, what is used, and what a claim may take. A limit is a row of pwj_limits, which claims
// lock; each value of a limit with `by` has one more, which those lock who give places (limited-jobs.ts). Who has a place is stored, but
// what becomes of the job is read from the job itself, so that the places of a dead process come back with its leases.
import type { Limit, LimitNumbers } from '../job/limit.ts';
import type { ClaimedJob } from '../job/record.ts';
import type { Signal } from '../kernel/signal.ts';
import type { Gates } from './claim-limits.ts';
import { prepare } from './prepared.ts';
import { insertRow, type Row } from './schema.ts';
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

type Db = Pick<Tx, 'db'>;

/** The time of a transaction: where processes are on different hosts, the server's. */
export type TimeOf = (tx: Tx) => Promise<number>;

export interface LimitState {
  turn: number;
  closedUntil: number;
  /** The turn of the last job that started, of all values. */
  lastTurn: number;
  /** The numbers of an administrator, as JSON. */
  changed: string | null;
}

export async function stateOf({ db }: Db, name: string, value = ALL): Promise<LimitState> {
  const rows = await db
    .selectFrom('pwj_limits')
    .select(['value', 'changed', 'turn', 'closed_until as closedUntil'])
    .where('name', '=', name)
    .where('value', 'in', [ALL, value])
    .execute();
  const own = rows.find((row) => row.value === value);
  const all = rows.find((row) => row.value === ALL);
  return {
    turn: own?.turn ?? 0,
    closedUntil: own?.closedUntil ?? 0,
    lastTurn: all?.turn ?? 0,
    changed: all?.changed ?? null,
  };
}

/** Locks a limit, or one value of it. Lock several in the order of their names and values. */
export async function lockLimit(tx: Tx, name: string, value = ALL): Promise<LimitState> {
  await insertRow(tx.db, 'pwj_limits', { name, value, changed: null, turn: 0, closedUntil: null, lookAt: null })
    .onConflict((c) => c.columns(['name', 'value']).doUpdateSet((e) => ({ turn: e.ref('pwj_limits.turn') })))
    .execute();
  return stateOf(tx, name, value);
}

/** The numbers that count. */
export const numbersOf = (limit: LimitNumbers, changed: string | null): LimitNumbers =>
  changed === null ? limit : (JSON.parse(changed) as LimitNumbers);

/** Stores who has a place, and who waits for one. */
export async function storeLimited(tx: Tx, rows: readonly Row<'pwj_limited'>[]): Promise<void> {
  if (rows.length === 0) return;
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
  await tx.insertAll(put, rows);
}

export async function forgetLimited({ db }: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('pwj_limited').where('job_id', 'in', ids).execute();
}

/** A job that waits, or has a place. */
export type LimitedJob = Pick<Row<'pwj_limited'>, 'jobId' | 'type' | 'priority' | 'turn'>;

export interface Use {
  /** With `by`: they have a place, and are not claimed yet. */
  ready: LimitedJob[];
  /** Running jobs, and cancelled ones whose attempt is still ending. */
  running: number;
  /** Starts in the window that ends now. */
  started: number;
  /** How many more jobs may start, or with `by` be ready; below zero if some of the ready ones are too many. */
  room: number;
  /** When there is room again although no job ends. */
  opensAt: number;
  /** Jobs that are stored with a place, but have none any more. */
  gone: string[];
}

interface Asked extends LimitNumbers {
  name: string;
  value: string;
  closedUntil: number;
  now: number;
}

/** What is used of a limit without `by`, or of one value. */
export async function useOf({ db }: Db, { name, value, concurrency, rate, closedUntil, now }: Asked): Promise<Use> {
  const use: Use = { ready: [], running: 0, started: 0, room: 0, opensAt: Number.POSITIVE_INFINITY, gone: [] };
  const rows = await db
    .selectFrom('pwj_limited')
    .leftJoin('pwj_jobs', 'pwj_jobs.id', 'pwj_limited.job_id')
    .select(['job_id as jobId', 'pwj_limited.type as type', 'pwj_limited.priority as priority', 'turn'])
    .select(['state', 'lease_until as leaseUntil'])
    .where('name', '=', name)
    .where('value', '=', value)
    .where('waits', '=', 0)
    .execute();
  for (const { state, leaseUntil, ...job } of rows) {
    const endsBy = state === 'cancelled' && leaseUntil !== null && leaseUntil > now ? leaseUntil : null;
    if (endsBy !== null) use.opensAt = Math.min(use.opensAt, endsBy);
    if (state === 'processing' || endsBy !== null) use.running += 1;
    else if (state === 'ready' && value !== ALL) use.ready.push(job);
    else use.gone.push(job.jobId);
  }
  // After the ready jobs: one that is claimed in between then counts twice rather than not at all.
  let left = concurrency === null ? Number.POSITIVE_INFINITY : concurrency - use.running;
  if (rate !== null) {
    const { started, first } = await startsOf({ db }, name, value, now - windowOf(rate));
    use.started = started;
    use.opensAt = Math.min(use.opensAt, (first ?? now) + windowOf(rate));
    left = Math.min(left, rate.n - started);
  }
  if (closedUntil > now) return { ...use, room: -use.ready.length, opensAt: closedUntil };
  return { ...use, room: left - use.ready.length };
}

export const windowOf = ({ per }: { per: number }): number => per + SLACK;

/** How many jobs started since then, and when the first of them did. `value` null: of all values. */
export async function startsOf(
  { db }: Db,
  name: string,
  value: string | null,
  since: number,
): Promise<{ started: number; first: number | null }> {
  const row = await db
    .selectFrom('pwj_limit_starts')
    .select((e) => [e.fn.sum<number | null>('n').as('started'), e.fn.min('at').as('first')])
    .where('name', '=', name)
    .$if(value !== null, (some) => some.where('value', '=', value))
    .where('at', '>', since)
    .executeTakeFirst();
  return { started: Number(row?.started ?? 0), first: row?.first == null ? null : Number(row.first) };
}

/** Starts are never taken back. A start counts as a little later than it was where the window is long, so that it has few rows. */
async function logStarts({ db }: Tx, start: Omit<Row<'pwj_limit_starts'>, 'at'>, per: number, now: number) {
  const step = Math.max(1, Math.floor(per / MOST_STARTS));
  await insertRow(db, 'pwj_limit_starts', { ...start, at: Math.ceil(now / step) * step })
    .onConflict((c) =>
      c.columns(['name', 'value', 'at']).doUpdateSet((e) => ({ n: e('pwj_limit_starts.n', '+', e.ref('excluded.n')) })),
    )
    .execute();
  await forgetStarts({ db }, start, now - windowOf({ per }));
}

export const forgetStarts = ({ db }: Db, of: { name: string; value: string }, until: number) =>
  db
    .deleteFrom('pwj_limit_starts')
    .where('name', '=', of.name)
    .where('value', '=', of.value)
    .where('at', '<=', until)
    .execute();

/** A limit in one claim. */
interface Gate {
  limit: Limit;
  numbers: LimitNumbers;
  room: number;
  turn: number;
  /** By their values. */
  starts: Map<string, number>;
}

export class ClaimGates implements Gates {
  readonly #tx: Tx;
  readonly #now: number;
  readonly #opens: Signal<number>;
  readonly #gates: ReadonlyMap<string, Gate>;
  /** Jobs of limits with `by` that may be taken. */
  readonly #offered = new Map<string, { value: string; turn: number }>();
  readonly #begun: Row<'pwj_limited'>[] = [];

  private constructor(tx: Tx, now: number, opens: Signal<number>, gates: ReadonlyMap<string, Gate>) {
    this.#tx = tx;
    this.#now = now;
    this.#opens = opens;
    this.#gates = gates;
  }

  /** Locks these limits. `opens`: hears when a closed one opens by itself. */
  static async open(tx: Tx, limits: readonly Limit[], timeOf: TimeOf, opens: Signal<number>): Promise<ClaimGates> {
    const byName = new Map(limits.map((limit) => [limit.name, limit]));
    const locked: { limit: Limit; state: LimitState }[] = [];
    for (const [name, limit] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1)))
      locked.push({ limit, state: await lockLimit(tx, name) });
    // Only now, since the locks may have taken a while.
    const now = await timeOf(tx);
    const gates = new Map<string, Gate>();
    for (const { limit, state } of locked) {
      const { name, by } = limit;
      const numbers = numbersOf(limit, state.changed);
      const gate: Gate = { limit, numbers, room: Number.POSITIVE_INFINITY, turn: state.turn, starts: new Map() };
      gates.set(name, gate);
      // What is ready has its place already.
      if (by !== null) continue;
      const { closedUntil } = state;
      const use = await useOf(tx, { ...numbers, name, value: ALL, closedUntil, now });
      gate.room = use.room;
      if (use.room <= 0) opens.emit(use.opensAt);
      await forgetLimited(tx, use.gone);
      if (closedUntil > 0 && closedUntil <= now) await closeLimit(tx, name, null);
    }
    return new ClaimGates(tx, now, opens, gates);
  }

  roomOf({ name }: Limit): number {
    return this.#gates.get(name)?.room ?? Number.POSITIVE_INFINITY;
  }

  async inTurn(type: string, priority: number, most: number): Promise<string[]> {
    const rows = await this.#tx.db
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
    gate.room -= jobs.length;
    for (const { id, type, priority } of jobs) {
      const { value, turn } = this.#offered.get(id) ?? { value: ALL, turn: 0 };
      gate.starts.set(value, (gate.starts.get(value) ?? 0) + 1);
      gate.turn = Math.max(gate.turn, turn);
      if (value === ALL) this.#begun.push({ jobId: id, name, value, type, waits: 0, priority, turn });
    }
  }

  async write(): Promise<void> {
    await storeLimited(this.#tx, this.#begun);
    for (const [name, { limit, numbers, turn, starts }] of this.#gates) {
      if (starts.size === 0) continue;
      if (limit.by !== null)
        await this.#tx.db
          .updateTable('pwj_limits')
          .set({ turn })
          .where('name', '=', name)
          .where('value', '=', ALL)
          .execute();
      const { rate } = numbers;
      if (rate === null) continue;
      // Others of its value may become ready then, although the process that added them is not this one.
      if (limit.by !== null) this.#opens.emit(this.#now + windowOf(rate));
      for (const [value, n] of starts) await logStarts(this.#tx, { name, value, n }, rate.per, this.#now);
    }
  }
}

/** Closes a limit without `by` for every process, or opens it. It has to be locked. */
export const closeLimit = ({ db }: Tx, name: string, until: number | null) =>
  db.updateTable('pwj_limits').set({ closed_until: until }).where('name', '=', name).where('value', '=', ALL).execute();
