// Receipts: steps of jobs that must not be repeated.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pwj_receipts')
    .ifNotExists()
    .addColumn('job_id', t.key, (c) => c.notNull())
    .addColumn('key', t.key, (c) => c.notNull())
    .addColumn('state', t.key, (c) => c.notNull())
    .addColumn('result', t.text)
    .addColumn('attempt', t.int, (c) => c.notNull())
    .addColumn('run', t.int, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_receipts_pk', ['job_id', 'key'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();
}
