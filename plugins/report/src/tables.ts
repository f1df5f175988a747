// The plugin's tables, the same on SQLite, MySQL and MariaDB: how full the disks were, and the reports that were made.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';

const Disks = defineTable(
  'pwj_report_disks',
  {
    day: column.text(10),
    /** `host:path`. */
    place: column.text(190),
    /** Bytes. */
    used: column.integer(),
    total: column.integer(),
  },
  { key: ['day', 'place'] },
);

const Runs = defineTable(
  'pwj_report_runs',
  {
    /** The id of the job that made it. */
    id: column.text(64),
    type: column.text(64),
    title: column.text(190),
    label: column.text(190),
    from_day: column.text(10),
    /** Milliseconds since 1970. */
    made_at: column.integer(),
    /** JSON: `{ format, name, bytes }[]`. */
    files: column.text(),
    /** 1: no job ended in its period. */
    empty: column.integer(),
    sent: column.integer(),
    recipients: column.integer(),
    /** Why it was not sent to some or all recipients. */
    reason: column.text(400),
  },
  { key: 'id', indexes: [['made_at', 'id']] },
);

export const tables = [Disks, Runs] as const;

export type Database = PluginDatabase<typeof tables>;
export type DiskRow = RowOf<typeof Disks>;
export type RunRow = RowOf<typeof Runs>;
