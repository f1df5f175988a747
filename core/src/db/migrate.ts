// Our own small migrator: each step once, in order, re-runnable; one row per step, for the core and for each plugin.
import { JobsError } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import type { ColumnTypes, Dialect } from './dialect/dialect.ts';
import * as jobs from './migrations/001-jobs.ts';
import * as site from './migrations/002-site.ts';
import type { Database } from './schema.ts';

type Step = (db: Kysely<Database>, types: ColumnTypes) => Promise<void>;

const CORE: Record<string, Step> = { '001-jobs': jobs.up, '002-site': site.up };
const CORE_SCOPE = 'core';

async function ensureTable(dialect: Dialect): Promise<void> {
  const t = dialect.types;
  await dialect.transaction(async ({ db }) => {
    await db.schema
      .createTable('pwj_migrations')
      .ifNotExists()
      .addColumn('scope', t.key, (c) => c.notNull())
      .addColumn('name', t.key, (c) => c.notNull())
      .addColumn('at', t.time, (c) => c.notNull())
      .addPrimaryKeyConstraint('pwj_migrations_pk', ['scope', 'name'])
      .execute();
  });
}

/**
 * Runs the steps of `scope` that have not run yet, in one transaction; answers their names.
 * Throws `INVALID_CONFIG` when the database knows a step of the core that this code does not: it was made by a newer version.
 */
export async function migrateScope(
  dialect: Dialect,
  scope: string,
  steps: Record<string, Step>,
  now: number,
): Promise<string[]> {
  return dialect.transaction(async ({ db }) => {
    const rows = await db.selectFrom('pwj_migrations').select('name').where('scope', '=', scope).execute();
    const done = new Set(rows.map((row) => row.name));
    const unknown = [...done].find((name) => !(name in steps));
    if (scope === CORE_SCOPE && unknown !== undefined) {
      throw new JobsError(
        'INVALID_CONFIG',
        'This database was made by a newer version of PhraseWorks Jobs: update the package, or use another database. Setting: database',
      );
    }
    const open = Object.keys(steps)
      .filter((name) => !done.has(name))
      .sort();
    for (const name of open) {
      await steps[name]?.(db, dialect.types);
      await db.insertInto('pwj_migrations').values({ scope, name, at: now }).execute();
    }
    return open;
  });
}

/** Brings the core's own tables up to date; answers the steps that ran. */
export async function migrate(dialect: Dialect, now: number): Promise<string[]> {
  await ensureTable(dialect);
  return migrateScope(dialect, CORE_SCOPE, CORE, now);
}
