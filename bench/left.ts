// Jobs in the database in the end, counted by another connection than the one that wrote them.
import Database from 'better-sqlite3';
import { AMONG_FIFTY } from './plans.ts';
import { one, readFlush, withConnection } from './servers/mariadb.ts';

export interface Left {
  /** Jobs that are not completed. */
  left: number;
  total: number;
}

const OURS = { table: 'pwj_jobs', done: "state = 'completed'" };

const TABLES: Record<string, { table: string; done: string }> = {
  phraseworks: OURS,
  [AMONG_FIFTY]: OURS,
  plainjob: { table: 'plainjob_jobs', done: 'status = 2' },
  serenis: { table: 'mysql_queue_jobs', done: "status = 'completed'" },
  'serenis single': { table: 'mysql_queue_jobs', done: "status = 'completed'" },
};

const question = (side: string): string => {
  const { table, done } = TABLES[side] as { table: string; done: string };
  return `select count(*) total, coalesce(sum(case when ${done} then 0 else 1 end), 0) rest from ${table}`;
};

const asLeft = (row: Record<string, unknown>): Left => ({ left: Number(row.rest), total: Number(row.total) });

/** liteque deletes what is done: its total is what is left. */
function inSqlite(side: string, path: string): Left {
  const db = new Database(path, { readonly: true });
  const sql = side === 'liteque' ? 'select count(*) total, count(*) rest from tasks' : question(side);
  const row = db.prepare(sql).get() as Record<string, unknown>;
  db.close();
  return asLeft(row);
}

export async function countLeft(side: string, target: string): Promise<Left> {
  if (target.startsWith('redis:')) return (await import('./sides/bullmq.ts')).countBull(target);
  if (target.startsWith('mysql:')) return asLeft(await withConnection(target, (db) => one(db, question(side))));
  return inSqlite(side, target);
}

/** The durability of a MySQL server as it says itself; of the others the side has read it back. */
export async function readDurability(target: string, said: string): Promise<string> {
  if (!target.startsWith('mysql:')) return said;
  const flush = await readFlush(target);
  return flush === '1' ? said : `innodb_flush_log_at_trx_commit=${flush}`;
}
