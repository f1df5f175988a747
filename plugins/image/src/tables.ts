// The plugin's one table, the same on SQLite, MySQL and MariaDB.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
import type { Format } from './formats.ts';

const Outputs = defineTable(
  'pwj_image_outputs',
  {
    /** The key in the storage target, with the prefix `s3:` for files in a bucket. */
    path: column.text(255),
    job_id: column.text(64),
    bytes: column.integer(),
    /** In a set, only the largest file counts the bytes of the source. */
    source_bytes: column.integer(),
    width: column.integer(),
    height: column.integer(),
    format: column.text<Format>(8),
    /** Milliseconds since 1970. */
    made_at: column.integer(),
  },
  { key: 'path', indexes: [['made_at', 'path']] },
);

export const tables = [Outputs] as const;

export type Database = PluginDatabase<typeof tables>;
export type OutputRow = RowOf<typeof Outputs>;
