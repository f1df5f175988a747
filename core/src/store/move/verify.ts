// Holds one table of both sides against each other, row by row in the order of the key, and gives each side a checksum.
import { createHash } from 'node:crypto';
import { type Cell, type Row, rowText, weight } from './cells.ts';
import { FIRST_ROWS, nextLimit, type Sides, type Told } from './copy.ts';
import { count, keyOf, type Place, page, placeOf, rowsOf } from './rows.ts';
import type { Table } from './table.ts';

export interface Difference {
  /** Of the first row that is not the same on both sides. */
  key: readonly Cell[];
  what: 'is missing in the target' | 'is not the same in the target' | 'is in the target only';
}

export interface Proof {
  table: string;
  /** Rows in the target, and rows of the source found by their keys: the same number, unless the source still changes. */
  rows: { source: number; target: number; read: number };
  /** SHA-256 over all rows in the order of the key. */
  checksum: { source: string; target: string };
  difference: Difference | null;
}

/** Reads all rows of both sides; the target's are asked for by key, so that the order in which it keeps text does not matter. */
export async function verifyTable(sides: Sides, table: Table, told: Told = () => {}): Promise<Proof> {
  const source = placeOf(sides.source);
  const target = placeOf(sides.target);
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
    told(rows);
  }
  const there = await count(target, table);
  const here = await count(source, table);
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
  /** Of the other side, by the text of the key. */
  found: Map<string, string>;
}

/** All rows of `one` in pages, each with what `other` has under the same keys. */
async function* pairs(one: Place, other: Place, table: Table): AsyncGenerator<Pair> {
  let after: Cell[] | null = null;
  let limit = FIRST_ROWS;
  for (;;) {
    const rows = await page(one, table, after, limit);
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

async function onlyThere(source: Place, target: Place, table: Table): Promise<Difference | null> {
  for await (const { keys, found } of pairs(target, source, table)) {
    const key = keys.find((each) => !found.has(rowText(each)));
    if (key) return { key, what: 'is in the target only' };
  }
  return null;
}

/** Rows as one text each, by the text of their key. */
const byKey = (table: Table, rows: readonly Row[]): Map<string, string> =>
  new Map(rows.map((row) => [rowText(keyOf(table, row)), rowText(row)]));
