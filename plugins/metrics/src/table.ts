// The table of figures by minute, by hour and of all time, summed over all processes. The same on SQLite, MySQL and MariaDB.
import type { Migration, PluginDatabase } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { addFigures, FIGURES, type Figures, isGreatest } from './figures.ts';
import { HOUR, MINUTE, type Range } from './history.ts';
import { scheduleTable } from './schedules.ts';

const TABLE = 'pwj_metrics_minutes';
const FLUSHES = 'pwj_metrics_flushes';
const KEY = ['span', 'type', 'at'];

/** The span of the rows with all-time totals. */
const EVER = 0;
/** The type of rows that sum up all types. */
export const ALL_TYPES = '';
/** Rows in one statement: SQLite allows 32,766 values. */
const ROWS = 100;
/** Rows that one pass removes, so that its transaction is short. */
const PASS = 500;

/** What happened to jobs of one type within one minute; `at` is its beginning, or the time of a stop, in milliseconds since 1970. */
export interface MinuteFigures {
  at: number;
  type: string;
  figures: Figures;
}

export const migrations: Record<string, Migration> = {
  '001_tables': {
    async up(db) {
      let table = db.schema
        .createTable(TABLE)
        .ifNotExists()
        .addColumn('span', 'bigint', (column) => column.notNull())
        .addColumn('type', 'varchar(191)', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull());
      // Null instead of zero, which takes no space in the row.
      for (const name of FIGURES) table = table.addColumn(name, 'bigint');
      await table.addPrimaryKeyConstraint(`${TABLE}_key`, KEY as never).execute();
      await db.schema
        .createTable(FLUSHES)
        .ifNotExists()
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await scheduleTable.up(db);
    },
    async down(db) {
      await scheduleTable.down(db);
      await db.schema.dropTable(FLUSHES).ifExists().execute();
      await db.schema.dropTable(TABLE).ifExists().execute();
    },
  },
};

/** Its columns are the key and `FIGURES`. */
type Row = Record<string, number | string | null>;
type Tables = {
  [TABLE]: Row;
  [FLUSHES]: { id: string; at: number };
};

export class MinutesTable {
  readonly #db: PluginDatabase<Tables>;

  constructor(db: PluginDatabase) {
    this.#db = db.withTables<Tables>();
  }

  /**
   * Adds to the stored figures once, however often it is called with this `id`: a row with the id is stored with them, which says whether
   * a commit whose answer was lost was made. Throws if the database cannot say.
   */
  async add(id: string, minutes: readonly MinuteFigures[], now: number): Promise<void> {
    try {
      await this.#db.transaction().execute(async (trx) => {
        await trx.insertInto(FLUSHES).values({ id, at: now }).execute();
        await addAll(trx, rowsOf(minutes));
      });
    } catch (error) {
      if (!(await this.isStored(id))) throw error;
    }
  }

  async isStored(id: string): Promise<boolean> {
    return (await this.#db.selectFrom(FLUSHES).select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  }

  /** Slot to figures, in slots of `step`. Reads the figures by the hour if the step is in hours. */
  async slots(type: string, { from, to, step }: Range): Promise<Map<number, Figures>> {
    const rows = await this.#rows(step % HOUR === 0 ? HOUR : MINUTE, type, { from, to })
      .select(sql<number>`at - at % ${sql.lit(step)}`.as('slot'))
      .select(summed)
      .groupBy('slot')
      .execute();
    return new Map(rows.map((row) => [Number(row.slot), figuresIn(row)]));
  }

  /** The figures of the whole range by type. */
  async byType(types: readonly string[], { from, to, step }: Range): Promise<Map<string, Figures>> {
    if (types.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom(TABLE)
      .where('span', '=', step % HOUR === 0 ? HOUR : MINUTE)
      .where('type', 'in', types)
      .where('at', '>=', from)
      .where('at', '<', to)
      .select('type')
      .select(summed)
      .groupBy('type')
      .execute();
    return new Map(rows.map((row) => [String(row.type), figuresIn(row)]));
  }

  /** The backlog at the end of each minute in which it was recorded, oldest first, from the last one before the range on. */
  async depths(type: string, { from, to }: Range): Promise<{ at: number; pending: number }[]> {
    const known = (range: Pick<Range, 'from' | 'to'>) =>
      this.#rows(MINUTE, type, range).where('pending', 'is not', null).select(['at', 'pending']);
    const before = await known({ from: 0, to: from }).orderBy('at', 'desc').limit(1).execute();
    const rows = await known({ from, to }).orderBy('at').execute();
    return [...before, ...rows].map(({ at, pending }) => ({ at: Number(at), pending: Number(pending) }));
  }

  /** All-time totals by type, ordered by name, without the sum of all types. */
  async ever(): Promise<Map<string, Figures>> {
    const rows = await this.#ofTypes().selectAll().execute();
    return new Map(rows.map((row) => [String(row.type), figuresIn(row)]));
  }

  /** The types that have figures. */
  async types(): Promise<string[]> {
    return (await this.#ofTypes().select('type').execute()).map(({ type }) => String(type));
  }

  /** Removes older minutes and hours, and flushes older than a day, one pass per iteration. */
  async *prune(before: number, now: number): AsyncGenerator<void> {
    for (const type of [ALL_TYPES, ...(await this.types())])
      for (const span of [MINUTE, HOUR])
        for (let more = true; more; ) {
          const old = await this.#rows(span, type, { from: 0, to: before })
            .select('at')
            .orderBy('at')
            .limit(PASS)
            .execute();
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

/** Adds each minute to its hour and to all time, too. Ordered by key, so that processes do not deadlock. */
function rowsOf(minutes: readonly MinuteFigures[]): Row[] {
  const rows = new Map<string, { span: number; type: string; at: number; figures: Figures }>();
  for (const { at, type, figures } of minutes) {
    for (const span of [MINUTE, HOUR, EVER]) {
      const start = span === EVER ? 0 : span === MINUTE ? at : at - (at % span);
      const key = `${span} ${start} ${type}`;
      const row = rows.get(key) ?? { span, type, at: start, figures: {} };
      rows.set(key, row);
      addFigures(row.figures, figures);
    }
  }
  return [...rows.values()]
    .sort((a, b) => a.span - b.span || (a.type < b.type ? -1 : a.type > b.type ? 1 : a.at - b.at))
    .map(({ figures, ...key }) => ({ ...key, ...figures }));
}

async function addAll(db: PluginDatabase<Tables>, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS) await addRows(db, rows.slice(from, from + ROWS));
}

/** Adds to existing rows, or keeps the maximum; figures that no row has are left alone. */
async function addRows(db: PluginDatabase<Tables>, rows: readonly Row[]): Promise<void> {
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
    .onConflict((conflict) => conflict.columns(KEY).doUpdateSet(changes))
    .execute();
}

const summed = () =>
  FIGURES.map((name) => sql<number>`${sql.raw(isGreatest(name) ? 'max' : 'sum')}(${sql.ref(name)})`.as(name));

function figuresIn(row: object): Figures {
  const given = row as Record<string, unknown>;
  return Object.fromEntries(FIGURES.flatMap((name) => (given[name] == null ? [] : [[name, Number(given[name])]])));
}
