// Support many processes on one server: counts in several rows, and a description of each process.
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import { nameInstance } from '../meta.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await nameInstance(db, randomUUID());
  if (!(await t.hasColumn(db, 'pwj_nodes', 'about'))) {
    await db.schema.alterTable('pwj_nodes').addColumn('about', t.text).execute();
  }
  if (!(await t.hasColumn(db, 'pwj_events', 'kinds'))) {
    await db.schema.alterTable('pwj_events').addColumn('kinds', t.key).execute();
  }
  // Not every engine can change a key, so a new table replaces the old one.
  if (!(await t.hasColumn(db, 'pwj_counts', 'shard'))) {
    await db.schema.dropTable('pwj_counts').ifExists().execute();
    await db.schema
      .createTable('pwj_counts')
      .addColumn('state', t.key, (c) => c.notNull())
      .addColumn('type', t.key, (c) => c.notNull())
      .addColumn('shard', t.int, (c) => c.notNull())
      .addColumn('n', t.time, (c) => c.notNull())
      .addPrimaryKeyConstraint('pwj_counts_pk', ['state', 'type', 'shard'])
      .modifyEnd(sql.raw(t.clustered))
      .execute();
  }
  // Safe to repeat after a crash.
  await db.deleteFrom('pwj_counts').execute();
  await db
    .insertInto('pwj_counts')
    .columns(['state', 'type', 'shard', 'n'])
    .expression(
      db
        .selectFrom('pwj_jobs')
        .select((e) => ['state', 'type', e.lit(0).as('shard'), e.fn.countAll<number>().as('n')])
        .groupBy(['state', 'type']),
    )
    .execute();
  if (await t.hasColumn(db, 'pwj_totals', 'shard')) return;
  const totals = (await t.hasColumn(db, 'pwj_totals', 'runs'))
    ? await db.selectFrom('pwj_totals').select(['type', 'runs', 'run_ms']).execute()
    : [];
  await db.schema.dropTable('pwj_totals').ifExists().execute();
  await db.schema
    .createTable('pwj_totals')
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('shard', t.int, (c) => c.notNull())
    .addColumn('runs', t.time, (c) => c.notNull())
    .addColumn('run_ms', t.time, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_totals_pk', ['type', 'shard'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();
  if (totals.length > 0)
    await db
      .insertInto('pwj_totals')
      .values(totals.map((row) => ({ ...row, shard: 0 })))
      .execute();
}
