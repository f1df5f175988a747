// The tables around the queue: schedules, plugins, nodes, uploads.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pwj_schedules')
    .ifNotExists()
    .addColumn('key', t.key, (c) => c.primaryKey().notNull())
    .addColumn('plugin', t.key)
    .addColumn('name', t.key, (c) => c.notNull())
    .addColumn('pattern', t.key, (c) => c.notNull())
    .addColumn('timezone', t.key, (c) => c.notNull())
    .addColumn('job', t.text, (c) => c.notNull())
    .addColumn('missed', t.key, (c) => c.notNull())
    .addColumn('declared', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('paused', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('next_at', t.time)
    .addColumn('last_at', t.time)
    .addColumn('last_job', t.key)
    .addColumn('created_at', t.time, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_ticks')
    .ifNotExists()
    .addColumn('schedule', t.key, (c) => c.notNull())
    .addColumn('tick', t.time, (c) => c.notNull())
    .addColumn('job_id', t.key, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_ticks_pk', ['schedule', 'tick'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();
  await t.ensureIndex(db, { name: 'pwj_ticks_tick', table: 'pwj_ticks', columns: ['tick'] });
  await db.schema
    .createTable('pwj_types')
    .ifNotExists()
    .addColumn('type', t.key, (c) => c.primaryKey().notNull())
    .addColumn('plugin', t.key, (c) => c.notNull())
    .addColumn('options', t.text, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_plugins')
    .ifNotExists()
    .addColumn('name', t.key, (c) => c.primaryKey().notNull())
    .addColumn('enabled', t.int)
    .addColumn('config', t.text)
    .addColumn('updated_at', t.time, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_nodes')
    .ifNotExists()
    .addColumn('id', t.key, (c) => c.primaryKey().notNull())
    .addColumn('host', t.key, (c) => c.notNull())
    .addColumn('boot', t.key, (c) => c.notNull())
    .addColumn('namespace', t.key, (c) => c.notNull())
    .addColumn('pid', t.int, (c) => c.notNull())
    .addColumn('process_started', t.key, (c) => c.notNull())
    .addColumn('started_at', t.time, (c) => c.notNull())
    .addColumn('heartbeat_at', t.time, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_uploads')
    .ifNotExists()
    .addColumn('id', t.key, (c) => c.primaryKey().notNull())
    .addColumn('job_id', t.key)
    .addColumn('name', t.text, (c) => c.notNull())
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('size', t.time, (c) => c.notNull())
    .addColumn('sha256', t.key, (c) => c.notNull())
    .addColumn('created_at', t.time, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await t.ensureIndex(db, { name: 'pwj_uploads_job', table: 'pwj_uploads', columns: ['job_id'] });
  await db.schema
    .createTable('pwj_meta')
    .ifNotExists()
    .addColumn('key', t.key, (c) => c.primaryKey().notNull())
    .addColumn('value', t.text, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
}
