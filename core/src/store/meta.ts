// What a database says about itself: its name, and the number of `holds.ts`.
import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Database } from './schema.ts';

const INSTANCE_KEY = 'instance';
export const HOLDS_KEY = 'holds';
/** Keys in `pwj_meta` that belong to this database; a move copies all others. */
export const OWN_KEYS: readonly string[] = [INSTANCE_KEY, HOLDS_KEY];

/** Shows whether two connections lead to the same database. */
export async function instanceOf(db: Kysely<Database>): Promise<string | undefined> {
  return (await db.selectFrom('pwj_meta').select('value').where('key', '=', INSTANCE_KEY).executeTakeFirst())?.value;
}

/** Created once per database. */
export async function nameInstance(db: Kysely<Database>, name: string): Promise<void> {
  if ((await instanceOf(db)) === undefined)
    await db.insertInto('pwj_meta').values({ key: INSTANCE_KEY, value: name }).execute();
}

/** Writes what is there already. Throws `UNAVAILABLE` if the file or the server is read-only. */
export async function tryToWrite(dialect: Dialect): Promise<void> {
  await dialect.transaction(({ db }) =>
    db.updateTable('pwj_meta').set({ key: INSTANCE_KEY }).where('key', '=', INSTANCE_KEY).execute(),
  );
}
