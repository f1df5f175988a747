// Gives tables without options those of ours, whatever the defaults of the database: its character set may not hold every text.
import {
  CreateTableNode,
  type Kysely,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  RawNode,
  type ReferencesNode,
  sql,
} from 'kysely';
import type { ColumnTypes } from './dialect.ts';
import type { Database } from './schema.ts';

/** The same connection, for the steps of a migration. */
export async function withTableOptions(db: Kysely<Database>, { table }: ColumnTypes): Promise<Kysely<Database>> {
  if (table === '') return db;
  const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = database() and table_type = 'BASE TABLE' and table_collation <>
      (select table_collation from information_schema.tables where table_schema = database() and table_name = 'pwj_migrations')`.execute(
    db,
  );
  return db.withPlugin(new TableOptions(table, new Set(rows.map(({ name }) => name))));
}

class TableOptions implements KyselyPlugin {
  readonly #options: RawNode;
  /** Tables made with other options: columns that refer to theirs must use the same character set. */
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

/** The tables that its foreign keys point at. */
function targetsOf({ columns, constraints = [] }: CreateTableNode): string[] {
  const keys = [
    ...columns.map((column) => column.references),
    ...constraints.map((one) => (one.kind === 'ForeignKeyConstraintNode' ? one.references : undefined)),
  ];
  return keys.flatMap((key?: ReferencesNode) => key?.table.table.identifier.name ?? []);
}
