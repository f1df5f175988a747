// The table of sums by minute, by quarter of an hour and of all time, summed over all processes. The same on SQLite, MySQL and MariaDB.
import { sql } from 'kysely';
import { HOUR, MINUTE, QUARTER, type Range } from './history.ts';
import { addReasons } from './reasons.ts';
import { keepSlowest } from './slowest.ts';
import { addSums, FIGURES, isGreatest, type Sums } from './sums.ts';
import type { Database, ReasonRow, SlowRow, SumRow } from './tables.ts';

const TABLE = 'pwj_metrics_minutes';
const FLUSHES = 'pwj_metrics_flushes';

/** The span of the rows with all-time sums. */
const EVER = 0;
/** The type of rows that sum up all types. */
export const ALL_TYPES = '';
/** Rows in one statement: SQLite allows 32,766 values. */
const ROWS = 100;
/** Rows that one pass removes, so that its transaction is short. */
const PASS = 500;

/** What happened to jobs of one type within one minute; `at` is its beginning, in milliseconds since 1970. */
export interface MinuteFigures {
  at: number;
  type: string;
  figures: Sums;
}

/** What one write stores. */
export interface Batch {
  /** So that it is stored only once. */
  id: string;
  minutes: readonly MinuteFigures[];
  reasons: readonly ReasonRow[];
  slowest: readonly SlowRow[];
}

export class MinutesTable {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Notes since when there are sums, if there are none yet. */
  async begin(now: number): Promise<void> {
    const row = { span: QUARTER, type: ALL_TYPES, at: now - (now % QUARTER) };
    const insert = this.#db.insertInto(TABLE).values(row);
    if ((await this.since()) === null) await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  async since(): Promise<number | null> {
    const first = this.#rows(QUARTER, ALL_TYPES, { from: 0, to: Number.MAX_SAFE_INTEGER }).select('at').orderBy('at');
    const row = await first.limit(1).executeTakeFirst();
    return row === undefined ? null : Number(row.at);
  }

  /**
   * Adds to the stored figures once, however often it is called with this batch: a row with its id is stored with them, which says whether
   * a commit whose answer was lost was made. Throws if the database cannot say.
   */
  async add({ id, minutes, reasons, slowest }: Batch, now: number): Promise<void> {
    try {
      await this.#db.transaction().execute(async (trx) => {
        await trx.insertInto(FLUSHES).values({ id, at: now }).execute();
        await addAll(trx, rowsOf(minutes));
        await addReasons(trx, reasons);
        await keepSlowest(trx, slowest);
      });
    } catch (error) {
      if (!(await this.isStored(id))) throw error;
    }
  }

  async isStored(id: string): Promise<boolean> {
    return (await this.#db.selectFrom(FLUSHES).select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  }

  /** Slot to figures, in slots of `step`. Reads the sums by the quarter of an hour if the step is in hours. */
  async slots(type: string, { from, to, step }: Range): Promise<Map<number, Sums>> {
    const rows = await this.#rows(step % HOUR === 0 ? QUARTER : MINUTE, type, { from, to })
      .select(sql<number>`at - at % ${sql.lit(step)}`.as('slot'))
      .select(summed)
      .groupBy('slot')
      .execute();
    return new Map(rows.map((row) => [Number(row.slot), figuresIn(row)]));
  }

  /** The figures of the whole range by type. */
  async byType(types: readonly string[], { from, to, step }: Range): Promise<Map<string, Sums>> {
    if (types.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom(TABLE)
      .where('span', '=', step % HOUR === 0 ? QUARTER : MINUTE)
      .where('type', 'in', types)
      .where('at', '>=', from)
      .where('at', '<', to)
      .select('type')
      .select(summed)
      .groupBy('type')
      .execute();
    return new Map(rows.map((row) => [String(row.type), figuresIn(row)]));
  }

  /** The sums from `from` to before `to`. */
  async sum(from: number, to: number): Promise<Sums> {
    const row = await this.#rows(QUARTER, ALL_TYPES, { from, to }).select(summed).executeTakeFirst();
    return figuresIn(row ?? {});
  }

  /** All-time sums by type, ordered by name, without the sum of all types. */
  async ever(): Promise<Map<string, Sums>> {
    const rows = await this.#ofTypes().selectAll().execute();
    return new Map(rows.map((row) => [String(row.type), figuresIn(row)]));
  }

  /** The types that have figures. */
  async types(): Promise<string[]> {
    return (await this.#ofTypes().select('type').execute()).map(({ type }) => String(type));
  }

  /** Removes what is older than the retention of minutes and of quarters, and flushes older than a day, one pass per iteration. */
  async *prune(retention: { minutes: number; quarters: number }, now: number): AsyncGenerator<void> {
    const before = now - retention.quarters;
    for (const type of [ALL_TYPES, ...(await this.types())])
      for (const [span, to] of [[MINUTE, now - retention.minutes] as const, [QUARTER, before] as const])
        for (let more = true; more; ) {
          const old = await this.#rows(span, type, { from: 0, to }).select('at').orderBy('at').limit(PASS).execute();
          more = old.length === PASS;
          const last = old.at(-1);
          if (!last) break;
          await this.#db
            .deleteFrom(TABLE)
            .where('span', '=', span)
            .where('type', '=', type)
            .where('at', '<=', Number(last.at))
            .execute();
          yield;
        }
    for (let more = true; more; ) {
      const flushes = this.#db
        .selectFrom(FLUSHES)
        .select('id')
        .where('at', '<', now - 24 * HOUR);
      const ids = (await flushes.limit(PASS).execute()).map(({ id }) => id);
      more = ids.length === PASS;
      if (ids.length === 0) break;
      await this.#db.deleteFrom(FLUSHES).where('id', 'in', ids).execute();
      yield;
    }
    await this.#db.deleteFrom('pwj_metrics_reasons').where('at', '<', before).execute();
    await this.#db.deleteFrom('pwj_metrics_slowest').where('ended_at', '<', before).execute();
  }

  #rows(span: number, type: string, { from, to }: Pick<Range, 'from' | 'to'>) {
    return this.#db
      .selectFrom(TABLE)
      .where('span', '=', span)
      .where('type', '=', type)
      .where('at', '>=', from)
      .where('at', '<', to);
  }

  #ofTypes() {
    return this.#db.selectFrom(TABLE).where('span', '=', EVER).where('type', '!=', ALL_TYPES).orderBy('type');
  }
}

/** Adds each minute to its quarter of an hour and to all time, too. Ordered by key, so that processes do not deadlock. */
function rowsOf(minutes: readonly MinuteFigures[]): SumRow[] {
  const rows = new Map<string, { span: number; type: string; at: number; figures: Sums }>();
  for (const { at, type, figures } of minutes) {
    for (const span of [MINUTE, QUARTER, EVER]) {
      const start = span === EVER ? 0 : span === MINUTE ? at : at - (at % span);
      const key = `${span} ${start} ${type}`;
      const row = rows.get(key) ?? { span, type, at: start, figures: {} };
      rows.set(key, row);
      addSums(row.figures, figures);
    }
  }
  return [...rows.values()]
    .sort((a, b) => a.span - b.span || (a.type < b.type ? -1 : a.type > b.type ? 1 : a.at - b.at))
    .map(({ figures, ...key }) => ({ ...key, ...figures }));
}

type Trx = Pick<Database, 'insertInto'>;

async function addAll(db: Trx, rows: readonly SumRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS) await addRows(db, rows.slice(from, from + ROWS));
}

/** Adds to existing rows, or keeps the maximum; figures that no row has are left alone. */
async function addRows(db: Trx, rows: readonly SumRow[]): Promise<void> {
  const used = FIGURES.filter((name) => rows.some((row) => row[name] !== undefined));
  const filled = rows.map((row) => ({ ...Object.fromEntries(used.map((name) => [name, null])), ...row }));
  const sums = used.map((name) => {
    const old = sql.ref(`${TABLE}.${name}`);
    const more = sql.ref(`excluded.${name}`);
    const both = isGreatest(name)
      ? sql`case when ${old} > ${more} then ${old} else ${more} end`
      : sql`${old} + ${more}`;
    return [name, sql`coalesce(${both}, ${old}, ${more})`];
  });
  const changes = Object.fromEntries(sums.length > 0 ? sums : [['at', sql.ref(`${TABLE}.at`)]]);
  await db
    .insertInto(TABLE)
    .values(filled)
    .onConflict((conflict) => conflict.columns(['span', 'type', 'at']).doUpdateSet(changes))
    .execute();
}

const summed = () =>
  FIGURES.map((name) => sql<number>`${sql.raw(isGreatest(name) ? 'max' : 'sum')}(${sql.ref(name)})`.as(name));

function figuresIn(row: object): Sums {
  const given = row as Record<string, unknown>;
  return Object.fromEntries(FIGURES.flatMap((name) => (given[name] == null ? [] : [[name, Number(given[name])]])));
}
