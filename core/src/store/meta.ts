// What a database stores about itself: its name, and the oldest version that can use it.
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** Keys of `pwj_meta` whose values belong to this database; a move copies all others. */
export const OWN_KEYS = {
  /** Created with the tables: shows whether two connections lead to the same database. */
  instance: 'instance',
  /** The oldest step that a process must know to use these tables, as recorded by the version that ran the newest step. */
  oldestReader: 'oldest_reader',
} as const;

type OwnKey = (typeof OWN_KEYS)[keyof typeof OWN_KEYS];

async function readMeta(db: Kysely<Database>, key: OwnKey): Promise<string | undefined> {
  return (await db.selectFrom('pwj_meta').select('value').where('key', '=', key).executeTakeFirst())?.value;
}

async function writeMeta(db: Kysely<Database>, key: OwnKey, value: string): Promise<void> {
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
