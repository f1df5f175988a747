// Kysely's `onConflict` on MySQL and MariaDB, which have `on duplicate key update` instead.
import {
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
  readonly #excluded = new Excluded();

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
      throw new TypeError('onConflict() with where() needs SQLite: MySQL and MariaDB update every row that is there');
    if (conflict.updates) return conflict.updates.map((update) => this.#excluded.transformNode(update));
    // `insert ignore` would also hide other mistakes, such as a text that is too long.
    return (columns ?? []).slice(0, 1).map((column) => {
      const itself = ReferenceNode.create(column);
      return ColumnUpdateNode.create(itself, itself);
    });
  }
}

/** `excluded.n`, the value that was to be inserted, is `values(n)`. */
class Excluded extends OperationNodeTransformer {
  protected override transformNodeImpl<T extends OperationNode>(node: T): T {
    if (!ReferenceNode.is(node) || node.table?.table.identifier.name !== 'excluded')
      return super.transformNodeImpl(node);
    return FunctionNode.create('values', [node.column]) as OperationNode as T;
  }
}
