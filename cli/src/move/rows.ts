// Moving the rows of any table between two engines: pages in the order of the key, rows by key, inserts, counts, and a text form of each row that is the same on all engines.
import type { Database, Dialect } from '@phraseworks/jobs/internals/core';
import {
  type ExpressionBuilder,
  type ExpressionWrapper,
  type Kysely,
  type RawBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { Kind, Table } from './tables.ts';

export type Cell = string | number | bigint | Uint8Array | null;
/** In the order of the table's columns. */
export type Row = readonly Cell[];

/** Limits of one insert: smaller than the smallest packet that servers accept by default, and fewer values than SQLite's limit of placeholders. */
const MOST_BYTES = 1_000_000;
const MOST_VALUES = 30_000;

/** Tables of the core and of plugins, with names known only at run time. */
type AnyTables = Record<string, Record<string, Cell>>;
type Build = ExpressionBuilder<AnyTables, string>;
type Condition = ExpressionWrapper<AnyTables, string, SqlBool>;
const untyped = (db: Kysely<Database>): Kysely<AnyTables> => db as unknown as Kysely<AnyTables>;

/** The next rows after a key, at most `limit`. */
export async function page(
  db: Kysely<Database>,
  table: Table,
  after: readonly Cell[] | null,
  limit: number,
): Promise<Row[]> {
  let query = moved(db, table).select(namesOf(table)).limit(limit);
  if (after !== null) query = query.where((e) => beyond(e, table.key, after));
  for (const column of table.key) query = query.orderBy(column);
  return (await query.execute()).map((raw) => toRow(table, raw));
}

/** The rows that a move copies. */
function moved(db: Kysely<Database>, { name, key: [first = ''], kept }: Table) {
  const all = untyped(db).selectFrom(name);
  return kept.length === 0 ? all : all.where(first, 'not in', kept);
}

const namesOf = ({ columns }: Table): string[] => columns.map(({ name }) => name);

/** `a >= ? and (a > ? or (a = ? and ...))`: engines use the index for this, but not for a comparison of lists. */
function beyond(e: Build, [column = '', ...rest]: readonly string[], [value = null, ...values]: Row): Condition {
  if (rest.length === 0) return e(column, '>', value);
  const same = e.and([e(column, '=', value), beyond(e, rest, values)]);
  return e.and([e(column, '>=', value), e.or([e(column, '>', value), same])]);
}

/** The rows with these keys, in any order. If an engine treats two texts as equal, also rows with the other text. */
export async function rowsOf(side: Dialect, table: Table, keys: readonly Row[]): Promise<Row[]> {
  if (keys.length === 0) return [];
  const query = untyped(side.reader).selectFrom(table.name).select(namesOf(table));
  return (await query.where(oneOf(side, table, keys)).execute()).map((raw) => toRow(table, raw));
}

/** `db`: inside a transaction of that side. */
export async function remove(side: Dialect, table: Table, keys: readonly Row[], db: Kysely<Database>): Promise<void> {
  if (keys.length === 0) return;
  await untyped(db)
    .deleteFrom(table.name)
    .where(oneOf(side, table, keys))
    .execute();
}

/** A list, because servers need three times as long for `(a = ? and b = ?) or ...`. */
function oneOf({ search }: Dialect, { key }: Table, keys: readonly Row[]): RawBuilder<SqlBool> {
  const columns = sql.join(key.map((name) => sql.ref(name)));
  if (key.length === 1) return sql`${columns} in (${sql.join(keys.flat())})`;
  const tuples = sql.join(keys.map((values) => sql`(${sql.join(values)})`));
  return sql`(${columns}) in (${search.listOf(tuples)})`;
}

/** In statements of at most 1 MB; a larger row has its own. */
export async function insert(db: Kysely<Database>, table: Table, rows: readonly Row[]): Promise<void> {
  const names = namesOf(table);
  for (const part of portions(rows, Math.max(1, Math.floor(MOST_VALUES / names.length)))) {
    const values = part.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null])));
    await untyped(db).insertInto(table.name).values(values).execute();
  }
}

/** Splits rows so that each part fits into one statement. Pure. */
export function portions(rows: readonly Row[], most: number, bytes = MOST_BYTES): Row[][] {
  const parts: Row[][] = [];
  let part: Row[] = [];
  let size = 0;
  for (const row of rows) {
    const own = weight(row);
    if (part.length > 0 && (part.length >= most || size + own > bytes)) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(row);
    size += own;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

export async function count(db: Kysely<Database>, table: Table): Promise<number> {
  const row = await moved(db, table)
    .select((e) => e.fn.countAll<number | string>().as('n'))
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

export const keyOf = (table: Table, row: Row): Cell[] =>
  table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)] ?? null);

const toRow = (table: Table, raw: Record<string, unknown>): Row =>
  table.columns.map(({ name, kind }) => toCell(raw[name], kind));

/** A driver's value in the form that every engine accepts. */
export function toCell(value: unknown, kind: Kind): Cell {
  if (value === null || value === undefined) return null;
  if (kind === 'integer') return integer(value);
  if (kind === 'number' && typeof value === 'string') return Number(value);
  if (kind === 'text' && value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value as Cell;
}

/** Drivers may return large numbers as text. */
function integer(value: unknown): Cell {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' && typeof value !== 'bigint') return value as Cell;
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) return value;
  const exact = BigInt(value);
  const plain = Number(exact);
  return Number.isSafeInteger(plain) ? plain : exact;
}

/** Two rows are equal if and only if their texts are. */
export const rowText = (row: Row): string => `${row.map(cellText).join('')}\n`;

function cellText(cell: Cell): string {
  if (cell === null) return '-;';
  if (typeof cell === 'string') return `t${cell.length}:${cell};`;
  if (cell instanceof Uint8Array) return `b${Buffer.from(cell).toString('hex')};`;
  // Engines treat -0 and 0 as the same number.
  return `n${cell === 0 ? '0' : String(cell)};`;
}

/** The approximate size of the row in a statement, in bytes. */
export function weight(row: Row): number {
  let bytes = 0;
  for (const cell of row) {
    if (typeof cell === 'string') bytes += Buffer.byteLength(cell) + 3;
    else if (cell instanceof Uint8Array) bytes += 2 * cell.byteLength + 3;
    else bytes += 16;
  }
  return bytes;
}
