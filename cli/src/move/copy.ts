// Copies one table in batches, in the order of its key. Each batch is stored in the target together with the record of how far the move has come.
import { messageOf } from '@phraseworks/jobs/internals/base';
import {
  type Database,
  type Dialect,
  OWN_KEYS,
  readMeta,
  type StoredMove,
  type Tx,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { type Cell, insert, keyOf, page, remove, weight } from './rows.ts';
import type { Table } from './tables.ts';

export interface TableRecord {
  /** The key of the last copied row; null before the first one. */
  after: Cell[] | null;
  rows: number;
  done: boolean;
}

/** How far a move has come; stored in the target. */
export interface MoveRecord extends StoredMove {
  /** The name of the source, created with its tables. */
  from: string;
  startedAt: number;
  /** Raised at the start of each run: of two processes, the one that started last continues. */
  runs: number;
  tables: Record<string, TableRecord>;
}

export async function readRecord(db: Kysely<Database>): Promise<MoveRecord | undefined> {
  const text = await readMeta(db, OWN_KEYS.move);
  return text === undefined ? undefined : (JSON.parse(text) as MoveRecord);
}

/** The record in the target, as this process knows it. Refuses a change if another process has changed it since. */
export class Progress {
  readonly #target: Dialect;
  #text: string | undefined;
  #record: MoveRecord | undefined;

  /** `stored`: the record in the target; undefined before the first run. */
  constructor(target: Dialect, stored: MoveRecord | undefined) {
    this.#target = target;
    this.#text = stored && JSON.stringify(stored);
    this.#record = stored;
  }

  get record(): MoveRecord {
    if (this.#record === undefined) throw new Error('a move has no record before its first step');
    return this.#record;
  }

  of(table: string): TableRecord {
    return this.record.tables[table] ?? { after: null, rows: 0, done: false };
  }

  /** Stores `record` and what `work` writes in one transaction. */
  async step(record: MoveRecord, work: (tx: Tx) => Promise<void> = async () => {}): Promise<void> {
    const text = JSON.stringify(record);
    try {
      await this.#target.transaction(async (tx) => {
        await this.#store(tx, text);
        await work(tx);
      });
    } catch (error) {
      throw this.#text === undefined && this.#target.isDuplicate(error) ? overtaken() : error;
    }
    this.#text = text;
    this.#record = record;
  }

  table(name: string, change: TableRecord, work?: (tx: Tx) => Promise<void>): Promise<void> {
    return this.step({ ...this.record, tables: { ...this.record.tables, [name]: change } }, work);
  }

  /** Must be the first statement of the transaction, so that a process that was overtaken writes nothing. */
  async #store(tx: Tx, text: string): Promise<void> {
    const { db } = tx;
    if (this.#text === undefined) {
      await db.insertInto('pwj_meta').values({ key: OWN_KEYS.move, value: text }).execute();
      return;
    }
    const query = db.selectFrom('pwj_meta').select('value').where('key', '=', OWN_KEYS.move);
    const row = await tx.locked(query).executeTakeFirst();
    if (row?.value !== this.#text) throw overtaken();
    if (text === this.#text) return;
    await db.updateTable('pwj_meta').set({ value: text }).where('key', '=', OWN_KEYS.move).execute();
  }
}

const overtaken = (): JobsError =>
  new JobsError(
    'INVALID_STATE',
    'Another process is moving into the same database: wait until it has finished, then run this again.',
  );

/** Rows of one batch, at most and at first. */
const MOST_ROWS = 500;
export const FIRST_ROWS = 25;
/** Target size of a batch in bytes. */
const BATCH_BYTES = 4_000_000;
/** Rows that are removed at once. */
const REMOVED = 500;

export interface Sides {
  source: Dialect;
  target: Dialect;
}

/** How many rows to read next, given the last batch: large rows must not fill the memory. Pure. */
export function nextLimit(limit: number, rows: number, bytes: number): number {
  if (rows === 0) return limit;
  const fitting = Math.floor(BATCH_BYTES / Math.max(1, bytes / rows));
  return Math.max(1, Math.min(fitting, limit * 2, MOST_ROWS));
}

/** Continues where the record says; first empties a table that was not started. `report` gets the rows copied so far. */
export async function copyTable(
  { source, target }: Sides,
  table: Table,
  progress: Progress,
  report: (rows: number) => void,
): Promise<void> {
  let state = progress.of(table.name);
  if (state.done) return;
  if (state.after === null) await empty(target, table, progress);
  let limit = FIRST_ROWS;
  while (!state.done) {
    const rows = await page(source.reader, table, state.after, limit);
    const last = rows.at(-1);
    const next = {
      after: last ? keyOf(table, last) : state.after,
      rows: state.rows + rows.length,
      done: rows.length < limit,
    };
    try {
      await progress.table(table.name, next, ({ db }) => insert(db, table, rows));
    } catch (error) {
      throw error instanceof JobsError ? error : unstorable(table, error);
    }
    state = next;
    report(state.rows);
    limit = nextLimit(
      limit,
      rows.length,
      rows.reduce((sum, row) => sum + weight(row), 0),
    );
  }
}

/** The engine's own message names the column. */
const unstorable = (table: Table, cause: unknown): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `A row of the table ${table.name} cannot be stored in the target: ${messageOf(cause)}. The source is unchanged.`,
    { cause },
  );

/** Removes all rows, a few hundred at a time. */
async function empty(target: Dialect, table: Table, progress: Progress): Promise<void> {
  for (;;) {
    const rows = await page(target.reader, table, null, REMOVED);
    if (rows.length === 0) return;
    const keys = rows.map((row) => keyOf(table, row));
    await progress.step(progress.record, ({ db }) => remove(target, table, keys, db));
  }
}
