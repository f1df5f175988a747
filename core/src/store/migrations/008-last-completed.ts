// When the last job of a type completed; kept longer than the jobs.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  if (await t.hasColumn(db, 'pwj_minutes', 'completed_at')) return;
  await db.schema.alterTable('pwj_minutes').addColumn('completed_at', t.time).execute();
}
