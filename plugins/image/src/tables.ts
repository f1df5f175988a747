// The plugin's one table, the same on SQLite, MySQL and MariaDB.
import type { PluginDefinition } from '@phraseworks/sdk';
import type { Format } from './formats.ts';

export interface OutputRow {
  /** The key in the storage target, with the prefix `s3:` for files in a bucket. */
  path: string;
  job_id: string;
  bytes: number;
  /** In a set, only the largest file counts the bytes of the source. */
  source_bytes: number;
  width: number;
  height: number;
  format: Format;
  /** Milliseconds since 1970. */
  made_at: number;
}

export interface Tables {
  pwj_image_outputs: OutputRow;
}

export const migrations: NonNullable<PluginDefinition['migrations']> = {
  '001_outputs': {
    async up(db) {
      await db.schema
        .createTable('pwj_image_outputs')
        .ifNotExists()
        .addColumn('path', 'varchar(255)', (column) => column.primaryKey())
        .addColumn('job_id', 'varchar(64)', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('source_bytes', 'bigint', (column) => column.notNull())
        .addColumn('width', 'integer', (column) => column.notNull())
        .addColumn('height', 'integer', (column) => column.notNull())
        .addColumn('format', 'varchar(8)', (column) => column.notNull())
        .addColumn('made_at', 'bigint', (column) => column.notNull())
        // An index for "newest first", as a constraint because MySQL has no "create index if not exists".
        .addUniqueConstraint('pwj_image_outputs_made', ['made_at', 'path'])
        .execute();
    },
    async down(db) {
      await db.schema.dropTable('pwj_image_outputs').ifExists().execute();
    },
  },
};
