// Records which jobs were running when their process died, and which ran alone.
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  const add = async (name: 'lone_crashes' | 'started_run' | 'alone_run', isCount: boolean): Promise<void> => {
    if (await t.hasColumn(db, 'pwj_jobs', name)) return;
    const table = db.schema.alterTable('pwj_jobs');
    await table.addColumn(name, t.int, (c) => (isCount ? c.notNull().defaultTo(0) : c)).execute();
  };
  await add('lone_crashes', true);
  await add('started_run', false);
  await add('alone_run', false);
}
