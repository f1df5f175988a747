// Moves everything into an empty database: one transaction of the target copies each table, reads it back and compares. If anything differs nothing is stored.
import { createHash } from 'node:crypto';
import { type Clock, type Identity, isDead, messageOf, type Random } from '@phraseworks/jobs/internals/base';
import {
  type Database,
  type Dialect,
  instanceOf,
  migrateScope,
  NodeStore,
  OWN_KEYS,
  openDatabase,
} from '@phraseworks/jobs/internals/core';
import { JobsError, type Migration } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';

/** The migrations of a plugin. Throws with the reason if its code is missing. */
export type StepsOf = (plugin: string) => Promise<Readonly<Record<string, Migration>>>;

export interface Around {
  clock: Clock;
  random: Random;
  /** This process, to recognise dead processes of the same machine. */
  self: Identity;
  /** A process without a heartbeat for this long is dead, in milliseconds. */
  leaseDuration: number;
}

export interface Moved {
  table: string;
  rows: number;
  /** The sum of the SHA-256 of all rows, in hexadecimal: it is the same on both sides, in whatever order they sort. */
  sum: string;
}

type Cell = string | number | bigint | Uint8Array | null;
type Row = Record<string, Cell>;
/** Tables of the core and of plugins, with names known only at run time. */
type Tables = Kysely<Record<string, Row>>;

interface Table {
  name: string;
  columns: readonly { name: string; isWhole: boolean }[];
  /** The columns of the primary key, in its order. */
  key: readonly string[];
}

/** These belong to their database. */
const STAY: readonly string[] = ['pwj_lock', 'pwj_migrations', 'pwj_nodes'];
const PLUGIN = 'plugin:';
/** Rows of a page, at first and at most, and about how many bytes it may have. */
const FIRST_ROWS = 25;
const MOST_ROWS = 500;
const PAGE_BYTES = 4_000_000;
/** Limits of one insert: the smallest packet that servers accept by default, and SQLite's placeholders. */
const INSERT_BYTES = 1_000_000;
const MOST_VALUES = 30_000;

const refused = (message: string, cause?: unknown): JobsError => new JobsError('INVALID_STATE', message, { cause });
const untyped = (db: Kysely<Database>): Tables => db as unknown as Tables;

/** Throws `INVALID_STATE` with what to do if the sides are in use, the target has rows, or a row does not arrive unchanged. */
export async function move(
  source: Dialect,
  target: Dialect,
  stepsOf: StepsOf,
  around: Around,
  report: (table: Moved) => void = () => {},
): Promise<Moved[]> {
  await refuseLive(source, 'source', around);
  await refuseLive(target, 'target', around);
  if ((await instanceOf(source.reader)) === (await instanceOf(target.reader)))
    throw refused('Both sides are the same database: name another one.');
  const tables: Table[] = [];
  for (const name of await target.types.tables(target.reader))
    if (!STAY.includes(name)) tables.push(await describe(source, name));
  for (const table of await pluginTables(source, target, stepsOf, around))
    if (!tables.some(({ name }) => name === table.name)) tables.push(table);
  const newest = await newestEvent(source);
  return target.transaction(async ({ db }) => {
    const moved: Moved[] = [];
    for (const table of tables) await refuseRows(untyped(db), table.name);
    for (const table of tables) {
      const there = await copy(untyped(source.reader), untyped(db), table);
      const here = await sumOf(untyped(db), table);
      if (here.rows !== there.rows || here.sum !== there.sum)
        throw refused(
          `The rows of the table ${table.name} did not arrive unchanged: ${there.rows} in the source, ${here.rows} in the target. Nothing was moved; keep using the source.`,
        );
      moved.push(there);
      report(there);
    }
    await refuseLive(source, 'source', around);
    if ((await newestEvent(source)) !== newest)
      throw refused('The source changed meanwhile: stop what writes to it, then move again. Nothing was moved.');
    return moved;
  });
}

async function newestEvent({ reader }: Dialect): Promise<number> {
  const row = await reader
    .selectFrom('pwj_events')
    .select((e) => e.fn.max('seq').as('seq'))
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

/** Throws `INVALID_STATE` that names the processes which work on this side. */
async function refuseLive(side: Dialect, which: string, { self, leaseDuration, clock }: Around): Promise<void> {
  // Heartbeats carry the server's time, whatever this machine's clock says.
  const now = (await side.serverTime?.()) ?? clock.now();
  const live: string[] = [];
  for (const node of await new NodeStore({ dialect: side }).all()) {
    // A process of this machine that is only paused has no heartbeat either, and would go on.
    const here = self.boot !== '' && node.host === self.host && node.boot === self.boot;
    const silent = node.heartbeatAt < now - leaseDuration;
    if (silent && !(here && node.namespace === self.namespace)) continue;
    if (!isDead(node, self)) live.push(`${node.id} (process ${node.pid})`);
  }
  if (live.length === 0) return;
  throw refused(
    `Processes work on the ${which}: ${live.join(', ')}. Stop them, then move. A process that was killed counts as gone after ${Math.ceil(leaseDuration / 1_000)} s.`,
  );
}

/** The tables of plugins, in the order in which their migrations create them; afterwards they are in the target, too. */
async function pluginTables(source: Dialect, target: Dialect, stepsOf: StepsOf, around: Around): Promise<Table[]> {
  const { clock, random } = around;
  const ran = await source.reader
    .selectFrom('pwj_migrations')
    .selectAll()
    .where('scope', 'like', `${PLUGIN}%`)
    .execute();
  const empty = await openDatabase('sqlite::memory:', clock, random);
  const made = async (): Promise<string[]> => {
    const names = sql<{
      name: string;
    }>`select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid`;
    return (await names.execute(empty.db)).rows.map(({ name }) => name);
  };
  try {
    const before = await made();
    for (const scope of [...new Set(ran.map((row) => row.scope))].sort()) {
      const name = scope.slice(PLUGIN.length);
      const steps = await stepsOf(name).catch((error: unknown) => {
        throw refused(
          `The tables of the plugin ${name} cannot be moved: ${messageOf(error)}. Or remove them first: phraseworks-jobs plugins purge ${name}`,
          error,
        );
      });
      const names = ran.filter((row) => row.scope === scope).map((row) => row.name);
      const unknown = names.find((step) => !(step in steps));
      if (unknown !== undefined)
        throw refused(
          `The plugin ${name} does not have the step ${unknown} that made its tables: install a newer version.`,
        );
      const own = Object.entries(steps).filter(([step]) => names.includes(step));
      for (const side of [empty, target])
        await migrateScope(
          side,
          scope,
          Object.fromEntries(
            own.map(([step, { up }]) => [step, (db) => up(db as unknown as Parameters<typeof up>[0])]),
          ),
          clock.now(),
        );
    }
    const names = (await made()).filter((name) => !before.includes(name));
    return await Promise.all(names.map((name) => describe(source, name)));
  } finally {
    await empty.close();
  }
}

async function describe({ types, reader }: Dialect, name: string): Promise<Table> {
  const facts = await types.columns(reader, name);
  const key = facts.filter(({ place }) => Number(place) > 0).sort((a, b) => Number(a.place) - Number(b.place));
  if (key.length === 0)
    throw refused(
      `The table ${name} cannot be moved: ${facts.length === 0 ? 'the source does not have it' : 'it has no primary key'}.`,
    );
  const columns = facts.map((fact) => ({ name: fact.name, isWhole: /int/i.test(fact.type) }));
  return { name, columns: columns.sort((a, b) => (a.name < b.name ? -1 : 1)), key: key.map((fact) => fact.name) };
}

/** The rows that move: each database keeps its own name. */
const rowsIn = (db: Tables, name: string) => {
  const all = db.selectFrom(name);
  return name === 'pwj_meta' ? all.where('key', 'not in', OWN_KEYS) : all;
};

async function refuseRows(db: Tables, name: string): Promise<void> {
  const rows = await rowsIn(db, name).select(sql<number>`1`.as('one')).limit(1).execute();
  if (rows.length > 0) throw refused(`The target is not empty: its table ${name} has rows. Name an empty database.`);
}

/** All rows in pages along the key. */
async function* pagesOf(db: Tables, table: Table): AsyncGenerator<Row[]> {
  let limit = FIRST_ROWS;
  let last: Row | undefined;
  for (;;) {
    const { key } = table;
    let query = rowsIn(db, table.name).selectAll().limit(limit);
    if (last) query = query.where(beyond(key, last));
    for (const column of key) query = query.orderBy(column);
    const rows = (await query.execute()).map((row) => plain(table, row));
    if (rows.length > 0) yield rows;
    if (rows.length < limit) return;
    last = rows.at(-1);
    const bytes = rows.reduce((sum, row) => sum + weight(row), 0);
    limit = Math.max(1, Math.min(MOST_ROWS, Math.floor(PAGE_BYTES / (bytes / rows.length))));
  }
}

/** `a >= ? and (a > ? or (a = ? and ...))`: engines use the index for this, but not for a comparison of lists. */
function beyond([column = '', ...rest]: readonly string[], row: Row): ReturnType<typeof sql<boolean>> {
  const [name, value] = [sql.ref(column), row[column]];
  if (rest.length === 0) return sql<boolean>`${name} > ${value}`;
  return sql<boolean>`${name} >= ${value} and (${name} > ${value} or (${name} = ${value} and ${beyond(rest, row)}))`;
}

/** The values in the form that every engine accepts. Throws if one cannot be moved unchanged. */
function plain({ name, columns }: Table, row: Row): Row {
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column.name] as Cell | boolean | object;
      if (typeof value === 'boolean') return [column.name, Number(value)];
      if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array))
        throw refused(
          `The table ${name} cannot be moved: its column ${column.name} holds dates or JSON, which engines keep differently.`,
        );
      // JavaScript has already changed a larger one.
      if (column.isWhole && typeof value === 'number' && !Number.isSafeInteger(value))
        throw refused(
          `The table ${name} cannot be moved: its column ${column.name} holds whole numbers beyond ${Number.MAX_SAFE_INTEGER}.`,
        );
      return [column.name, value];
    }),
  );
}

function weight(row: Row): number {
  const size = (cell: Cell): number =>
    typeof cell === 'string' ? Buffer.byteLength(cell) : cell instanceof Uint8Array ? 2 * cell.byteLength : 16;
  return Object.values(row).reduce((sum: number, cell) => sum + size(cell), 1);
}

/** Adds up rows: the sum does not depend on their order, in which engines differ. */
class Sum {
  rows = 0;
  #sum = 0n;

  add({ columns }: Table, row: Row): void {
    const hash = createHash('sha256');
    for (const { name } of columns) {
      const cell = row[name] ?? null;
      if (cell === null) hash.update('-;');
      else if (cell instanceof Uint8Array) hash.update(`b${cell.byteLength}:`).update(cell);
      // Engines treat -0 and 0 as the same number.
      else hash.update(typeof cell === 'string' ? `t${cell.length}:${cell}` : `n${cell === 0 ? 0 : cell};`);
    }
    this.rows += 1;
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${hash.digest('hex')}`));
  }

  of(table: string): Moved {
    return { table, rows: this.rows, sum: this.#sum.toString(16).padStart(64, '0') };
  }
}

async function sumOf(db: Tables, table: Table): Promise<Moved> {
  const sum = new Sum();
  for await (const rows of pagesOf(db, table)) for (const row of rows) sum.add(table, row);
  return sum.of(table.name);
}

/** Copies one table, and says what the source has. */
async function copy(source: Tables, target: Tables, table: Table): Promise<Moved> {
  const sum = new Sum();
  const most = Math.floor(MOST_VALUES / table.columns.length);
  for await (const rows of pagesOf(source, table)) {
    let [part, bytes]: [Row[], number] = [[], 0];
    for (const [at, row] of rows.entries()) {
      sum.add(table, row);
      part.push(row);
      bytes += weight(row);
      const next = rows[at + 1];
      if (next && part.length < most && bytes + weight(next) <= INSERT_BYTES) continue;
      await store(target, table, part);
      [part, bytes] = [[], 0];
    }
  }
  return sum.of(table.name);
}

/** The engine's own message names the column. Losing the server is no fault of the row, and may be tried again. */
async function store(target: Tables, table: Table, rows: Row[]): Promise<void> {
  try {
    await target.insertInto(table.name).values(rows).execute();
  } catch (error) {
    if (error instanceof JobsError || !/constraint|too long|incorrect|out of range|bind/i.test(messageOf(error)))
      throw error;
    throw refused(
      `A row of the table ${table.name} cannot be stored in the target: ${messageOf(error)}. Nothing was moved.`,
      error,
    );
  }
}
