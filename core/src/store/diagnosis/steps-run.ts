// Which steps of the tables have run, of the core and of each plugin.
import type { Dialect } from '../dialect.ts';

/** `core 001-jobs`, `plugin:report 001-runs`. Empty while there is no table for them. */
export async function stepsRun({ reader }: Dialect): Promise<Set<string>> {
  const there = (await reader.introspection.getTables()).some(({ name }) => name === 'pwj_migrations');
  if (!there) return new Set();
  const rows = await reader
    .selectFrom('pwj_migrations')
    .select(['scope', 'name'])
    .orderBy('at')
    .orderBy('name')
    .execute();
  return new Set(rows.map(({ scope, name }) => `${scope} ${name}`));
}
