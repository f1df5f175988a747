// What a database says about itself: its name, and the number of `holds.ts`.
import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import { type Database, insertRow } from './schema.ts';

export const INSTANCE_KEY = 'instance';
export const HOLDS_KEY = 'holds';
/** What the links of jobs are signed with. */
export const LINKS_KEY = 'links';
/** Keys in `pwj_meta` that belong to this database; a move copies all others. */
export const OWN_KEYS: readonly string[] = [INSTANCE_KEY, HOLDS_KEY];

export async function metaOf(db: Kysely<Database>, key: string): Promise<string | undefined> {
  return (await db.selectFrom('pwj_meta').select('value').where('key', '=', key).executeTakeFirst())?.value;
}

/** Shows whether two connections lead to the same database. */
export const instanceOf = (db: Kysely<Database>): Promise<string | undefined> => metaOf(db, INSTANCE_KEY);

/** Writes what is not there yet. */
export async function firstMeta(db: Kysely<Database>, key: string, value: string): Promise<void> {
  await insertRow(db, 'pwj_meta', { key, value })
    .onConflict((c) => c.column('key').doNothing())
    .execute();
}

/** Writes what is there already. Throws `UNAVAILABLE` if the file or the server is read-only. */
export async function tryToWrite(dialect: Dialect): Promise<void> {
  await dialect.transaction(({ db }) =>
    db.updateTable('pwj_meta').set({ key: INSTANCE_KEY }).where('key', '=', INSTANCE_KEY).execute(),
  );
}
