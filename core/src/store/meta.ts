// Single values for the database as a whole.
import type { Kysely } from 'kysely';
import type { Ledger } from './ledger.ts';
import type { Database } from './schema.ts';

/** All processes, including future ones, or those with these ids. */
export type Drain = { all: true } | { nodes: string[] };

const KEY = 'drain';

/** Null: no process is asked. */
export async function storedDrain(db: Kysely<Database>): Promise<Drain | null> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', KEY).executeTakeFirst();
  return row ? decoded(row.value) : null;
}

/** Stores the result of `change`, notifies all processes and returns the new value. Forgets processes that have stopped. */
export async function changeDrain(
  ledger: Ledger,
  change: (before: Drain | null) => Drain | null,
): Promise<Drain | null> {
  try {
    return await write(ledger, change);
  } catch (error) {
    if (!ledger.dialect.isDuplicate(error)) throw error;
    // Another process has inserted the row meanwhile.
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

/** Created with the tables: shows whether two connections lead to the same database. */
const INSTANCE = 'instance';

export async function instanceOf(db: Kysely<Database>): Promise<string | undefined> {
  const row = await db.selectFrom('pwj_meta').select('value').where('key', '=', INSTANCE).executeTakeFirst();
  return row?.value;
}

/** The oldest step that a process must know to use these tables, as recorded by the version that ran the newest step. */
export const OLDEST_READER = 'oldest_reader';

/** Undefined if the version that ran the step `newest` did not record it. */
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

/** Created once per database. */
export async function nameInstance(db: Kysely<Database>, name: string): Promise<void> {
  if ((await instanceOf(db)) === undefined)
    await db.insertInto('pwj_meta').values({ key: INSTANCE, value: name }).execute();
}
