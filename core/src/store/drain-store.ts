// Which processes are asked to stop claiming: one row for the whole site.

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
