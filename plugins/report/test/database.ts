// A real SQLite in memory with the plugin's tables.
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { type Database, migrations, type Tables } from '../src/tables.ts';

export async function openDatabase(): Promise<Database> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new SQLite(':memory:') }) });
  for (const migration of Object.values(migrations)) await migration.up(db);
  return db;
}
