// Sees which tables a plugin writes through ctx.db, and what its tables hold.
import type { AnyTable, PluginContext, PluginDatabase } from '@phraseworks/sdk';

type KyselyPlugin = Parameters<PluginDatabase['withPlugin']>[0];
type Node = Record<string, unknown> & { kind: string };

/** Where a statement that changes something names its table. */
const TARGETS: Readonly<Record<string, string>> = {
  InsertQueryNode: 'into',
  UpdateQueryNode: 'table',
  DeleteQueryNode: 'from',
  CreateTableNode: 'table',
  AlterTableNode: 'table',
  DropTableNode: 'table',
  CreateIndexNode: 'table',
};
const RAW = /\b(?:into|update|from|table(?:\s+if\s+(?:not\s+)?exists)?)\s+["`]?(pwj_\w+)/gi;

function written(node: Node): string[] {
  const key = TARGETS[node.kind];
  if (key) return names(node[key]);
  if (node.kind !== 'RawNode') return [];
  const text = (node.sqlFragments as readonly string[]).join(' ? ');
  return /^\s*(?:with|select)\b/i.test(text) ? [] : [...text.matchAll(RAW)].map(([, table]) => table as string);
}

function names(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { kind, name, table } = node as { kind?: string; name?: unknown; table?: { identifier?: { name?: string } } };
  if (kind === 'TableNode') return table?.identifier?.name ? [table.identifier.name] : [];
  if (kind === 'IdentifierNode') return typeof name === 'string' ? [name] : [];
  return Object.values(node).flatMap(names);
}

/** The context with a `db` that calls `write` with each table it is about to change. */
export function watched(ctx: PluginContext, write: (table: string) => void): PluginContext {
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      for (const table of written(node as unknown as Node)) write(table);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return Object.defineProperties({} as PluginContext, {
    ...Object.getOwnPropertyDescriptors(ctx),
    db: { enumerable: true, value: ctx.db.withPlugin(plugin) },
  });
}

/** Per table the number of its rows, and the sum of each column of numbers that does not count attempts. */
export async function contents(
  db: PluginDatabase<readonly AnyTable[]>,
  tables: readonly string[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const table of tables) {
    const rows = await db.selectFrom(table).selectAll().execute();
    found.set(`rows of ${table}`, rows.length);
    for (const column of Object.keys(rows[0] ?? {})) {
      const values = rows.map((row) => row[column]);
      if (/attempt|tries|runs?$/i.test(column) || !values.every((value) => typeof value === 'number')) continue;
      found.set(
        `${table}.${column}`,
        values.reduce((sum: number, value) => sum + (value as number), 0),
      );
    }
  }
  return found;
}
