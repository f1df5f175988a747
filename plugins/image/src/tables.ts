// The plugin's one table, the same on SQLite, MySQL and MariaDB.
import type { PluginDefinition } from '@phraseworks/sdk';
import type { Format } from './formats.ts';

export interface OutputRow {
  /** From the real root, without a leading slash; `s3:` before the path of a file in the bucket. */
  path: string;
  job_id: string;
  bytes: number;
  /** Of a set only its largest file has them: the source was one. */
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
        // Serves as the index of "newest first" in one re-runnable statement; MySQL has no "create index if not exists".
        .addUniqueConstraint('pwj_image_outputs_made', ['made_at', 'path'])
        .execute();
    },
    async down(db) {
      await db.schema.dropTable('pwj_image_outputs').ifExists().execute();
    },
  },
  // Databases of 0.1.0 have run it, and a move needs every step that has run. New tables need nothing of it.
  '002_paths_by_letter_case': { up: async () => {}, down: async () => {} },
};
