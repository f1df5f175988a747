// What this user may do with the database: tried on a table of its own that is gone afterwards, and read from the grants.
import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import type { Database } from '../schema.ts';

class Undo extends Error {}

/** Makes, fills, changes, empties and drops a table; throws what the engine answers. `name` must be new. */
export async function tryRights(dialect: Dialect, name: string): Promise<void> {
  if (dialect.name === 'mysql') {
    try {
      await attempt(dialect.db, dialect, name);
    } finally {
      await sql`drop table if exists ${sql.table(name)}`.execute(dialect.db);
    }
    return;
  }
  await dialect
    .transaction(async ({ db }) => {
      await attempt(db, dialect, name);
      throw new Undo();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error;
    });
}

async function attempt(db: Kysely<Database>, { types }: Dialect, name: string): Promise<void> {
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

/** The user may change the whole server, by its grants. False on SQLite. */
export async function mayDoEverything({ name, db }: Dialect): Promise<boolean> {
  if (name === 'sqlite') return false;
  const { rows } = await sql<Record<string, string>>`show grants`.execute(db);
  return rows.some((row) => isForAll(Object.values(row)[0] ?? ''));
}

/** One line of `show grants`. Pure. */
export const isForAll = (grant: string): boolean =>
  /^GRANT\s(.*\bSUPER\b.*|ALL PRIVILEGES)\sON\s\*\.\*\sTO\s/i.test(grant);
