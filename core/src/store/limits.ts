// Limits over all processes: what is stored of them, and what a claim may take. A limit without `by` closes its types at the claim and
// stores nothing with jobs. In what is used, running rows count, so that the places of a dead process come back with its leases.
import { STEPS } from '../job/lifecycle.ts';
import type { Limit, LimitNumbers } from '../job/limit.ts';
import type { ClaimedJob } from '../job/record.ts';
import type { Signal } from '../kernel/signal.ts';
import type { Gates } from './claim-limits.ts';
import { insertRow } from './schema.ts';
import type { Tx } from './tx.ts';

/**
 * Milliseconds by which the window of a rate is longer than it says. A start is logged with the claim, and the processor begins a little
 * later: at most so much later, since a process that is slower than this gives the job back. So real starts keep the rate, too.
 */
export const SLACK = 250;

/** Where a job stands at a limit with `by`. */
export const PLACE = {
  /** Blocked until there is a place. */
  waits: 0,
  ready: 1,
  /** It runs, or its cancelled attempt is still ending. */
  runs: 2,
  /** It waits for its time or for another job of its key. */
  elsewhere: 3,
} as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

/** No rate needs more rows than this. */
const MOST_STARTS = 1_000;

export const windowOf = ({ per }: { per: number }): number => per + SLACK;

/** The numbers that count: an administrator may have changed them. */
export const numbersOf = (limit: Limit, changed: string | null | undefined): LimitNumbers =>
  changed ? (JSON.parse(changed) as LimitNumbers) : limit;

export interface LimitRow {
  name: string;
  changed: string | null;
  closedUntil: number | null;
  turn: number;
}

/** The time of a transaction: where processes are on different hosts, the server's. */
export type TimeOf = (tx: Tx) => Promise<number>;

const limitRows = ({ db }: Tx, names: readonly string[]) =>
  db
    .selectFrom('pwj_limits')
    .select(['name', 'changed', 'closed_until as closedUntil', 'turn'])
    .where('name', 'in', names)
    .orderBy('name');

/** Null: as it was registered, and never closed. */
export const limitRow = async (tx: Tx, name: string): Promise<LimitRow | null> =>
  (await limitRows(tx, [name]).executeTakeFirst()) ?? null;

/** Locks these limits, always in the same order. */
export async function lockLimits(tx: Tx, names: Iterable<string>): Promise<Map<string, LimitRow>> {
  const wanted = [...new Set(names)].sort();
  const rows = new Map((await tx.locked(limitRows(tx, wanted)).execute()).map((row) => [row.name, row]));
  for (const name of wanted) {
    if (rows.has(name)) continue;
    await insertRow(tx.db, 'pwj_limits', { name, changed: null, closedUntil: null, turn: 0 })
      .onConflict((c) => c.column('name').doUpdateSet((e) => ({ turn: e.ref('pwj_limits.turn') })))
      .execute();
    rows.set(name, (await limitRow(tx, name)) as LimitRow);
  }
  return rows;
}

/** Closes a limit without `by` for every process. */
export async function closeLimit(tx: Tx, name: string, until: number): Promise<void> {
  const row = (await lockLimits(tx, [name])).get(name);
  const closedUntil = Math.max(until, row?.closedUntil ?? 0);
  await tx.db.updateTable('pwj_limits').set({ closed_until: closedUntil }).where('name', '=', name).execute();
}

/** How many jobs started in the window that ends now, and when the first of them did. `value` null: of all values. */
export async function startsOf(
  { db }: Pick<Tx, 'db'>,
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
async function logStarts(
  { db }: Tx,
  { name, value, n }: { name: string; value: string; n: number },
  per: number,
  now: number,
): Promise<void> {
  const step = Math.max(1, Math.floor(per / MOST_STARTS));
  const at = Math.ceil(now / step) * step;
  await insertRow(db, 'pwj_limit_starts', { name, value, at, n })
    .onConflict((c) =>
      c.columns(['name', 'value', 'at']).doUpdateSet((e) => ({ n: e('pwj_limit_starts.n', '+', e.ref('excluded.n')) })),
    )
    .execute();
  await db
    .deleteFrom('pwj_limit_starts')
    .where('name', '=', name)
    .where('value', '=', value)
    .where('at', '<=', now - windowOf({ per }))
    .execute();
}

/** A limit in one claim. */
interface Gate {
  limit: Limit;
  numbers: LimitNumbers;
  room: number;
  turn: number;
  /** Values of the jobs that were taken. */
  starts: Map<string, number>;
}

export class ClaimGates implements Gates {
  readonly #tx: Tx;
  readonly #now: number;
  readonly #opens: Signal<number>;
  readonly #gates = new Map<string, Gate>();
  /** Jobs of limits with `by` that may be taken. */
  readonly #offered = new Map<string, { value: string; turn: number }>();

  private constructor(tx: Tx, now: number, opens: Signal<number>) {
    this.#tx = tx;
    this.#now = now;
    this.#opens = opens;
  }

  /** Locks the limits of these types. `opens`: hears when a closed one opens by itself. */
  static async open(
    tx: Tx,
    limits: ReadonlyMap<string, Limit>,
    timeOf: TimeOf,
    opens: Signal<number>,
  ): Promise<ClaimGates> {
    const rows = await lockLimits(
      tx,
      [...limits.values()].map(({ name }) => name),
    );
    // Only now, since the locks may have taken a while.
    const now = await timeOf(tx);
    const gates = new ClaimGates(tx, now, opens);
    const types = await typesOf(tx, limits);
    for (const [name, { changed, closedUntil, turn }] of rows) {
      const limit = [...limits.values()].find((one) => one.name === name) as Limit;
      const numbers = numbersOf(limit, changed);
      const gate: Gate = { limit, numbers, room: Number.POSITIVE_INFINITY, turn, starts: new Map() };
      gates.#gates.set(name, gate);
      // What is ready has its place already.
      if (limit.by !== null) continue;
      if (closedUntil !== null && closedUntil > now) {
        gate.room = 0;
        opens.emit(closedUntil);
        continue;
      }
      if (numbers.concurrency !== null)
        gate.room = numbers.concurrency - (await running(tx, name, types.get(name) ?? []));
      if (numbers.rate === null) continue;
      const { started, first } = await startsOf(tx, name, '', now - windowOf(numbers.rate));
      const left = numbers.rate.n - started;
      if (left <= 0) opens.emit((first ?? now) + windowOf(numbers.rate));
      gate.room = Math.min(gate.room, left);
    }
    return gates;
  }

  roomOf({ name }: Limit): number {
    return this.#gates.get(name)?.room ?? Number.POSITIVE_INFINITY;
  }

  async inTurn(type: string, priority: number, most: number): Promise<string[]> {
    const rows = await this.#tx.db
      .selectFrom('pwj_limited')
      .select(['job_id as id', 'value', 'turn'])
      .where('type', '=', type)
      .where('place', '=', PLACE.ready)
      .where('priority', '=', priority)
      .orderBy('turn')
      .orderBy('job_id')
      .limit(most)
      .execute();
    for (const { id, value, turn } of rows) this.#offered.set(id, { value, turn });
    return rows.map(({ id }) => id);
  }

  async took({ name }: Limit, jobs: readonly ClaimedJob[]): Promise<void> {
    const gate = this.#gates.get(name);
    if (!gate || jobs.length === 0) return;
    gate.room -= jobs.length;
    const placed: string[] = [];
    for (const { id } of jobs) {
      const offered = this.#offered.get(id);
      const value = offered?.value ?? '';
      gate.starts.set(value, (gate.starts.get(value) ?? 0) + 1);
      if (!offered) continue;
      gate.turn = Math.max(gate.turn, offered.turn);
      placed.push(id);
    }
    if (placed.length > 0)
      await this.#tx.db.updateTable('pwj_limited').set({ place: PLACE.runs }).where('job_id', 'in', placed).execute();
  }

  async write(): Promise<void> {
    const { db } = this.#tx;
    for (const [name, { limit, numbers, turn, starts }] of this.#gates) {
      if (starts.size === 0) continue;
      if (limit.by !== null) await db.updateTable('pwj_limits').set({ turn }).where('name', '=', name).execute();
      const { rate } = numbers;
      if (rate === null) continue;
      // Others of its value may become ready then, although the process that added them is not this one.
      if (limit.by !== null) this.#opens.emit(this.#now + windowOf(rate));
      for (const [value, n] of starts) await logStarts(this.#tx, { name, value, n }, rate.per, this.#now);
    }
  }
}

/** All types of each limit. Each process writes down its own, so that each knows those of the others. */
async function typesOf({ db }: Tx, limits: ReadonlyMap<string, Limit>): Promise<Map<string, string[]>> {
  const names = [...new Set([...limits.values()].map(({ name }) => name))];
  const rows = await db.selectFrom('pwj_limit_types').select(['type', 'name']).where('name', 'in', names).execute();
  const known = new Map(rows.map(({ type, name }) => [type, name]));
  for (const [type, { name }] of limits) {
    if (known.get(type) === name) continue;
    known.set(type, name);
    await insertRow(db, 'pwj_limit_types', { type, name })
      .onConflict((c) => c.column('type').doUpdateSet({ name }))
      .execute();
  }
  const types = new Map<string, string[]>();
  for (const [type, name] of known) types.set(name, [...(types.get(name) ?? []), type]);
  return types;
}

/** Running rows of these types, and cancelled jobs whose attempt is still ending. */
async function running({ db }: Tx, name: string, types: readonly string[]): Promise<number> {
  const rows = await db
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('state', '=', STEPS.claim.to)
    .where('type', 'in', types)
    .executeTakeFirst();
  const ending = await db
    .selectFrom('pwj_limited')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('name', '=', name)
    .where('value', '=', '')
    .where('place', '=', PLACE.runs)
    .executeTakeFirst();
  return Number(rows?.n ?? 0) + Number(ending?.n ?? 0);
}
