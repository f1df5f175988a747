// Single values that belong to the database as a whole.
import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** Made with the tables: says whether two connections lead to the same database. */
const INSTANCE = 'instance';

export async function instanceOf(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', INSTANCE).executeTakeFirst();
  return row?.value;
}

/** Which step a process must know at least to work on these tables, as the version says that ran the newest step. */
export const OLDEST_READER = 'oldest_reader';

/** Undefined where the version that ran the step `newest` said nothing. */
export async function oldestReader(db: Kysely<Database>, newest: string): Promise<string | undefined> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', OLDEST_READER).executeTakeFirst();
  const [said, oldest] = row?.value.split(' ') ?? [];
  return said === newest ? oldest : undefined;
}

export async function setOldestReader(db: Kysely<Database>, newest: string, oldest: string): Promise<void> {
  await db.deleteFrom('pwj_meta').where('key', '=', OLDEST_READER).execute();
  await db
    .insertInto('pwj_meta')
    .values({ key: OLDEST_READER, value: `${newest} ${oldest}` })
    .execute();
}

/** Once for each database. */
export async function nameInstance(db: Kysely<Database>, name: string): Promise<void> {
  if ((await instanceOf(db)) === undefined)
    await db.insertInto('pwj_meta').values({ key: INSTANCE, value: name }).execute();
}
