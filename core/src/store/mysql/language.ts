// How MySQL and MariaDB write statements: upserts as `on duplicate key update`, and tables with our options.
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
} from 'kysely';
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
