// The plugin's three tables, the same on SQLite, MySQL and MariaDB.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
import { sql } from 'kysely';

/** `writing` during its dry run, `ready` to be run, `running`, `done`. */
export type ListState = 'writing' | 'ready' | 'running' | 'done';

/** What a dry run found. Times are milliseconds since 1970. */
const Lists = defineTable(
  'pwj_cleanup_lists',
  {
    /** That of the dry run's job. */
    id: column.text(64),
    action: column.text(150),
    state: column.text<ListState>(16),
    items: column.integer(),
    bytes: column.integer(),
    created_at: column.integer(),
    expires_at: column.integer(),
    /** The job that runs it, or has run it. */
    run_job: column.text(64).orNull(),
  },
  { key: 'id', indexes: [['created_at', 'id'], ['expires_at']] },
);

/** One thing of a list. `outcome`: null until it is run, then `removed` or why it stays. */
const Items = defineTable(
  'pwj_cleanup_items',
  {
    list_id: column.text(64),
    n: column.integer(),
    source: column.text(),
    item: column.text(),
    label: column.text(),
    bytes: column.integer(),
    at: column.integer(),
    mark: column.text(200).orNull(),
    outcome: column.text(64).orNull(),
  },
  { key: ['list_id', 'n'] },
);

/** What was removed in an hour, counted since 1970 in UTC. */
const Totals = defineTable(
  'pwj_cleanup_totals',
  {
    hour: column.integer(),
    action: column.text(150),
    items: column.integer(),
    bytes: column.integer(),
    failed: column.integer(),
  },
  { key: ['hour', 'action'] },
);

export const tables = [Lists, Items, Totals] as const;

export type Database = PluginDatabase<typeof tables>;
export type ListRow = RowOf<typeof Lists>;
export type ItemRow = RowOf<typeof Items>;
export type TotalRow = RowOf<typeof Totals>;

/** A sum over no rows is null, and some engines answer sums as text. */
export const summed = (value: unknown): number => Number(value ?? 0);

/** The number of rows, as a number on every engine. */
export const rowCount = sql<number>`count(*)`;
