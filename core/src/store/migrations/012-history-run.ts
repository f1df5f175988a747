// The run that an entry of a history follows, so that its place does not depend on clocks.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  if (await t.hasColumn(db, 'pwj_history', 'run')) return;
  await db.schema
    .alterTable('pwj_history')
    .addColumn('run', t.int, (c) => c.notNull().defaultTo(0))
    .execute();
}
