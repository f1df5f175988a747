// What makes a step of a migration one that may run again: where schema changes cannot be rolled back, a crash leaves it half done.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

async function tableOf(db: Kysely<Database>, table: string) {
  return (await db.introspection.getTables()).find(({ name }) => name === table);
}

export async function hasColumn(db: Kysely<Database>, table: string, column: string): Promise<boolean> {
  return (await tableOf(db, table))?.columns.some(({ name }) => name === column) ?? false;
}

interface Index {
  name: string;
  table: keyof Database;
  columns: readonly string[];
  unique?: boolean;
  /** Only the rows that have a value in this column, where the engine can. */
  sparse?: string;
}

/** Makes an index unless it is there. */
export async function ensureIndex(db: Kysely<Database>, t: ColumnTypes, index: Index): Promise<void> {
  const { name, table, columns, unique = false, sparse } = index;
  if (!t.partialIndexes && (await isThere(db, table, name))) return;
  let make = db.schema
    .createIndex(name)
    .on(table)
    .columns([...columns] as never[]);
  if (unique) make = make.unique();
  if (!t.partialIndexes) {
    await make.execute();
    return;
  }
  make = make.ifNotExists();
  await (sparse === undefined ? make : make.where(sql.ref(sparse), 'is not', null)).execute();
}

/** MySQL has no `create index if not exists`. */
async function isThere(db: Kysely<Database>, table: string, name: string): Promise<boolean> {
  const found = await sql<{ n: number }>`select count(*) as n from information_schema.statistics
    where table_schema = database() and table_name = ${table} and index_name = ${name}`.execute(db);
  return Number(found.rows[0]?.n) > 0;
}
