// The statements of a move, for any table: pages in the order of its key, rows by their keys, inserts of many rows, and counts.
import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Database } from '../schema.ts';
import { type Cell, type Row, toCell, weight } from './cells.ts';
import { ask, type Table } from './table.ts';

/** Of one insert: below the smallest packet that servers accept by default, and below SQLite's limit of placeholders. */
const MOST_BYTES = 1_000_000;
const MOST_VALUES = 30_000;

export type Engine = Dialect['name'];

/** One database, for the statements below. */
export interface Place {
  engine: Engine;
  db: Kysely<Database>;
}

export const placeOf = ({ name, reader }: Dialect): Place => ({ engine: name, db: reader });

const quote = (engine: Engine, name: string): string =>
  engine === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
const list = (engine: Engine, names: readonly string[]): string => names.map((name) => quote(engine, name)).join(', ');
const marks = (n: number): string => Array.from({ length: n }, () => '?').join(', ');

/** The condition that leaves out the rows that stay. */
function others(engine: Engine, { key, kept }: Table): { text: string; values: readonly string[] } {
  const [first = ''] = key;
  if (kept.length === 0) return { text: '1 = 1', values: [] };
  return { text: `${quote(engine, first)} not in (${marks(kept.length)})`, values: kept };
}

/** `a >= ? and (a > ? or (a = ? and ...))`: both engines find the place in the index by it, which they do not by a comparison of lists. */
function beyond(engine: Engine, key: readonly string[], after: readonly Cell[]): { text: string; values: Cell[] } {
  const [column = '', ...rest] = key;
  const [value = null, ...values] = after;
  const name = quote(engine, column);
  if (rest.length === 0) return { text: `${name} > ?`, values: [value] };
  const inner = beyond(engine, rest, values);
  return {
    text: `(${name} >= ? and (${name} > ? or (${name} = ? and ${inner.text})))`,
    values: [value, value, value, ...inner.values],
  };
}

const toRow = (table: Table, raw: Record<string, unknown>): Row =>
  table.columns.map(({ name, kind }) => toCell(raw[name], kind));

/** The next rows after a key, at most `limit`. */
export async function page(
  { engine, db }: Place,
  table: Table,
  after: readonly Cell[] | null,
  limit: number,
): Promise<Row[]> {
  const columns = list(
    engine,
    table.columns.map(({ name }) => name),
  );
  const out = others(engine, table);
  const from = after === null ? { text: '1 = 1', values: [] } : beyond(engine, table.key, after);
  const found = await ask<Record<string, unknown>>(
    db,
    `select ${columns} from ${quote(engine, table.name)} where ${out.text} and ${from.text} order by ${list(engine, table.key)} limit ${limit}`,
    [...out.values, ...from.values],
  );
  return found.map((raw) => toRow(table, raw));
}

/** The condition that names rows by their keys. */
function oneOf(engine: Engine, table: Table, keys: readonly (readonly Cell[])[]): { text: string; values: Cell[] } {
  const names = list(engine, table.key);
  if (table.key.length === 1) return { text: `${names} in (${marks(keys.length)})`, values: keys.flat() };
  const each = keys.map(() => `(${marks(table.key.length)})`).join(', ');
  return { text: `(${names}) in (${engine === 'sqlite' ? `values ${each}` : each})`, values: keys.flat() };
}

/** The rows with these keys, in no order; where an engine takes two texts for one, also others. */
export async function rowsOf({ engine, db }: Place, table: Table, keys: readonly (readonly Cell[])[]): Promise<Row[]> {
  if (keys.length === 0) return [];
  const columns = list(
    engine,
    table.columns.map(({ name }) => name),
  );
  const { text, values } = oneOf(engine, table, keys);
  const found = await ask<Record<string, unknown>>(
    db,
    `select ${columns} from ${quote(engine, table.name)} where ${text}`,
    values,
  );
  return found.map((raw) => toRow(table, raw));
}

export async function remove({ engine, db }: Place, table: Table, keys: readonly (readonly Cell[])[]): Promise<void> {
  if (keys.length === 0) return;
  const { text, values } = oneOf(engine, table, keys);
  await ask(db, `delete from ${quote(engine, table.name)} where ${text}`, values);
}

/** In statements of 1 MB at most; a row that is larger goes alone. */
export async function insert({ engine, db }: Place, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = list(
    engine,
    table.columns.map(({ name }) => name),
  );
  const one = `(${marks(table.columns.length)})`;
  for (const part of portions(rows, Math.max(1, Math.floor(MOST_VALUES / table.columns.length)))) {
    const each = Array.from({ length: part.length }, () => one).join(', ');
    await ask(db, `insert into ${quote(engine, table.name)} (${columns}) values ${each}`, part.flat());
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

export async function count({ engine, db }: Place, table: Table): Promise<number> {
  const out = others(engine, table);
  const [row] = await ask<{ n: number | string }>(
    db,
    `select count(*) as n from ${quote(engine, table.name)} where ${out.text}`,
    out.values,
  );
  return Number(row?.n ?? 0);
}

export const keyOf = (table: Table, row: Row): Cell[] =>
  table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)] ?? null);
