// Compares one table of both sides row by row, in the order of the key, and computes a checksum of each side.
import { createHash } from 'node:crypto';
import type { Dialect } from '@phraseworks/jobs/internals/core';
import { FIRST_ROWS, nextLimit, type Sides } from './copy.ts';
import { type Cell, count, keyOf, page, type Row, rowsOf, rowText, weight } from './rows.ts';
import type { Table } from './tables.ts';

export interface Difference {
  /** Of the first row that differs. */
  key: readonly Cell[];
  what: 'is missing in the target' | 'is not the same in the target' | 'is in the target only';
}

export interface Proof {
  table: string;
  /** Rows of each side, and rows of the source read by key: all equal unless the source is still changing. */
  rows: { source: number; target: number; read: number };
  /** SHA-256 over all rows in the order of the key. */
  checksum: { source: string; target: string };
  difference: Difference | null;
}

export const isEqual = ({ difference, rows, checksum }: Proof): boolean =>
  difference === null &&
  rows.source === rows.target &&
  rows.source === rows.read &&
  checksum.source === checksum.target;

/** Reads all rows of both sides: those of the target by key, so that its sort order does not matter. `report` gets the rows compared so far. */
export async function verifyTable(
  { source, target }: Sides,
  table: Table,
  report: (rows: number) => void = () => {},
): Promise<Proof> {
  const hashes = { source: createHash('sha256'), target: createHash('sha256') };
  let rows = 0;
  let difference: Difference | null = null;
  for await (const { keys, texts, found } of pairs(source, target, table)) {
    for (const [i, key] of keys.entries()) {
      const own = texts[i] ?? '';
      const other = found.get(rowText(key));
      hashes.source.update(own);
      if (other !== undefined) hashes.target.update(other);
      if (other !== own)
        difference ??= {
          key,
          what: other === undefined ? 'is missing in the target' : 'is not the same in the target',
        };
    }
    rows += keys.length;
    report(rows);
  }
  const there = await count(target.reader, table);
  const here = await count(source.reader, table);
  difference ??= there === rows ? null : await onlyThere(source, target, table);
  return {
    table: table.name,
    rows: { source: here, target: there, read: rows },
    checksum: { source: hashes.source.digest('hex'), target: hashes.target.digest('hex') },
    difference,
  };
}

interface Pair {
  keys: Cell[][];
  texts: string[];
  /** Rows of the other side, by the text of their key. */
  found: Map<string, string>;
}

/** All rows of `one` in pages, each with the rows of `other` that have the same keys. */
async function* pairs(one: Dialect, other: Dialect, table: Table): AsyncGenerator<Pair> {
  let after: Cell[] | null = null;
  let limit = FIRST_ROWS;
  for (;;) {
    const rows = await page(one.reader, table, after, limit);
    const keys = rows.map((row) => keyOf(table, row));
    after = keys.at(-1) ?? after;
    yield { keys, texts: rows.map(rowText), found: byKey(table, await rowsOf(other, table, keys)) };
    if (rows.length < limit) return;
    limit = nextLimit(
      limit,
      rows.length,
      rows.reduce((sum, row) => sum + weight(row), 0),
    );
  }
}

async function onlyThere(source: Dialect, target: Dialect, table: Table): Promise<Difference | null> {
  for await (const { keys, found } of pairs(target, source, table)) {
    const key = keys.find((each) => !found.has(rowText(each)));
    if (key) return { key, what: 'is in the target only' };
  }
  return null;
}

/** The text of each row, by the text of its key. */
const byKey = (table: Table, rows: readonly Row[]): Map<string, string> =>
  new Map(rows.map((row) => [rowText(keyOf(table, row)), rowText(row)]));
