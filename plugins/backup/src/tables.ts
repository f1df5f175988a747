// The plugin's table, the same on SQLite, MySQL and MariaDB. The archives are the truth; this is what is known about them.
import type { Migration } from '@phraseworks/sdk';
import type { BackupType } from './manifest.ts';

/**
 * `verified`: read again and complete. `incomplete`: intact, but something is missing.
 * `unverified`: not read again by this version on this machine. `failed`: not made, or damaged.
 */
export type RunState = 'writing' | 'verified' | 'incomplete' | 'unverified' | 'failed';

export interface RunRow {
  id: string;
  /** The attempt that makes it: `job/<id>/<attempt>`, or `hand/<host>/<pid>`. */
  owner: string;
  type: BackupType;
  state: RunState;
  file: string;
  target: string;
  bytes: number;
  rows: number;
  sha256: string;
  /** Why it failed, is incomplete or is not verified. */
  error: string;
  /** The id of an unfinished multipart upload. */
  upload: string;
  /** Milliseconds since 1970: by the archive's own manifest. */
  at: number;
  /** Milliseconds since 1970; 0: never. */
  verified_at: number;
  /** Milliseconds since 1970 when its archive was removed; 0: it exists. Such rows are kept for reports. */
  removed_at: number;
  /** Milliseconds since 1970 when its databases were last restored and compared; 0: never. */
  restore_tested: number;
  /** JSON of `Facts`: its contents and what is missing; null if unknown. */
  facts: string | null;
}

export interface Tables {
  pwj_backup_runs: RunRow;
}

export const migrations: Record<string, Migration> = {
  '001_runs': {
    async up(db) {
      await db.schema
        .createTable('pwj_backup_runs')
        .ifNotExists()
        .addColumn('id', 'varchar(16)', (column) => column.primaryKey())
        .addColumn('owner', 'varchar(200)', (column) => column.notNull())
        .addColumn('type', 'varchar(16)', (column) => column.notNull())
        .addColumn('state', 'varchar(16)', (column) => column.notNull())
        .addColumn('file', 'varchar(100)', (column) => column.notNull())
        .addColumn('target', 'varchar(300)', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('rows', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'varchar(64)', (column) => column.notNull())
        .addColumn('error', 'varchar(1000)', (column) => column.notNull())
        .addColumn('upload', 'varchar(1000)', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('verified_at', 'bigint', (column) => column.notNull())
        .addColumn('removed_at', 'bigint', (column) => column.notNull())
        .addColumn('restore_tested', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('facts', 'text')
        // An index by time, as a constraint so that it is created with the table and the step can be repeated.
        .addUniqueConstraint('pwj_backup_runs_at', ['at', 'id'])
        .execute();
    },
    down: (db) => db.schema.dropTable('pwj_backup_runs').ifExists().execute(),
  },
};
