// The plugin's tables, the same on SQLite, MySQL and MariaDB. Times are milliseconds since 1970.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';

export type Rule = 'failed' | 'schedule' | 'success' | 'queue' | 'plugin' | 'node' | 'storage';

/** One thing that can go wrong: a type that fails, a schedule that does not run. One row for all processes. */
const Causes = defineTable(
  'pwj_alerts_causes',
  {
    /** `rule/subject`. */
    id: column.text(191),
    rule: column.text<Rule>(16),
    subject: column.text(400),
    /** 1 while it lasts. */
    open: column.integer(),
    /** Rises with each change: who changes the row names the one it has read. */
    version: column.integer(),
    /** Of this or the last alert: its first fact, its newest one, and how many there are. */
    since: column.integer(),
    seen: column.integer(),
    count: column.integer(),
    /** JSON: see `Detail`. */
    detail: column.text(),
    /** Messages about this alert, and when the last one was made. */
    messages: column.integer(),
    told_at: column.integer().orNull(),
    /** How often it was raised within an hour, which began at `burst_at`. */
    burst: column.integer(),
    burst_at: column.integer(),
    /** The newest success, where a rule asks for one. */
    good_at: column.integer().orNull(),
    /** JSON: letters of the last message that are neither sent nor jobs yet. */
    outbox: column.text().orNull(),
  },
  { key: 'id' },
);

/** A message that was sent or became a job. */
const Messages = defineTable(
  'pwj_alerts_messages',
  {
    /** `sent/` and a hash: it was sent at once. */
    job_id: column.text(64),
    cause: column.text(191),
    kind: column.text(16),
    /** `mail` or `webhook`, and to whom. */
    channel: column.text(16),
    target: column.text(400),
    at: column.integer(),
  },
  { key: 'job_id', indexes: [['at']] },
);

/** A process that watches; writing its row is how it finds out whether anything can be stored. */
const Watchers = defineTable('pwj_alerts_watchers', { id: column.text(64), at: column.integer() }, { key: 'id' });

/** One row: since when this site is watched, and the next run of each schedule as it was last seen, as JSON. */
const Site = defineTable(
  'pwj_alerts_site',
  { id: column.integer(), since: column.integer(), runs: column.text() },
  { key: 'id' },
);

export const tables = [Causes, Messages, Watchers, Site] as const;

export type Database = PluginDatabase<typeof tables>;
export type CauseRow = RowOf<typeof Causes>;
export type MessageRow = RowOf<typeof Messages>;
export type SiteRow = RowOf<typeof Site>;
