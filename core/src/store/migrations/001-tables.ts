// Creates the tables of `schema.ts`. A column that a later version adds is in there, too, and in a step that adds it where it is missing.
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Columns } from '../../kernel/columns.ts';
import type { ColumnTypes } from '../dialect.ts';
import { firstMeta, HOLDS_KEY, INSTANCE_KEY } from '../meta.ts';
import { columnName, type Database, TABLES, type Table } from '../schema.ts';

export async function up(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  for (const name of Object.keys(TABLES) as (keyof Database)[]) await createTable(db, t, name);
  await firstMeta(db, INSTANCE_KEY, randomUUID());
  await firstMeta(db, HOLDS_KEY, '1');
}

export async function createTable(db: Kysely<Database>, t: ColumnTypes, name: keyof Database): Promise<void> {
  const { columns, key, clustered = false, indexes = {} } = TABLES[name] as unknown as Table<Columns>;
  let table = db.schema.createTable(name).ifNotExists();
  for (const [column, { kind, isNullable }] of Object.entries(columns))
    table = table.addColumn(columnName(column), t[kind], (one) => (isNullable ? one : one.notNull()));
  if (clustered && t.clustered) table = table.modifyEnd(sql.raw(t.clustered));
  await table.addPrimaryKeyConstraint(`${name}_pk`, key.map(columnName) as never[]).execute();
  for (const [end, { columns: of, unique = false, sparse = false }] of Object.entries(indexes)) {
    const names = of.map(columnName);
    let index = db.schema
      .createIndex(`${name}_${end}`)
      .on(name)
      .columns(names as never[]);
    if (unique) index = index.unique();
    await unlessThere(sparse && t.sparse ? index.where(sql.ref(names[0] ?? ''), 'is not', null) : index);
  }
}

/** MySQL cannot roll back what a step did before it was interrupted, and has no `create index if not exists`. */
async function unlessThere(index: { execute(): Promise<void> }): Promise<void> {
  await index.execute().catch((error: Error) => {
    if (!/duplicate key name|already exists/i.test(error.message)) throw error;
  });
}
