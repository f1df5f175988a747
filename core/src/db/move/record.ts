// How far a move has come, kept in the target itself: each step is stored in the transaction that does it.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { Dialect, Tx } from '../dialect/dialect.ts';
import type { Database } from '../schema.ts';
import type { Cell } from './cells.ts';
import { MOVE_KEYS } from './core-tables.ts';

export interface TableRecord {
  /** The key of the last row that has arrived; null before the first one. */
  after: Cell[] | null;
  rows: number;
  done: boolean;
}

export interface MoveRecord {
  /** The source, by the id that its first move gave it. */
  from: string;
  /** Where the source is, without a password. */
  source: string;
  state: 'copying' | 'done' | 'undone';
  startedAt: number;
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

export const readId = (db: Kysely<Database>): Promise<string | undefined> => read(db, MOVE_KEYS.id);

/** The id of a source; it gets one with its first move. */
export async function idOf(source: Dialect, fresh: () => string): Promise<string> {
  return source.transaction(async ({ db }) => {
    const known = await readId(db);
    if (known !== undefined) return known;
    const id = fresh();
    await write(db, MOVE_KEYS.id, id);
    return id;
  });
}

/** The record in the target, as this process knows it: each change is refused when another process has made one meanwhile. */
export class Progress {
  readonly #target: Dialect;
  #text: string | undefined;
  #record: MoveRecord;

  constructor(target: Dialect, stored: MoveRecord | undefined, begun: MoveRecord) {
    this.#target = target;
    this.#text = stored && JSON.stringify(stored);
    this.#record = begun;
  }

  get record(): MoveRecord {
    return this.#record;
  }

  of(table: string): TableRecord {
    return this.#record.tables[table] ?? { after: null, rows: 0, done: false };
  }

  /** Stores `record` together with what `work` writes; nothing of both when one of them fails. */
  async step(record: MoveRecord, work: (tx: Tx) => Promise<void> = async () => {}): Promise<void> {
    const text = JSON.stringify(record);
    await this.#target.transaction(async (tx) => {
      await work(tx);
      if (text !== this.#text) await this.#store(tx, text);
    });
    this.#text = text;
    this.#record = record;
  }

  table(name: string, change: TableRecord, work?: (tx: Tx) => Promise<void>): Promise<void> {
    return this.step({ ...this.#record, tables: { ...this.#record.tables, [name]: change } }, work);
  }

  async #store({ db }: Tx, text: string): Promise<void> {
    if (this.#text === undefined) {
      await db.insertInto('pwj_meta').values({ key: MOVE_KEYS.record, value: text }).execute();
      return;
    }
    const done = await db
      .updateTable('pwj_meta')
      .set({ value: text })
      .where('key', '=', MOVE_KEYS.record)
      .where('value', '=', this.#text)
      .executeTakeFirst();
    if (done.numUpdatedRows === 1n) return;
    throw new JobsError('INVALID_STATE', 'Another process is moving into the same database: let it end.');
  }
}
