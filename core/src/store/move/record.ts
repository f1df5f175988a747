// How far a move has come, kept in the target itself: each step is stored in the transaction that does it.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Database } from '../schema.ts';
import type { Tx } from '../tx.ts';
import type { Cell } from './cells.ts';
import { MOVE_KEYS } from './core-tables.ts';

export interface TableRecord {
  /** The key of the last row that has arrived; null before the first one. */
  after: Cell[] | null;
  rows: number;
  done: boolean;
}

export interface MoveRecord {
  /** The source, by the name that was made with its tables. */
  from: string;
  /** Where the source is, without a password. */
  source: string;
  state: 'copying' | 'done' | 'undone';
  startedAt: number;
  /** Raised at the start of each run: of two processes, the one that began last goes on. */
  runs: number;
  tables: Record<string, TableRecord>;
}

/** A source that has been moved: where to, without a password, and when. */
export interface MovedTo {
  to: string;
  at: number;
}

type Key = (typeof MOVE_KEYS)[keyof typeof MOVE_KEYS];

async function read(db: Kysely<Database>, key: Key): Promise<string | undefined> {
  return (await db.selectFrom('pwj_meta').select('value').where('key', '=', key).executeTakeFirst())?.value;
}

export async function write(db: Kysely<Database>, key: Key, value: string): Promise<void> {
  await db.deleteFrom('pwj_meta').where('key', '=', key).execute();
  await db.insertInto('pwj_meta').values({ key, value }).execute();
}

export async function readRecord(db: Kysely<Database>): Promise<MoveRecord | undefined> {
  const text = await read(db, MOVE_KEYS.record);
  return text === undefined ? undefined : (JSON.parse(text) as MoveRecord);
}

export async function readMovedTo(db: Kysely<Database>): Promise<MovedTo | undefined> {
  const text = await read(db, MOVE_KEYS.movedTo);
  return text === undefined ? undefined : (JSON.parse(text) as MovedTo);
}

/** The record in the target, as this process knows it: a change is refused when another process has changed it since. */
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

  /** Stores `record` together with what `work` writes; nothing of both when one of them fails. */
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

  /** Nothing else happens in the transaction of a process that was overtaken. */
  async #store(tx: Tx, text: string): Promise<void> {
    const { db } = tx;
    if (this.#text === undefined) {
      await db.insertInto('pwj_meta').values({ key: MOVE_KEYS.record, value: text }).execute();
      return;
    }
    const query = db.selectFrom('pwj_meta').select('value').where('key', '=', MOVE_KEYS.record);
    const row = await tx.locked(query).executeTakeFirst();
    if (row?.value !== this.#text) throw overtaken();
    if (text === this.#text) return;
    await db.updateTable('pwj_meta').set({ value: text }).where('key', '=', MOVE_KEYS.record).execute();
  }
}

const overtaken = (): JobsError =>
  new JobsError(
    'INVALID_STATE',
    'Another process moves into the same database: let it end, or run this again after it.',
  );
