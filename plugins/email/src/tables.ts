// The plugin's two tables, the same on SQLite, MySQL and MariaDB.
import type { Kysely, Migration } from 'kysely';
import { sql } from 'kysely';
import type { DeliveryState } from './outcome.ts';

/** One recipient of one job. `at` in milliseconds since 1970. */
export interface DeliveryRow {
  job_id: string;
  recipient: string;
  message_id: string;
  state: DeliveryState;
  response: string;
  /** How often it was tried; also the fence between two attempts. */
  attempts: number;
  at: number;
}

/** A mail in the local mailbox. `raw` holds its bytes, one character each. */
export interface MessageRow {
  id: string;
  message_id: string;
  sender: string;
  recipient: string;
  subject: string;
  size: number;
  raw: string;
  at: number;
}

export interface Tables {
  pwj_email_deliveries: DeliveryRow;
  pwj_email_messages: MessageRow;
}

export type Database = Kysely<Tables>;

const createDeliveries: Migration = {
  async up(db) {
    await db.schema
      .createTable('pwj_email_deliveries')
      .ifNotExists()
      .addColumn('job_id', 'varchar(64)', (column) => column.notNull())
      .addColumn('recipient', 'varchar(254)', (column) => column.notNull())
      .addColumn('message_id', 'varchar(400)', (column) => column.notNull())
      .addColumn('state', 'varchar(16)', (column) => column.notNull())
      .addColumn('response', 'varchar(400)', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('pwj_email_deliveries_key', ['job_id', 'recipient'])
      // An index by time; as a constraint it comes with the table, so the step can be run again on every engine.
      .addUniqueConstraint('pwj_email_deliveries_at', ['at', 'job_id', 'recipient'])
      .execute();
  },
  down: (db) => db.schema.dropTable('pwj_email_deliveries').ifExists().execute(),
};

const createMessages: Migration = {
  async up(db) {
    await db.schema
      .createTable('pwj_email_messages')
      .ifNotExists()
      .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('message_id', 'varchar(400)', (column) => column.notNull())
      .addColumn('sender', 'varchar(254)', (column) => column.notNull())
      .addColumn('recipient', 'varchar(254)', (column) => column.notNull())
      .addColumn('subject', 'varchar(250)', (column) => column.notNull())
      .addColumn('size', 'integer', (column) => column.notNull())
      // Plain `text` ends at 64 kB on MySQL; SQLite takes any name that holds TEXT.
      .addColumn('raw', sql`longtext`, (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('pwj_email_messages_at', ['at', 'id'])
      .execute();
  },
  down: (db) => db.schema.dropTable('pwj_email_messages').ifExists().execute(),
};

export const migrations: Record<string, Migration> = {
  '001_deliveries': createDeliveries,
  '002_messages': createMessages,
};
