// The statements of a move, for any table: pages in the order of its key, rows by their keys, inserts of many rows, and counts.
import type { Kysely } from 'kysely';
import type { Dialect, TableSql } from '../dialect.ts';
import type { Database } from '../schema.ts';
import { type Cell, type Row, toCell, weight } from './cells.ts';
import { ask, type Table } from './table.ts';

/** Of one insert: below the smallest packet that servers accept by default, and below SQLite's limit of placeholders. */
const MOST_BYTES = 1_000_000;
const MOST_VALUES = 30_000;

/** One database, for the statements below. */
export interface Place {
  sql: TableSql;
  db: Kysely<Database>;
}

/** `db`: inside a transaction of that side. */
export const placeOf = ({ tables, reader }: Pick<Dialect, 'tables' | 'reader'>, db = reader): Place => ({
  sql: tables,
  db,
});

const list = ({ quote }: TableSql, names: readonly string[]): string => names.map(quote).join(', ');
const marks = (n: number): string => Array.from({ length: n }, () => '?').join(', ');

/** The condition that leaves out the rows that stay. */
function others(sql: TableSql, { key, kept }: Table): { text: string; values: readonly string[] } {
  const [first = ''] = key;
  if (kept.length === 0) return { text: '1 = 1', values: [] };
  return { text: `${sql.quote(first)} not in (${marks(kept.length)})`, values: kept };
}

/** `a >= ? and (a > ? or (a = ? and ...))`: both engines find the place in the index by it, which they do not by a comparison of lists. */
function beyond(sql: TableSql, key: readonly string[], after: readonly Cell[]): { text: string; values: Cell[] } {
  const [column = '', ...rest] = key;
  const [value = null, ...values] = after;
  const name = sql.quote(column);
  if (rest.length === 0) return { text: `${name} > ?`, values: [value] };
  const inner = beyond(sql, rest, values);
  return {
    text: `(${name} >= ? and (${name} > ? or (${name} = ? and ${inner.text})))`,
    values: [value, value, value, ...inner.values],
  };
}

const toRow = (table: Table, raw: Record<string, unknown>): Row =>
  table.columns.map(({ name, kind }) => toCell(raw[name], kind));

/** The next rows after a key, at most `limit`. */
export async function page(
  { sql, db }: Place,
  table: Table,
  after: readonly Cell[] | null,
  limit: number,
): Promise<Row[]> {
  const columns = list(
    sql,
    table.columns.map(({ name }) => name),
  );
  const out = others(sql, table);
  const from = after === null ? { text: '1 = 1', values: [] } : beyond(sql, table.key, after);
  const found = await ask<Record<string, unknown>>(
    db,
    `select ${columns} from ${sql.quote(table.name)} where ${out.text} and ${from.text} order by ${list(sql, table.key)} limit ${limit}`,
    [...out.values, ...from.values],
  );
  return found.map((raw) => toRow(table, raw));
}

/** The condition that names rows by their keys. */
function oneOf(sql: TableSql, table: Table, keys: readonly (readonly Cell[])[]): { text: string; values: Cell[] } {
  const names = list(sql, table.key);
  if (table.key.length === 1) return { text: `${names} in (${marks(keys.length)})`, values: keys.flat() };
  const each = keys.map(() => `(${marks(table.key.length)})`).join(', ');
  return { text: `(${names}) in (${sql.tuples(each)})`, values: keys.flat() };
}

/** The rows with these keys, in no order; where an engine takes two texts for one, also others. */
export async function rowsOf({ sql, db }: Place, table: Table, keys: readonly (readonly Cell[])[]): Promise<Row[]> {
  if (keys.length === 0) return [];
  const columns = list(
    sql,
    table.columns.map(({ name }) => name),
  );
  const { text, values } = oneOf(sql, table, keys);
  const found = await ask<Record<string, unknown>>(
    db,
    `select ${columns} from ${sql.quote(table.name)} where ${text}`,
    values,
  );
  return found.map((raw) => toRow(table, raw));
}

export async function remove({ sql, db }: Place, table: Table, keys: readonly (readonly Cell[])[]): Promise<void> {
  if (keys.length === 0) return;
  const { text, values } = oneOf(sql, table, keys);
  await ask(db, `delete from ${sql.quote(table.name)} where ${text}`, values);
}

/** In statements of 1 MB at most; a row that is larger goes alone. */
export async function insert({ sql, db }: Place, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = list(
    sql,
    table.columns.map(({ name }) => name),
  );
  const one = `(${marks(table.columns.length)})`;
  for (const part of portions(rows, Math.max(1, Math.floor(MOST_VALUES / table.columns.length)))) {
    const each = Array.from({ length: part.length }, () => one).join(', ');
    await ask(db, `insert into ${sql.quote(table.name)} (${columns}) values ${each}`, part.flat());
  }
}

/** Cuts rows into portions that one statement can hold. */
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

export async function count({ sql, db }: Place, table: Table): Promise<number> {
  const out = others(sql, table);
  const [row] = await ask<{ n: number | string }>(
    db,
    `select count(*) as n from ${sql.quote(table.name)} where ${out.text}`,
    out.values,
  );
  return Number(row?.n ?? 0);
}

export const keyOf = (table: Table, row: Row): Cell[] =>
  table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)] ?? null);
