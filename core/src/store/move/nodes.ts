// The processes that work on a database: while one does, its rows cannot be moved.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { type Identity, isDead } from '../../kernel/identity.ts';
import type { Dialect } from '../dialect.ts';
import { seenNodes } from '../node-store.ts';
import type { Database } from '../schema.ts';

export interface Watch {
  /** Who is looking, to recognise dead neighbours. */
  self: Identity;
  /** Milliseconds without a heartbeat after which a process no longer counts. */
  leaseDuration: number;
  /** Milliseconds since 1970, for a side that has no clock of its own. */
  now(): number;
}

/**
 * Nodes with a fresh heartbeat, without those of this machine that are known to be dead; and of this machine also those that are
 * silent but alive: who was only stopped for a while would go on working on the old database.
 */
async function live(
  db: Kysely<Database>,
  now: number,
  { self, leaseDuration }: Watch,
): Promise<{ id: string; pid: number }[]> {
  const found: { id: string; pid: number }[] = [];
  for (const row of await seenNodes({ reader: db })) {
    const here =
      row.host === self.host && row.boot === self.boot && row.namespace === self.namespace && self.boot !== '';
    if (!here && row.heartbeatAt < now - leaseDuration) continue;
    if (!(await isDead(row, self))) found.push({ id: row.id, pid: row.pid });
  }
  return found;
}

/** Throws `INVALID_STATE` that names them; `db`: inside a transaction of that side. */
export async function refuseLiveNodes(
  side: Pick<Dialect, 'reader' | 'serverTime'>,
  which: 'source' | 'target',
  watch: Watch,
  db: Kysely<Database> = side.reader,
): Promise<void> {
  // Processes on a server date their heartbeats by its clock, whatever the one here says.
  const nodes = await live(db, (await side.serverTime?.()) ?? watch.now(), watch);
  if (nodes.length === 0) return;
  const names = nodes.map(({ id, pid }) => `${id} (process ${pid})`).join(', ');
  throw new JobsError(
    'INVALID_STATE',
    `${nodes.length === 1 ? 'A process works' : `${nodes.length} processes work`} on the ${which}: ${names}. Stop ${nodes.length === 1 ? 'it' : 'them'}, or let running jobs end first with "phraseworks-jobs drain", then move. A process that was killed counts as gone after ${Math.ceil(watch.leaseDuration / 1_000)} s.`,
  );
}
