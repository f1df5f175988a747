// Tables on MySQL and MariaDB: column types, indexes, and options for tables without any.
import {
  CreateTableNode,
  type Kysely,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  RawNode,
  type ReferencesNode,
  sql,
} from 'kysely';
import type { ColumnFact, ColumnTypes } from '../dialect.ts';
import type { Database } from '../schema.ts';

/** `collation`: compares byte by byte. */
export function columnTypes(collation: string): ColumnTypes {
  const table = `engine=InnoDB row_format=dynamic default character set utf8mb4 collate ${collation}`;
  return {
    key: 'varchar(191)',
    text: sql`longtext`,
    time: 'bigint',
    int: 'integer',
    counter: sql`bigint auto_increment`,
    table,
    clustered: table,
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
    withOptions: async (db) => db.withPlugin(new TableOptions(table, await tablesWithOtherOptions(db))),
  };
}

async function tablesWithOtherOptions(db: Kysely<Database>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = database() and table_type = 'BASE TABLE' and table_collation <>
      (select table_collation from information_schema.tables where table_schema = database() and table_name = 'pwj_migrations')`.execute(
    db,
  );
  return new Set(rows.map(({ name }) => name));
}

/** Gives tables without options ours instead of the database's defaults, whose character set may not hold all text. */
class TableOptions implements KyselyPlugin {
  readonly #options: RawNode;
  /** Columns that refer to these tables must use the same character set. */
  readonly #others: ReadonlySet<string>;

  constructor(options: string, others: ReadonlySet<string>) {
    this.#options = RawNode.createWithSql(options);
    this.#others = others;
  }

  transformQuery({ node }: PluginTransformQueryArgs) {
    if (!CreateTableNode.is(node) || (node.endModifiers?.length ?? 0) > 0) return node;
    if (targetsOf(node).some((name) => this.#others.has(name))) return node;
    return CreateTableNode.cloneWithEndModifier(node, this.#options);
  }

  async transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return result;
  }
}

/** The tables that its foreign keys refer to. */
function targetsOf({ columns, constraints = [] }: CreateTableNode): string[] {
  const keys = [
    ...columns.map((column) => column.references),
    ...constraints.map((one) => (one.kind === 'ForeignKeyConstraintNode' ? one.references : undefined)),
  ];
  return keys.flatMap((key?: ReferencesNode) => key?.table.table.identifier.name ?? []);
}
