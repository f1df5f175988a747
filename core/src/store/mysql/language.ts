// How MySQL and MariaDB write statements and tables: upserts as `on duplicate key update`, column types, and tables with our options.
import {
  ColumnNode,
  ColumnUpdateNode,
  CreateTableNode,
  InsertQueryNode,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  OnConflictNode,
  type OperationNode,
  RawNode,
  ReferenceNode,
  sql,
} from 'kysely';
import type { ColumnFact, ColumnTypes } from '../dialect.ts';
import type { Language } from '../kysely-on.ts';

class Compiler extends MysqlQueryCompiler {
  readonly #options: RawNode;

  constructor(tableOptions: string) {
    super();
    this.#options = RawNode.createWithSql(tableOptions);
  }

  protected override visitOnConflict({ columns, updates, updateWhere, indexWhere }: OnConflictNode): void {
    if (updateWhere || indexWhere)
      throw new TypeError('onConflict() with where() needs SQLite: MySQL and MariaDB update every existing row');
    this.append('on duplicate key update ');
    if (updates) {
      this.compileList(updates);
      return;
    }
    const insert = this.parentNode as InsertQueryNode;
    const [column] = columns ?? insert.columns ?? [];
    // `insert ignore` would also hide other errors, such as text that is too long.
    // Name the table, since the query of an `insert ... select` may read a column with the same name.
    const itself = ReferenceNode.create(column as ColumnNode, insert.into);
    this.visitNode(ColumnUpdateNode.create(itself, itself));
  }

  /** In an upsert, `excluded.n`, the value to insert, is `values(n)`. */
  protected override visitReference(node: ReferenceNode): void {
    const updates = this.nodeStack.find(OnConflictNode.is)?.updates ?? [];
    const into = this.nodeStack.find(InsertQueryNode.is)?.into?.table.identifier.name;
    const table = node.table?.table.identifier.name ?? into;
    if (updates.length > 0 && table === 'excluded') {
      this.append('values(');
      this.visitNode(node.column);
      this.append(')');
      return;
    }
    const column = nameOf(node.column);
    const assigned = updates.slice(0, updates.indexOf(this.nodeStack.find(ColumnUpdateNode.is) as ColumnUpdateNode));
    if (table === into && assigned.some((update) => nameOf(update.column) === column))
      throw new TypeError(
        `onConflict() reads ${column} after it has assigned it: SQLite reads the old value, MySQL and MariaDB the new one. Assign ${column} last`,
      );
    super.visitReference(node);
  }

  /**
   * Gives tables without options ours instead of the database's defaults, whose character set may not hold all text. Columns that refer to a
   * table of the host must use the same character set as that.
   */
  protected override visitCreateTable(node: CreateTableNode): void {
    const isPlain = (node.endModifiers?.length ?? 0) === 0 && targetsOf(node).every((name) => name.startsWith('pwj_'));
    super.visitCreateTable(isPlain ? CreateTableNode.cloneWithEndModifier(node, this.#options) : node);
  }
}

const nameOf = (node: OperationNode): string | undefined => (ColumnNode.is(node) ? node.column.name : undefined);

/** The tables that its foreign keys refer to. */
function targetsOf({ columns, constraints = [] }: CreateTableNode): string[] {
  const keys = [
    ...columns.map((column) => column.references),
    ...constraints.map((one) => (one.kind === 'ForeignKeyConstraintNode' ? one.references : undefined)),
  ];
  return keys.flatMap((key) => key?.table.table.identifier.name ?? []);
}

/** `tableOptions`: of tables that are made without any. */
export const languageOf = (tableOptions: string): Language => ({
  adapter: new MysqlAdapter(),
  compiler: new Compiler(tableOptions),
  introspector: (db) => new MysqlIntrospector(db),
});

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
