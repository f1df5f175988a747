// A real SQLite in memory with the plugin's tables, and a clock that stands still.
import type { PluginClock } from '@phraseworks/sdk';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { type Database, migrations, type Tables } from '../src/tables.ts';

export async function openDatabase(file = ':memory:'): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new SQLite(file) }) });
  for (const migration of Object.values(migrations)) await migration.up(db);
  return db;
}

export interface ManualClock extends PluginClock {
  /** Milliseconds since 1970; set it to move time. */
  time: number;
}

export function manualClock(time = Date.UTC(2026, 10, 25, 9)): ManualClock {
  const clock: ManualClock = {
    time,
    now: () => clock.time,
    after: () => () => {},
    iso: (ms = clock.time) => new Date(ms).toISOString(),
  };
  return clock;
}
