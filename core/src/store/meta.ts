// Single values that belong to the database as a whole.
import type { Kysely } from 'kysely';
import type { Ledger } from './ledger.ts';
import type { Database } from './schema.ts';

/** All processes, those that start later too, or the ones with these ids. */
export type Drain = { all: true } | { nodes: string[] };

const KEY = 'drain';

/** Null: no process is asked to. */
export async function storedDrain(db: Kysely<Database>): Promise<Drain | null> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', KEY).executeTakeFirst();
  return row ? decoded(row.value) : null;
}

/** Writes what `change` makes of it, and notifies all processes; answers what holds now. Processes that have signed off are forgotten. */
export async function changeDrain(
  ledger: Ledger,
  change: (before: Drain | null) => Drain | null,
): Promise<Drain | null> {
  try {
    return await write(ledger, change);
  } catch (error) {
    if (!ledger.dialect.isDuplicate(error)) throw error;
    // Another process has inserted the row since.
    return write(ledger, change);
  }
}

function write(ledger: Ledger, change: (before: Drain | null) => Drain | null): Promise<Drain | null> {
  return ledger.transact(async (tx, changes) => {
    changes.announce('nodes');
    const query = tx.db.selectFrom('pwj_meta').select('value').where('key', '=', KEY);
    const row = await tx.locked(query).executeTakeFirst();
    const next = await living(tx.db, change(row ? decoded(row.value) : null));
    const value = JSON.stringify(next);
    if (next === null) await tx.db.deleteFrom('pwj_meta').where('key', '=', KEY).execute();
    else if (row) await tx.db.updateTable('pwj_meta').set({ value }).where('key', '=', KEY).execute();
    else await tx.db.insertInto('pwj_meta').values({ key: KEY, value }).execute();
    return next;
  });
}

async function living(db: Kysely<Database>, drain: Drain | null): Promise<Drain | null> {
  if (drain === null || 'all' in drain) return drain;
  if (drain.nodes.length === 0) return null;
  const rows = await db.selectFrom('pwj_nodes').select('id').where('id', 'in', drain.nodes).orderBy('id').execute();
  return rows.length === 0 ? null : { nodes: rows.map(({ id }) => id) };
}

/** Ignores a row whose JSON was corrupted by hand. */
function decoded(text: string): Drain | null {
  try {
    const { all, nodes } = JSON.parse(text) as { all?: unknown; nodes?: unknown };
    if (all === true) return { all: true };
    const ids = Array.isArray(nodes) ? nodes.filter((id) => typeof id === 'string') : [];
    return ids.length === 0 ? null : { nodes: ids };
  } catch {
    return null;
  }
}

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
