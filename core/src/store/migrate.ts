// Our own small migrator: runs each step once, in order, and can be repeated; one row per step, for the core and for each plugin.
import type { Kysely } from 'kysely';
import { version } from '../kernel/identity.ts';
import { type ColumnTypes, type Dialect, unusable } from './dialect.ts';
import * as tables from './migrations/001-tables.ts';
import { decodeAbout } from './node-store.ts';
import type { Database } from './schema.ts';

type Step = (db: Kysely<Database>, types: ColumnTypes) => Promise<void>;

const CORE: Record<string, Step> = { '001-tables': tables.up };
const CORE_SCOPE = 'core';

/**
 * Runs the pending steps of `scope`, each recorded in its own row; returns their names. Only one process at a time does so.
 * Throws `INVALID_CONFIG` if the database has a step of the core that this version does not know.
 */
export async function migrateScope(
  dialect: Dialect,
  scope: string,
  steps: Record<string, Step>,
  now: number,
): Promise<string[]> {
  return dialect.migrating(async (db) => {
    await tables.createTable(db, dialect.types, 'pwj_migrations');
    const rows = await db.selectFrom('pwj_migrations').select('name').where('scope', '=', scope).execute();
    const done = new Set(rows.map((row) => row.name));
    if (scope === CORE_SCOPE) await refuseNewer(db, done);
    const open = stepsLeft(steps, done);
    if (open.length === 0) return open;
    for (const name of open) {
      await steps[name]?.(db, dialect.types);
      await db.insertInto('pwj_migrations').values({ scope, name, at: now }).execute();
    }
    return open;
  });
}

/** Throws `INVALID_CONFIG` with the versions of running processes if a newer version has changed the tables. */
async function refuseNewer(db: Kysely<Database>, done: ReadonlySet<string>): Promise<void> {
  const newest = [...done]
    .filter((name) => !(name in CORE))
    .sort()
    .at(-1);
  if (newest === undefined) return;
  const nodes = await db.selectFrom('pwj_nodes').selectAll().execute();
  const versions = new Set(nodes.map(({ about }) => decodeAbout(about).version).filter((one) => one !== undefined));
  versions.delete(version());
  const named = versions.size > 0 ? ` (${[...versions].sort().join(', ')})` : '';
  throw unusable(
    `This database was made by a newer version of PhraseWorks Jobs${named}: it has the step ${newest}, which ${version()} does not know. Update the package, or restore a backup from before. Setting: database`,
  );
}

function stepsLeft(steps: Record<string, Step>, done: ReadonlySet<string>): string[] {
  return Object.keys(steps)
    .filter((name) => !done.has(name))
    .sort();
}

/** Updates the core's own tables; returns the steps that ran. */
export async function migrate(dialect: Dialect, now: number): Promise<string[]> {
  // If there is nothing to do, do not wait for the lock.
  return (await openSteps(dialect)).length === 0 ? [] : migrateScope(dialect, CORE_SCOPE, CORE, now);
}

/** The pending steps. Throws like `migrate` for a database of a newer version. */
export async function openSteps({ types, reader }: Dialect): Promise<string[]> {
  const rows = (await types.tables(reader)).includes('pwj_migrations')
    ? await reader.selectFrom('pwj_migrations').select('name').where('scope', '=', CORE_SCOPE).execute()
    : [];
  const done = new Set(rows.map((row) => row.name));
  await refuseNewer(reader, done);
  return stepsLeft(CORE, done);
}
