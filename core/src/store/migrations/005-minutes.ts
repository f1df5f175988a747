// Figures by the minute that outlive the jobs, and what a job brings along for them: since when it may run, and the trace it belongs to.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import { FIGURES } from '../minute-columns.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  let table = db.schema
    .createTable('pwj_minutes')
    .ifNotExists()
    .addColumn('span', t.time, (c) => c.notNull())
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull());
  // Without a value where there is nothing: most of them take no room in most rows.
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
