// How SQLite writes statements.
import {
  type SelectModifierNode,
  type SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
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
