// Whether this user may do in the database what the site does there, tried on a table of its own.
import type { Dialect } from './dialect.ts';

/** Creates, changes, fills, empties and drops the table. Throws the engine's error. */
export async function tryRights(dialect: Dialect, table: string): Promise<void> {
  const name = table as 'pwj_tried';
  const db = dialect.db.withTables<{ pwj_tried: { id: string; n?: number } }>();
  try {
    await db.schema
      .createTable(name)
      .addColumn('id', dialect.types.key, (c) => c.notNull().primaryKey())
      .execute();
    await db.schema.alterTable(name).addColumn('n', dialect.types.int).execute();
    await db.schema.createIndex(`${name}_n`).on(name).column('n').execute();
    await db.insertInto(name).values({ id: 'one' }).execute();
    await db.updateTable(name).set({ n: 1 }).execute();
    await db.deleteFrom(name).execute();
  } finally {
    await db.schema
      .dropTable(name)
      .ifExists()
      .execute()
      .catch(() => {});
  }
}
