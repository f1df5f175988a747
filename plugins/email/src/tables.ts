// The plugin's own tables, the same on SQLite, MySQL and MariaDB.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
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
const Deliveries = defineTable(
  'pwj_email_deliveries',
  {
    job_id: column.text(64),
    recipient: column.text(254),
    message_id: column.text(400),
    state: column.text<DeliveryState>(16),
    response: column.text(400),
    /** How often it was tried; also the fence between two attempts. */
    attempts: column.integer(),
    at: column.integer(),
    /** The recipient in lower case, to be found by. */
    address: column.text(254),
  },
  {
    key: ['job_id', 'recipient'],
    indexes: [
      ['at', 'job_id', 'recipient'],
      ['address', 'at'],
    ],
  },
);

/** A mail in the local mailbox. `raw` holds its bytes, one character each. */
const Messages = defineTable(
  'pwj_email_messages',
  {
    id: column.text(64),
    message_id: column.text(400),
    sender: column.text(254),
    recipient: column.text(254),
    subject: column.text(250),
    size: column.integer(),
    raw: column.text(),
    at: column.integer(),
  },
  { key: 'id', indexes: [['at', 'id']] },
);

/** A suppression; one row per address and reason. */
const Suppressions = defineTable(
  'pwj_email_suppressions',
  { address: column.text(254), reason: column.text<Reason>(16), note: column.text(400), at: column.integer() },
  { key: ['address', 'reason'], indexes: [['at', 'address', 'reason']] },
);

const Secrets = defineTable('pwj_email_secrets', { name: column.text(64), value: column.text(200) }, { key: 'name' });

export const tables = [Deliveries, Messages, Suppressions, Secrets] as const;

export type Database = PluginDatabase<typeof tables>;
export type DeliveryRow = RowOf<typeof Deliveries>;
export type MessageRow = RowOf<typeof Messages>;
export type SuppressionRow = RowOf<typeof Suppressions>;
