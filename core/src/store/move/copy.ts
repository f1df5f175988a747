// Copies one table, in batches by its key; each batch and the place where it ends are one commit of the target.
import { JobsError } from '@phraseworks/sdk';
import { messageOf } from '../../kernel/errors.ts';
import type { Dialect } from '../dialect.ts';
import { weight } from './cells.ts';
import type { Progress } from './record.ts';
import { insert, keyOf, page, placeOf, remove } from './rows.ts';
import type { Table } from './table.ts';

/** Rows of one batch, at most and at first. */
const MOST_ROWS = 500;
export const FIRST_ROWS = 25;
/** Bytes that a batch aims at. */
const BATCH_BYTES = 4_000_000;
/** Rows that are removed at once. */
const REMOVED = 500;

export interface Sides {
  source: Dialect;
  target: Dialect;
}

/** Called with the rows that have arrived so far. */
export type Told = (rows: number) => void;

/** How many rows to take next, given the last batch: a batch of large rows does not fill the memory. */
export function nextLimit(limit: number, rows: number, bytes: number): number {
  if (rows === 0) return limit;
  const fitting = Math.floor(BATCH_BYTES / Math.max(1, bytes / rows));
  return Math.max(1, Math.min(fitting, limit * 2, MOST_ROWS));
}

/** Goes on where the record says; a table that has not been begun is emptied first. */
export async function copyTable(sides: Sides, table: Table, progress: Progress, told: Told): Promise<void> {
  const from = placeOf(sides.source);
  let state = progress.of(table.name);
  if (state.done) return;
  if (state.after === null) await empty(sides.target, table, progress);
  let limit = FIRST_ROWS;
  while (!state.done) {
    const rows = await page(from, table, state.after, limit);
    const last = rows.at(-1);
    const next = {
      after: last ? keyOf(table, last) : state.after,
      rows: state.rows + rows.length,
      done: rows.length < limit,
    };
    try {
      await progress.table(table.name, next, (tx) => insert(placeOf(sides.target, tx.db), table, rows));
    } catch (error) {
      throw error instanceof JobsError ? error : unstorable(table, error);
    }
    state = next;
    told(state.rows);
    limit = nextLimit(
      limit,
      rows.length,
      rows.reduce((sum, row) => sum + weight(row), 0),
    );
  }
}

/** The engine's own words name the column. */
const unstorable = (table: Table, cause: unknown): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `A row of the table ${table.name} cannot be stored in the target: ${messageOf(cause)}. The source is as it was.`,
    { cause },
  );

/** Removes all rows, a few hundred at a time. */
async function empty(target: Dialect, table: Table, progress: Progress): Promise<void> {
  for (;;) {
    const rows = await page(placeOf(target), table, null, REMOVED);
    if (rows.length === 0) return;
    await progress.step(progress.record, ({ db }) =>
      remove(
        placeOf(target, db),
        table,
        rows.map((row) => keyOf(table, row)),
      ),
    );
  }
}
