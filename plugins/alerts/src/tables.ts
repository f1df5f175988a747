// The plugin's tables, the same on SQLite, MySQL and MariaDB. Times are milliseconds since 1970.
import type { Migration } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';

export type Rule = 'failed' | 'schedule' | 'success' | 'queue' | 'plugin' | 'node' | 'storage';

/** One thing that can go wrong: a type that fails, a schedule that does not run. One row for all processes. */
export interface CauseRow {
  /** `rule/subject`. */
  id: string;
  rule: Rule;
  subject: string;
  /** 1 while it lasts. */
  open: number;
  /** Rises with each change: who changes the row names the one it has read. */
  version: number;
  /** Of this or the last alert: its first fact, its newest one, and how many there are. */
  since: number;
  seen: number;
  count: number;
  /** JSON: see `Detail`. */
  detail: string;
  /** Messages about this alert, and when the last one was made. */
  messages: number;
  told_at: number | null;
  /** How often it was raised within an hour, which began at `burst_at`. */
  burst: number;
  burst_at: number;
  /** The newest success, where a rule asks for one. */
  good_at: number | null;
  /** JSON: letters of the last message that are neither sent nor jobs yet. */
  outbox: string | null;
}

/** A message that was sent or became a job. */
export interface MessageRow {
  /** `sent/` and a hash: it was sent at once. */
  job_id: string;
  cause: string;
  kind: string;
  /** `mail` or `webhook`, and to whom. */
  channel: string;
  target: string;
  at: number;
}

/** A process that watches; writing its row is how it finds out whether anything can be stored. */
export interface WatcherRow {
  id: string;
  at: number;
}

/** One row: since when this site is watched, and the next run of each schedule as it was last seen, as JSON. */
export interface SiteRow {
  id: number;
  since: number;
  runs: string;
}

export interface Tables {
  pwj_alerts_causes: CauseRow;
  pwj_alerts_messages: MessageRow;
  pwj_alerts_watchers: WatcherRow;
  pwj_alerts_site: SiteRow;
}

export type Database = Kysely<Tables>;

const TABLES = ['pwj_alerts_causes', 'pwj_alerts_messages', 'pwj_alerts_watchers', 'pwj_alerts_site'];

const create: Migration = {
  async up(db) {
    await db.schema
      .createTable('pwj_alerts_causes')
      .ifNotExists()
      .addColumn('id', 'varchar(191)', (column) => column.primaryKey())
      .addColumn('rule', 'varchar(16)', (column) => column.notNull())
      .addColumn('subject', 'varchar(400)', (column) => column.notNull())
      .addColumn('open', 'integer', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('seen', 'bigint', (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addColumn('detail', 'text', (column) => column.notNull())
      .addColumn('messages', 'integer', (column) => column.notNull())
      .addColumn('told_at', 'bigint')
      .addColumn('burst', 'integer', (column) => column.notNull())
      .addColumn('burst_at', 'bigint', (column) => column.notNull())
      .addColumn('good_at', 'bigint')
      .addColumn('outbox', sql`longtext`)
      .execute();
    await db.schema
      .createTable('pwj_alerts_messages')
      .ifNotExists()
      .addColumn('job_id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('cause', 'varchar(191)', (column) => column.notNull())
      .addColumn('kind', 'varchar(16)', (column) => column.notNull())
      .addColumn('channel', 'varchar(16)', (column) => column.notNull())
      .addColumn('target', 'varchar(400)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('pwj_alerts_messages_at', ['at', 'job_id'])
      .execute();
    await db.schema
      .createTable('pwj_alerts_watchers')
      .ifNotExists()
      .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('pwj_alerts_site')
      .ifNotExists()
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('since', 'bigint', (column) => column.notNull())
      .addColumn('runs', sql`longtext`, (column) => column.notNull())
      .execute();
  },
  async down(db) {
    for (const table of TABLES) await db.schema.dropTable(table).ifExists().execute();
  },
};

export const migrations: Record<string, Migration> = { '001_alerts': create };
