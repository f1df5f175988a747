// The plugin's own tables, the same on SQLite, MySQL and MariaDB.
import type { Migration } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';
import type { Category } from './data.ts';
import type { DeliveryState } from './outcome.ts';

export const REASONS = ['unsubscribed', 'complained', 'bounced', 'manual'] as const;
export type Reason = (typeof REASONS)[number];

/** Unsubscribing and complaints block bulk mail; bounces and manual entries block all mail. */
export const STOPS: Record<Category, readonly Reason[]> = {
  bulk: REASONS,
  transactional: ['bounced', 'manual'],
};

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
  /** The recipient in lower case, to be found by. */
  address: string;
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

/** A suppression; one row per address and reason. */
export interface SuppressionRow {
  address: string;
  reason: Reason;
  note: string;
  at: number;
}

export interface SecretRow {
  name: string;
  value: string;
}

export interface Tables {
  pwj_email_deliveries: DeliveryRow;
  pwj_email_messages: MessageRow;
  pwj_email_suppressions: SuppressionRow;
  pwj_email_secrets: SecretRow;
}

export type Database = Kysely<Tables>;

const tables: Migration = {
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
      .addColumn('address', 'varchar(254)', (column) => column.notNull())
      .addPrimaryKeyConstraint('pwj_email_deliveries_key', ['job_id', 'recipient'])
      // As constraints, the indexes are created with the table, so the step can run again on every engine.
      .addUniqueConstraint('pwj_email_deliveries_address', ['address', 'at', 'job_id', 'recipient'])
      .addUniqueConstraint('pwj_email_deliveries_at', ['at', 'job_id', 'recipient'])
      .execute();
    await db.schema
      .createTable('pwj_email_messages')
      .ifNotExists()
      .addColumn('id', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('message_id', 'varchar(400)', (column) => column.notNull())
      .addColumn('sender', 'varchar(254)', (column) => column.notNull())
      .addColumn('recipient', 'varchar(254)', (column) => column.notNull())
      .addColumn('subject', 'varchar(250)', (column) => column.notNull())
      .addColumn('size', 'integer', (column) => column.notNull())
      // On MySQL, `text` is limited to 64 kB; SQLite accepts any type name that contains TEXT.
      .addColumn('raw', sql`longtext`, (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('pwj_email_messages_at', ['at', 'id'])
      .execute();
    await db.schema
      .createTable('pwj_email_suppressions')
      .ifNotExists()
      .addColumn('address', 'varchar(254)', (column) => column.notNull())
      .addColumn('reason', 'varchar(16)', (column) => column.notNull())
      .addColumn('note', 'varchar(400)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('pwj_email_suppressions_key', ['address', 'reason'])
      .addUniqueConstraint('pwj_email_suppressions_at', ['at', 'address', 'reason'])
      .execute();
    await db.schema
      .createTable('pwj_email_secrets')
      .ifNotExists()
      .addColumn('name', 'varchar(64)', (column) => column.primaryKey())
      .addColumn('value', 'varchar(200)', (column) => column.notNull())
      .execute();
  },
  async down(db) {
    for (const name of ['secrets', 'suppressions', 'messages', 'deliveries'])
      await db.schema.dropTable(`pwj_email_${name}`).ifExists().execute();
  },
};

export const migrations: Record<string, Migration> = { '001_tables': tables };
