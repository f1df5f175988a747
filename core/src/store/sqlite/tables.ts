// Tables on SQLite: column types and indexes.
import { sql } from 'kysely';
import type { ColumnFact, ColumnTypes } from '../dialect.ts';

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
