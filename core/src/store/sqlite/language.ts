// How SQLite writes statements and tables.
import {
  type SelectModifierNode,
  type SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { ColumnFact, ColumnTypes } from '../dialect.ts';
import type { Language } from '../kysely-on.ts';

/** SQLite has no row locks and needs none, since one transaction writes at a time. */
const ROW_LOCKS: ReadonlySet<SelectModifierNode['modifier']> = new Set([
  'ForUpdate',
  'ForNoKeyUpdate',
  'ForShare',
  'ForKeyShare',
  'NoWait',
  'SkipLocked',
]);

/** Leaves out row locks, so that a plugin's statements are the same on every engine. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const kept = node.endModifiers?.filter(({ modifier }) => !ROW_LOCKS.has(modifier));
    super.visitSelectQuery(kept ? { ...node, endModifiers: kept } : node);
  }
}

export const language: Language = {
  adapter: new SqliteAdapter(),
  compiler: new Compiler(),
  introspector: (db) => new SqliteIntrospector(db),
};

export const columnTypes: ColumnTypes = {
  key: 'text',
  text: 'text',
  time: 'integer',
  int: 'integer',
  // SQLite continues from the highest row, and the newest event is never removed: a separate counter would cost a page per commit.
  counter: 'integer',
  clustered: 'without rowid',
  sparse: true,
  columns: async (db, table) =>
    (await sql<ColumnFact>`select name, type, pk as place from pragma_table_info(${table})`.execute(db)).rows,
  tables: async (db) => {
    const found = await sql<{
      name: string;
    }>`select name from sqlite_master where type = 'table' and name glob 'pwj_*'`.execute(db);
    return found.rows.map(({ name }) => name).sort();
  },
};
