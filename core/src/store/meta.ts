// The name of a database, stored in it.
import type { Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Database } from './schema.ts';

/** Its key in `pwj_meta`. The name belongs to this database; a move copies all other keys. */
export const INSTANCE_KEY = 'instance';

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
