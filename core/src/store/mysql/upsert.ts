// Implements Kysely's `onConflict` for MySQL and MariaDB, which have `on duplicate key update` instead.
import {
  ColumnNode,
  ColumnUpdateNode,
  FunctionNode,
  InsertQueryNode,
  type KyselyPlugin,
  type OnConflictNode,
  OnDuplicateKeyNode,
  type OperationNode,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  ReferenceNode,
} from 'kysely';

export class Upserts implements KyselyPlugin {
  transformQuery({ node }: PluginTransformQueryArgs) {
    if (!InsertQueryNode.is(node) || !node.onConflict) return node;
    const { onConflict, ...insert } = node;
    return { ...insert, onDuplicateKey: OnDuplicateKeyNode.create(this.#updates(node, onConflict)) };
  }

  async transformResult({ result }: Parameters<KyselyPlugin['transformResult']>[0]) {
    return result;
  }

  #updates(insert: InsertQueryNode, { columns = insert.columns, ...conflict }: OnConflictNode): ColumnUpdateNode[] {
    if (conflict.updateWhere || conflict.indexWhere)
      throw new TypeError('onConflict() with where() needs SQLite: MySQL and MariaDB update every existing row');
    if (conflict.updates) {
      const values = new UpdateValues(insert.into?.table.identifier.name);
      return conflict.updates.map((update) => values.take(update));
    }
    // `insert ignore` would also hide other errors, such as text that is too long.
    return (columns ?? []).slice(0, 1).map((column) => {
      // Name the table, since the query of an `insert ... select` may read a column with the same name.
      const itself = ReferenceNode.create(column, insert.into);
      return ColumnUpdateNode.create(itself, itself);
    });
  }
}

/** `excluded.n`, the value to insert, is `values(n)`. */
class UpdateValues extends OperationNodeTransformer {
  readonly #table: string | undefined;
  readonly #assigned = new Set<string>();

  constructor(table: string | undefined) {
    super();
    this.#table = table;
  }

  take(update: ColumnUpdateNode): ColumnUpdateNode {
    const taken = this.transformNode(update);
    if (ColumnNode.is(update.column)) this.#assigned.add(update.column.column.name);
    return taken;
  }

  protected override transformNodeImpl<T extends OperationNode>(node: T): T {
    if (!ReferenceNode.is(node)) return super.transformNodeImpl(node);
    const table = node.table?.table.identifier.name ?? this.#table;
    if (table === 'excluded') return FunctionNode.create('values', [node.column]) as OperationNode as T;
    const column = ColumnNode.is(node.column) ? node.column.column.name : '';
    if (table === this.#table && this.#assigned.has(column))
      throw new TypeError(
        `onConflict() reads ${column} after it has assigned it: SQLite reads the old value, MySQL and MariaDB the new one. Assign ${column} last`,
      );
    return super.transformNodeImpl(node);
  }
}
