// The plugin's table, the same on SQLite, MySQL and MariaDB. The archives are the truth; this is what is known about them.
import { column, defineTable, type PluginDatabase, type RowOf } from '@phraseworks/sdk';
import type { BackupType } from './manifest.ts';

/**
 * `verified`: read again and complete. `incomplete`: intact, but something is missing.
 * `unverified`: not read again by this version on this machine. `failed`: not made, or damaged.
 */
export type RunState = 'writing' | 'verified' | 'incomplete' | 'unverified' | 'failed';

/** Times in milliseconds since 1970; 0: never. */
const Runs = defineTable(
  'pwj_backup_runs',
  {
    id: column.text(16),
    /** The attempt that makes it: `job/<id>/<attempt>`, or `hand/<host>/<pid>`. */
    owner: column.text(200),
    type: column.text<BackupType>(16),
    state: column.text<RunState>(16),
    file: column.text(100),
    target: column.text(300),
    bytes: column.integer(),
    rows: column.integer(),
    sha256: column.text(64),
    /** Why it failed, is incomplete or is not verified. */
    error: column.text(1_000),
    /** The id of an unfinished multipart upload. */
    upload: column.text(1_000),
    /** By the archive's own manifest. */
    at: column.integer(),
    verified_at: column.integer(),
    /** When its archive was removed; 0: it exists. Such rows are kept for reports. */
    removed_at: column.integer(),
    /** When its databases were last restored and compared. */
    restore_tested: column.integer(),
    /** JSON of `Facts`: its contents and what is missing; null if unknown. */
    facts: column.text().orNull(),
  },
  { key: 'id', indexes: [['at']] },
);

export const tables = [Runs] as const;

export type Database = PluginDatabase<typeof tables>;
export type RunRow = RowOf<typeof Runs>;

/** What is not known yet of a backup. */
export const NEW_ROW = {
  bytes: 0,
  rows: 0,
  sha256: '',
  error: '',
  upload: '',
  at: 0,
  verified_at: 0,
  removed_at: 0,
  restore_tested: 0,
  facts: null,
} as const satisfies Partial<RunRow>;
