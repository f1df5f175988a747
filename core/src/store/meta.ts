// What a database stores about itself: its name, the oldest version that can use it, and whether its jobs were moved away.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { iso } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';
import type { Database } from './schema.ts';

/** Keys of `pwj_meta` whose values belong to this database; a move copies all others. */
export const OWN_KEYS = {
  /** Created with the tables: shows whether two connections lead to the same database. */
  instance: 'instance',
  /** The processes that drain. */
  drain: 'drain',
  /** The oldest step that a process must know to use these tables, as recorded by the version that ran the newest step. */
  oldestReader: 'oldest_reader',
  /** In the target of a move: how far it has come. */
  move: 'move',
  /** In the source of a finished move: where to, and when. */
  movedTo: 'moved_to',
} as const;

type OwnKey = (typeof OWN_KEYS)[keyof typeof OWN_KEYS];

export async function readMeta(db: Kysely<Database>, key: OwnKey): Promise<string | undefined> {
  return (await db.selectFrom('pwj_meta').select('value').where('key', '=', key).executeTakeFirst())?.value;
}

export async function writeMeta(db: Kysely<Database>, key: OwnKey, value: string): Promise<void> {
  await db.deleteFrom('pwj_meta').where('key', '=', key).execute();
  await db.insertInto('pwj_meta').values({ key, value }).execute();
}

export const instanceOf = (db: Kysely<Database>): Promise<string | undefined> => readMeta(db, OWN_KEYS.instance);

/** Created once per database. */
export async function nameInstance(db: Kysely<Database>, name: string): Promise<void> {
  if ((await instanceOf(db)) === undefined) await writeMeta(db, OWN_KEYS.instance, name);
}

/** Undefined if the version that ran the step `newest` did not record it. */
export async function oldestReader(db: Kysely<Database>, newest: string): Promise<string | undefined> {
  const [said, oldest] = (await readMeta(db, OWN_KEYS.oldestReader))?.split(' ') ?? [];
  return said === newest ? oldest : undefined;
}

export const setOldestReader = (db: Kysely<Database>, newest: string, oldest: string): Promise<void> =>
  writeMeta(db, OWN_KEYS.oldestReader, `${newest} ${oldest}`);

/** Where the jobs of a database were moved, without a password, and when. */
export interface MovedTo {
  to: string;
  at: number;
}

/** In the target of a move; the command stores more. */
export interface StoredMove {
  /** The old database, without a password. */
  source: string;
  state: 'copying' | 'done' | 'undone';
}

export async function readMovedTo(db: Kysely<Database>): Promise<MovedTo | undefined> {
  const text = await readMeta(db, OWN_KEYS.movedTo);
  return text === undefined ? undefined : (JSON.parse(text) as MovedTo);
}

/** Throws `INVALID_CONFIG` with what to do if the jobs of this database belong to another one. */
export async function refuseMoved({ reader }: Dialect): Promise<void> {
  const refused = (message: string): JobsError => new JobsError('INVALID_CONFIG', `${message} Setting: database`);
  const moved = await readMovedTo(reader);
  if (moved)
    throw refused(
      `This database was moved to ${moved.to} at ${iso(moved.at)}: use that one, or undo the move with "phraseworks-jobs move --undo".`,
    );
  const text = await readMeta(reader, OWN_KEYS.move);
  const { source, state } = text === undefined ? {} : (JSON.parse(text) as Partial<StoredMove>);
  if (state === 'copying')
    throw refused(
      `A move from ${source} into this database is not finished: run "phraseworks-jobs move" again with the old database configured.`,
    );
  if (state === 'undone')
    throw refused(`The move from ${source} into this database was undone: use that one, or move again.`);
}
