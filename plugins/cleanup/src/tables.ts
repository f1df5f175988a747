// The plugin's three tables, the same on SQLite, MySQL and MariaDB.
import type { Migration } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';

/** `writing` during its dry run, `ready` to be run, `running`, `done`. */
export type ListState = 'writing' | 'ready' | 'running' | 'done';

/** What a dry run found. Times are milliseconds since 1970. */
export interface ListRow {
  /** That of the dry run's job. */
  id: string;
  action: string;
  state: ListState;
  items: number;
  bytes: number;
  created_at: number;
  expires_at: number;
  /** The job that runs it, or has run it. */
  run_job: string | null;
}

/** One thing of a list. `outcome`: null until it is run, then `removed` or why it stays. */
export interface ItemRow {
  list_id: string;
  n: number;
  source: string;
  item: string;
  label: string;
  bytes: number;
  at: number;
  mark: string | null;
  outcome: string | null;
}

/** What was removed in an hour, counted since 1970 in UTC. */
export interface TotalRow {
  hour: number;
  action: string;
  items: number;
  bytes: number;
  failed: number;
}

export interface Tables {
  pwj_cleanup_lists: ListRow;
  pwj_cleanup_items: ItemRow;
  pwj_cleanup_totals: TotalRow;
}

export type Database = Kysely<Tables>;

const tables: Migration = {
  async up(db) {
    await db.schema
      .createTable('pwj_cleanup_lists')
      .ifNotExists()
      .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('action', 'varchar(150)', (column) => column.notNull())
      .addColumn('state', 'varchar(16)', (column) => column.notNull())
      .addColumn('items', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addColumn('run_job', 'varchar(64)')
      // Indexes by time; as constraints they come with the table, so the step can be run again on every engine.
      .addUniqueConstraint('pwj_cleanup_lists_created', ['created_at', 'id'])
      .addUniqueConstraint('pwj_cleanup_lists_expires', ['expires_at', 'id'])
      .execute();
    await db.schema
      .createTable('pwj_cleanup_items')
      .ifNotExists()
      .addColumn('list_id', 'varchar(64)', (column) => column.notNull())
      .addColumn('n', 'integer', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('item', 'text', (column) => column.notNull())
      .addColumn('label', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('mark', 'varchar(200)')
      .addColumn('outcome', 'varchar(64)')
      .addPrimaryKeyConstraint('pwj_cleanup_items_key', ['list_id', 'n'])
      .execute();
    await db.schema
      .createTable('pwj_cleanup_totals')
      .ifNotExists()
      .addColumn('hour', 'integer', (column) => column.notNull())
      .addColumn('action', 'varchar(150)', (column) => column.notNull())
      .addColumn('items', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('failed', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('pwj_cleanup_totals_key', ['hour', 'action'])
      .execute();
  },
  async down(db) {
    for (const name of ['pwj_cleanup_totals', 'pwj_cleanup_items', 'pwj_cleanup_lists'])
      await db.schema.dropTable(name).ifExists().execute();
  },
};

export const migrations: Record<string, Migration> = { '001_tables': tables };

/** A sum over no rows is null, and some engines answer sums as text. */
export const summed = (value: unknown): number => Number(value ?? 0);

/** The number of rows, as a number on every engine. */
export const rowCount = sql<number>`count(*)`;
