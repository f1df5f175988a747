// Tables on MySQL and MariaDB: column types, indexes and options.
import { sql } from 'kysely';
import type { ColumnFact, ColumnTypes } from '../dialect.ts';

/** `collation`: compares byte by byte. */
export const tableOptions = (collation: string): string =>
  `engine=InnoDB row_format=dynamic default character set utf8mb4 collate ${collation}`;

export const columnTypes: ColumnTypes = {
  key: 'varchar(191)',
  text: sql`longtext`,
  time: 'bigint',
  int: 'integer',
  counter: sql`bigint auto_increment`,
  clustered: '',
  sparse: false,
  // Kysely's introspection reads all columns of the database, which takes 30 ms each time.
  columns: async (db, table) => {
    const found = await sql<ColumnFact>`select c.column_name as name, c.data_type as type, k.ordinal_position as place
        from information_schema.columns c left join information_schema.key_column_usage k
        on k.table_schema = c.table_schema and k.table_name = c.table_name and k.column_name = c.column_name and k.constraint_name = 'PRIMARY'
        where c.table_schema = database() and c.table_name = ${table} and c.extra not like '%VIRTUAL%' and c.extra not like '%STORED%'`.execute(
      db,
    );
    return found.rows;
  },
  tables: async (db) => {
    const found = await sql<{ name: string }>`select table_name as name from information_schema.tables
        where table_schema = database() and table_type = 'BASE TABLE' and table_name like 'pwj\\_%'`.execute(db);
    return found.rows.map(({ name }) => name).sort();
  },
};
