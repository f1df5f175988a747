// Why a type or lane is paused, and until when.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  for (const [name, type] of [
    ['until', t.time],
    ['reason', t.text],
  ] as const) {
    if (!(await t.hasColumn(db, 'pwj_pauses', name))) {
      await db.schema.alterTable('pwj_pauses').addColumn(name, type).execute();
    }
  }
}
