// The result of one check of `doctor`, and what each engine provides for it.
import type { ColumnTypes, Database, Dialect } from '@phraseworks/jobs/internals/core';
import type { StorageReason } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';

export interface Check {
  check: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found. */
  says: string;
  /** What to do, if anything. */
  advice?: string;
}

export const ok = (check: string, says: string): Check => ({ check, state: 'ok', says });
export const warn = (check: string, says: string, advice: string): Check => ({ check, state: 'warn', says, advice });
/** No `advice` if `says` already tells what to do. */
export const fail = (check: string, says: string, advice?: string): Check => ({
  check,
  state: 'fail',
  says,
  ...(advice === undefined ? {} : { advice }),
});

/** What differs between engines: `sqlite.ts` and `mysql.ts` implement it. */
export interface Diagnosis {
  /** Checks the connection's settings for durability and claims. */
  settings(db: Kysely<Database>): Promise<Check[]>;
  /** Creates, fills, changes, empties and drops a table with this new name; throws the engine's error. */
  tryRights(dialect: Dialect, table: string): Promise<void>;
  /** What to do if a table could not be created or changed for this reason. */
  cure(reason: StorageReason): string;
  /** Whether the user has rights on the whole server. */
  mayDoEverything(db: Kysely<Database>): Promise<boolean>;
  /** Columns of the indexes of our tables, in order, without primary keys. */
  indexes(reader: Kysely<Database>): Promise<IndexPart[]>;
  /** Our tables that have options other than ours. */
  oddTables(dialect: Dialect): Promise<OddTable[]>;
  /** Reads a whole file and reports damage; null on a server, which checks itself. */
  damage(reader: Kysely<Database>): Promise<string[] | null>;
}

export interface IndexPart {
  table: string;
  name: string;
  column: string;
  isUnique: number;
  isBackwards: number;
}

export interface OddTable {
  says: string;
  cure: string;
}

/** Creates, changes, fills and empties a table; its caller drops it. */
export async function tryTable(db: Kysely<Database>, types: ColumnTypes, name: string): Promise<void> {
  const table = sql.table(name);
  await db.schema
    .createTable(name)
    .addColumn('id', types.key, (c) => c.notNull().primaryKey())
    .modifyEnd(sql.raw(types.table))
    .execute();
  await db.schema.alterTable(name).addColumn('n', types.int).execute();
  await db.schema.createIndex(`${name}_n`).on(name).column('n').execute();
  await sql`insert into ${table} (id, n) values ('one', 1)`.execute(db);
  await sql`update ${table} set n = 2 where id = 'one'`.execute(db);
  await sql`delete from ${table} where id = 'one'`.execute(db);
}
