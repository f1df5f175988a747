// Fields of a job for figures: when it became ready, and its trace. The table of figures stays for processes of the previous version
// and for the plugin metrics, which copies it; a later version drops it.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

const histogram = (name: string): string[] => Array.from({ length: 46 }, (_, i) => `${name}_${i}`);

const FIGURES = [
  ...['pending', 'processing', 'parked', 'completed_at', 'added', 'completed', 'failed', 'cancelled', 'retried'],
  ...['wait_ms', 'run_ms', ...histogram('wait'), ...histogram('run')],
];

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  let table = db.schema
    .createTable('pwj_minutes')
    .ifNotExists()
    .addColumn('span', t.time, (c) => c.notNull())
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull());
  // No default: most rows then store nothing for them.
  for (const name of FIGURES) table = table.addColumn(name, t.time);
  await table
    .addPrimaryKeyConstraint('pwj_minutes_pk', ['span', 'type', 'at'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();
  await t.ensureIndex(db, { name: 'pwj_minutes_at', table: 'pwj_minutes', columns: ['at'] });
  if (!(await t.hasColumn(db, 'pwj_jobs', 'ready_at')))
    await db.schema.alterTable('pwj_jobs').addColumn('ready_at', t.time).execute();
  if (!(await t.hasColumn(db, 'pwj_jobs', 'trace')))
    await db.schema.alterTable('pwj_jobs').addColumn('trace', t.key).execute();
}
