// Single values that belong to the database as a whole.
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** Made with the tables: says whether two connections lead to the same database. */
const INSTANCE = 'instance';

export async function instanceOf(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', INSTANCE).executeTakeFirst();
  return row?.value;
}

/** Once for each database. */
export async function nameInstance(db: Kysely<Database>, name: string): Promise<void> {
  if ((await instanceOf(db)) === undefined)
    await db.insertInto('pwj_meta').values({ key: INSTANCE, value: name }).execute();
}
