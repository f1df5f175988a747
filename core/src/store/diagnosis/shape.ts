// Are the tables as the steps make them, and may this user make one? A new database in memory shows what columns and indexes there have to be.
import { type Kysely, sql } from 'kysely';
import type { ColumnTypes, Dialect } from '../dialect.ts';
import { migrate } from '../migrate.ts';
import type { Database } from '../schema.ts';

/** `column state`, `index pwj_jobs_claim (state, lane)`, `unique index pwj_uploads_key (key)`, of each of the core's tables. */
type Shape = ReadonlyMap<string, ReadonlySet<string>>;

async function shapeOf(dialect: Dialect): Promise<Shape> {
  const shape = new Map<string, Set<string>>();
  for (const { name, columns } of await dialect.reader.introspection.getTables())
    if (name.startsWith('pwj_')) shape.set(name, new Set(columns.map((column) => `column ${column.name}`)));
  const indexes = new Map<string, { table: string; unique: boolean; columns: string[] }>();
  for (const { table, name, column, isUnique, isBackwards } of await dialect.diagnosis.indexes(dialect.reader)) {
    const known = indexes.get(`${table} ${name}`) ?? { table, unique: Number(isUnique) === 1, columns: [] };
    known.columns.push(Number(isBackwards) === 1 ? `${column} desc` : column);
    indexes.set(`${table} ${name}`, known);
  }
  for (const [key, { table, unique, columns }] of indexes)
    shape.get(table)?.add(`${unique ? 'unique ' : ''}index ${key.slice(table.length + 1)} (${columns.join(', ')})`);
  return shape;
}

/** What is missing, or made otherwise: `pwj_jobs: column lane`. Null where there can be no model: without better-sqlite3. */
export async function missingParts(dialect: Dialect, openModel: () => Promise<Dialect>): Promise<string[] | null> {
  const model = await openModel().catch(() => null);
  if (!model) return null;
  try {
    await migrate(model, 0);
    const [wanted, found] = [await shapeOf(model), await shapeOf(dialect)];
    return [...wanted].flatMap(([table, parts]) => {
      const there = found.get(table);
      if (!there) return [`the table ${table}`];
      return [...parts].filter((part) => !there.has(part)).map((part) => `${table}: ${part}`);
    });
  } finally {
    await model.close();
  }
}

/** Makes, changes, fills and empties a table; its caller drops it. */
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
