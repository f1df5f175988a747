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

/** The completed steps of `scope`, in order; none in a database without tables. */
export async function stepsDone({ types }: Dialect, db: Kysely<Database>, scope: string): Promise<string[]> {
  if (!(await types.tables(db)).includes('pwj_migrations')) return [];
  const rows = await db.selectFrom('pwj_migrations').select('name').where('scope', '=', scope).execute();
  const done = rows.map(({ name }) => name).sort();
  if (scope === CORE_SCOPE) await refuseNewer(db, done);
  return done;
}

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
  const open = async (db: Kysely<Database>): Promise<string[]> => {
    const done = await stepsDone(dialect, db, scope);
    return Object.keys(steps)
      .filter((name) => !done.includes(name))
      .sort();
  };
  // If there is nothing to do, do not wait for the lock.
  if ((await open(dialect.reader)).length === 0) return [];
  return dialect.migrating(async (db) => {
    await tables.createTable(db, dialect.types, 'pwj_migrations');
    const names = await open(db);
    for (const name of names) {
      await steps[name]?.(db, dialect.types);
      await db.insertInto('pwj_migrations').values({ scope, name, at: now }).execute();
    }
    return names;
  });
}

/** Throws `INVALID_CONFIG` with the versions of running processes if a newer version has changed the tables. */
async function refuseNewer(db: Kysely<Database>, done: readonly string[]): Promise<void> {
  const newest = done.filter((name) => !(name in CORE)).at(-1);
  if (newest === undefined) return;
  const nodes = await db.selectFrom('pwj_nodes').selectAll().execute();
  const versions = new Set(nodes.map(({ about }) => decodeAbout(about).version).filter((one) => one !== undefined));
  versions.delete(version());
  const named = versions.size > 0 ? ` (${[...versions].sort().join(', ')})` : '';
  throw unusable(
    `This database was made by a newer version of PhraseWorks Jobs${named}: it has the step ${newest}, which ${version()} does not know. Update the package, or restore a backup from before. Setting: database`,
  );
}

/** Updates the core's own tables; returns the steps that ran. */
export const migrate = (dialect: Dialect, now: number): Promise<string[]> =>
  migrateScope(dialect, CORE_SCOPE, CORE, now);

/** The pending steps. Throws like `migrate` for a database of a newer version. */
export async function openSteps(dialect: Dialect): Promise<string[]> {
  const done = await stepsDone(dialect, dialect.reader, CORE_SCOPE);
  return Object.keys(CORE).filter((name) => !done.includes(name));
}
