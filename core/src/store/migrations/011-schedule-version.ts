// The version of its type under which a schedule's data was stored.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  if (await t.hasColumn(db, 'pwj_schedules', 'data_version')) return;
  await db.schema.alterTable('pwj_schedules').addColumn('data_version', t.int).execute();
}
