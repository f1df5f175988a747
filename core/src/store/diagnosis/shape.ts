// Are the tables as the steps make them? A new database in memory shows what columns and indexes there have to be.
import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { migrate } from '../migrate.ts';

/** `column state`, `index pwj_jobs_claim (state, lane)`, `unique index pwj_uploads_key (key)`, of each of the core's tables. */
type Shape = ReadonlyMap<string, ReadonlySet<string>>;

interface IndexPart {
  table: string;
  name: string;
  column: string;
  isUnique: number;
  isBackwards: number;
}

const indexesOf = ({ name }: Dialect) =>
  name === 'sqlite'
    ? sql<IndexPart>`select t.name as "table", l.name as name, i.name as "column", l."unique" as "isUnique", i."desc" as "isBackwards"
        from sqlite_master t, pragma_index_list(t.name) l, pragma_index_xinfo(l.name) i
        where t.type = 'table' and t.name like 'pwj\\_%' escape '\\' and l.origin = 'c' and i.key = 1 order by t.name, l.name, i.seqno`
    : sql<IndexPart>`select table_name as "table", index_name as name, column_name as "column", 1 - non_unique as "isUnique",
        case when collation = 'D' then 1 else 0 end as "isBackwards"
        from information_schema.statistics where table_schema = database() and table_name like 'pwj\\\\_%' and index_name <> 'PRIMARY'
        order by table_name, index_name, seq_in_index`;

async function shapeOf(dialect: Dialect): Promise<Shape> {
  const shape = new Map<string, Set<string>>();
  for (const { name, columns } of await dialect.reader.introspection.getTables())
    if (name.startsWith('pwj_')) shape.set(name, new Set(columns.map((column) => `column ${column.name}`)));
  const indexes = new Map<string, { table: string; unique: boolean; columns: string[] }>();
  for (const { table, name, column, isUnique, isBackwards } of (await indexesOf(dialect).execute(dialect.reader))
    .rows) {
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

export interface OddTable {
  name: string;
  says: string;
}

/** On MySQL and MariaDB: tables whose engine has no transactions, or that do not compare texts byte by byte. */
export async function oddTables({ name, reader }: Dialect): Promise<OddTable[]> {
  if (name === 'sqlite') return [];
  const { rows } = await sql<{ name: string; engine: string; collation: string }>`
    select table_name as name, engine, table_collation as collation from information_schema.tables
    where table_schema = database() and table_name like 'pwj\\_%' and table_type = 'BASE TABLE' order by table_name`.execute(
    reader,
  );
  return rows.flatMap(({ name: table, engine, collation }) => [
    ...(/^innodb$/i.test(engine) ? [] : [{ name: table, says: `${table} is a table of ${engine}, not InnoDB` }]),
    ...(/^utf8mb4_.*bin$/.test(collation) ? [] : [{ name: table, says: `${table} has the collation ${collation}` }]),
  ]);
}

/** What SQLite finds wrong with the file, in its words; empty where it is whole. It reads all of it. */
export async function damageIn({ name, reader }: Dialect): Promise<string[]> {
  if (name === 'mysql') return [];
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(5)`.execute(reader);
  return rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
}
