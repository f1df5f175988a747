// Operator actions: pauses of types and lanes, the audit log, and an index for the jobs of a schedule.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pwj_pauses')
    .ifNotExists()
    .addColumn('kind', t.key, (c) => c.notNull())
    .addColumn('name', t.key, (c) => c.notNull())
    .addColumn('since', t.time, (c) => c.notNull())
    .addColumn('by', t.key)
    .addColumn('schedules', t.text, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_pauses_pk', ['kind', 'name'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();
  await db.schema
    .createTable('pwj_log')
    .ifNotExists()
    .addColumn('id', t.counter, (c) => c.primaryKey())
    .addColumn('at', t.time, (c) => c.notNull())
    .addColumn('user', t.key)
    .addColumn('action', t.key, (c) => c.notNull())
    .addColumn('target', t.key, (c) => c.notNull())
    .addColumn('detail', t.text)
    .modifyEnd(sql.raw(t.table))
    .execute();
  await t.ensureIndex(db, {
    name: 'pwj_jobs_schedule',
    table: 'pwj_jobs',
    columns: ['schedule', 'id'],
    sparse: 'schedule',
  });
}
