// The tables: the queue's own, then those around it.
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import { firstHolds } from '../holds.ts';
import { nameInstance } from '../meta.ts';
import type { Database } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await queueTables(db, t);
  await siteTables(db, t);
  await nameInstance(db, randomUUID());
  await firstHolds(db);
}

async function queueTables(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pwj_jobs')
    .ifNotExists()
    .addColumn('id', t.key, (c) => c.primaryKey().notNull())
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('plugin', t.key)
    .addColumn('state', t.key, (c) => c.notNull())
    .addColumn('priority', t.int, (c) => c.notNull())
    .addColumn('attempt', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('crashes', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('max_retries', t.int, (c) => c.notNull())
    .addColumn('retry_delay', t.time, (c) => c.notNull())
    .addColumn('backoff', t.key, (c) => c.notNull())
    .addColumn('timeout', t.time, (c) => c.notNull())
    .addColumn('run', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('node', t.key)
    .addColumn('lease_until', t.time)
    .addColumn('idempotency_key', t.key)
    .addColumn('fingerprint', t.key)
    .addColumn('run_at', t.time)
    .addColumn('due_at', t.time)
    .addColumn('created_at', t.time, (c) => c.notNull())
    .addColumn('started_at', t.time)
    .addColumn('finished_at', t.time)
    .addColumn('schedule', t.key)
    .addColumn('reason', t.key)
    .addColumn('error', t.text)
    .addColumn('message', t.text)
    .addColumn('progress', t.text)
    .addColumn('metrics', t.text)
    .addColumn('data', t.text, (c) => c.notNull())
    .addColumn('result', t.text)
    .addColumn('ready_at', t.time)
    .addColumn('trace', t.key)
    .addColumn('data_version', t.int)
    .addColumn('lone_crashes', t.int, (c) => c.notNull().defaultTo(0))
    .addColumn('started_run', t.int)
    .addColumn('alone_run', t.int)
    .modifyEnd(sql.raw(t.table))
    .execute();
  const table = 'pwj_jobs';
  await t.ensureIndex(db, { name: 'pwj_jobs_claim', table, columns: ['state', 'type', 'priority', 'id'] });
  await t.ensureIndex(db, {
    name: 'pwj_jobs_key',
    table,
    columns: ['idempotency_key'],
    unique: true,
    sparse: 'idempotency_key',
  });
  await t.ensureIndex(db, { name: 'pwj_jobs_due', table, columns: ['due_at'], sparse: 'due_at' });
  await t.ensureIndex(db, { name: 'pwj_jobs_finished', table, columns: ['finished_at'], sparse: 'finished_at' });
  await t.ensureIndex(db, { name: 'pwj_jobs_schedule', table, columns: ['schedule', 'id'], sparse: 'schedule' });

  await db.schema
    .createTable('pwj_attempts')
    .ifNotExists()
    .addColumn('job_id', t.key, (c) => c.notNull())
    .addColumn('run', t.int, (c) => c.notNull())
    .addColumn('attempt', t.int, (c) => c.notNull())
    .addColumn('node', t.key)
    .addColumn('started_at', t.time, (c) => c.notNull())
    .addColumn('finished_at', t.time, (c) => c.notNull())
    .addColumn('outcome', t.key, (c) => c.notNull())
    .addColumn('error', t.text)
    .addColumn('stack', t.text)
    .addPrimaryKeyConstraint('pwj_attempts_pk', ['job_id', 'run'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();

  await db.schema
    .createTable('pwj_logs')
    .ifNotExists()
    .addColumn('job_id', t.key, (c) => c.notNull())
    .addColumn('run', t.int, (c) => c.notNull())
    .addColumn('line', t.int, (c) => c.notNull())
    .addColumn('attempt', t.int, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull())
    .addColumn('level', t.key, (c) => c.notNull())
    .addColumn('message', t.text, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_logs_pk', ['job_id', 'run', 'line'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();

  await db.schema
    .createTable('pwj_history')
    .ifNotExists()
    .addColumn('job_id', t.key, (c) => c.notNull())
    .addColumn('id', t.key, (c) => c.notNull())
    .addColumn('run', t.int, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull())
    .addColumn('event', t.key, (c) => c.notNull())
    .addColumn('attempt', t.int, (c) => c.notNull())
    .addColumn('status', t.key, (c) => c.notNull())
    .addColumn('reason', t.text)
    .addColumn('by', t.key)
    .addPrimaryKeyConstraint('pwj_history_pk', ['job_id', 'id'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();

  await db.schema
    .createTable('pwj_events')
    .ifNotExists()
    .addColumn('seq', t.counter, (c) => c.primaryKey())
    .addColumn('at', t.time, (c) => c.notNull())
    .addColumn('node', t.key, (c) => c.notNull())
    .addColumn('kinds', t.key, (c) => c.notNull())
    .addColumn('events', t.text, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();

  await db.schema
    .createTable('pwj_counts')
    .ifNotExists()
    .addColumn('state', t.key, (c) => c.notNull())
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('shard', t.int, (c) => c.notNull())
    .addColumn('n', t.time, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_counts_pk', ['state', 'type', 'shard'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();

  await db.schema
    .createTable('pwj_totals')
    .ifNotExists()
    .addColumn('type', t.key, (c) => c.notNull())
    .addColumn('shard', t.int, (c) => c.notNull())
    .addColumn('runs', t.time, (c) => c.notNull())
    .addColumn('run_ms', t.time, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_totals_pk', ['type', 'shard'])
    .modifyEnd(sql.raw(t.clustered))
    .execute();

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

async function siteTables(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
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
    .addColumn('data_version', t.int)
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
    .addColumn('about', t.text, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_meta')
    .ifNotExists()
    .addColumn('key', t.key, (c) => c.primaryKey().notNull())
    .addColumn('value', t.text, (c) => c.notNull())
    .modifyEnd(sql.raw(t.table))
    .execute();
  await db.schema
    .createTable('pwj_pauses')
    .ifNotExists()
    .addColumn('kind', t.key, (c) => c.notNull())
    .addColumn('name', t.key, (c) => c.notNull())
    .addColumn('since', t.time, (c) => c.notNull())
    .addColumn('by', t.key)
    .addColumn('until', t.time)
    .addColumn('reason', t.text)
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
}
