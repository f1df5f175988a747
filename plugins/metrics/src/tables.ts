// The plugin's tables, the same on SQLite, MySQL and MariaDB. Times are milliseconds since 1970.
import { type Column, column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
import { FIGURES } from './sums.ts';

/** The key, and a column for each sum; null instead of zero, which takes no space in the row. */
export type SumRow = Record<string, number | string | null>;
const sums: Record<string, Column<SumRow[string]>> = {
  span: column.integer(),
  type: column.text(191),
  at: column.integer(),
  ...Object.fromEntries(FIGURES.map((name) => [name, column.integer().orNull()])),
};

/** What happened, by minute, by quarter of an hour and of all time. */
const Minutes = defineTable('pwj_metrics_minutes', sums, { key: ['span', 'type', 'at'] });

/** Writes of the last day. */
const Flushes = defineTable(
  'pwj_metrics_flushes',
  { id: column.text(36), at: column.integer() },
  { key: 'id', indexes: [['at']] },
);

/** When the last job of each schedule completed, and that job. */
const Schedules = defineTable(
  'pwj_metrics_schedules',
  { name: column.text(400), job: column.text(64), at: column.integer() },
  { key: 'name' },
);

const Reasons = defineTable(
  'pwj_metrics_reasons',
  {
    /** When its quarter of an hour began. */
    at: column.integer(),
    type: column.text(191),
    /** A hash of the text, which is too long for a key. */
    reason_key: column.text(32),
    reason: column.text(400),
    failed: column.integer(),
    retried: column.integer(),
  },
  { key: ['at', 'type', 'reason_key'] },
);

const Slowest = defineTable(
  'pwj_metrics_slowest',
  {
    job_id: column.text(64),
    type: column.text(191),
    /** The job's summary; empty if its type has none. */
    about: column.text(200),
    ms: column.integer(),
    ended_at: column.integer(),
  },
  { key: 'job_id', indexes: [['ended_at']] },
);

export const tables = [Minutes, Flushes, Schedules, Reasons, Slowest] as const;

export type Database = PluginDatabase<typeof tables>;
export type ReasonRow = RowOf<typeof Reasons>;
export type SlowRow = RowOf<typeof Slowest>;
