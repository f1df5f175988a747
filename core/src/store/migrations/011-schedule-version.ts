// The version of its type that checked a schedule's data: of those stored until now, the first.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  if (await t.hasColumn(db, 'pwj_schedules', 'data_version')) return;
  await db.schema
    .alterTable('pwj_schedules')
    .addColumn('data_version', t.int, (c) => c.defaultTo(1))
    .execute();
}
