// Our own small migrator: runs each step once, in order, and can be repeated; one row per step, for the core and for each plugin.
import { JobsError } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';
import { version } from '../kernel/identity.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ColumnTypes, Dialect } from './dialect.ts';
import { oldestReader, setOldestReader } from './meta.ts';
import * as jobs from './migrations/001-jobs.ts';
import * as site from './migrations/002-site.ts';
import * as processes from './migrations/003-processes.ts';
import * as receipts from './migrations/004-receipts.ts';
import * as minutes from './migrations/005-minutes.ts';
import * as control from './migrations/006-control.ts';
import * as crashes from './migrations/007-crashes.ts';
import * as lastCompleted from './migrations/008-last-completed.ts';
import * as dataVersion from './migrations/009-data-version.ts';
import * as pauseReason from './migrations/010-pause-reason.ts';
import * as scheduleVersion from './migrations/011-schedule-version.ts';
import * as historyRun from './migrations/012-history-run.ts';
import { decodeAbout } from './node-store.ts';
import type { Database } from './schema.ts';

type Step = (db: Kysely<Database>, types: ColumnTypes) => Promise<void>;

const CORE: Record<string, Step> = {
  '001-jobs': jobs.up,
  '002-site': site.up,
  '003-processes': processes.up,
  '004-receipts': receipts.up,
  '005-minutes': minutes.up,
  '006-control': control.up,
  '007-crashes': crashes.up,
  '008-last-completed': lastCompleted.up,
  '009-data-version': dataVersion.up,
  '010-pause-reason': pauseReason.up,
  '011-schedule-version': scheduleVersion.up,
  '012-history-run': historyRun.up,
};
const CORE_SCOPE = 'core';

/**
 * The oldest step that a process must know to use the tables of this version. A step that only adds (a table, an index, a column with a
 * default) leaves it unchanged, so that older processes keep running during a rolling update; set it to any other step.
 */
const OLDEST_READER = '008-last-completed';

async function ensureTable(db: Kysely<Database>, t: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pwj_migrations')
    .ifNotExists()
    .addColumn('scope', t.key, (c) => c.notNull())
    .addColumn('name', t.key, (c) => c.notNull())
    .addColumn('at', t.time, (c) => c.notNull())
    .addPrimaryKeyConstraint('pwj_migrations_pk', ['scope', 'name'])
    .modifyEnd(sql.raw(t.table))
    .execute();
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
  return dialect.migrating(async (db) => {
    await ensureTable(db, dialect.types);
    const rows = await db.selectFrom('pwj_migrations').select('name').where('scope', '=', scope).execute();
    const done = new Set(rows.map((row) => row.name));
    if (scope === CORE_SCOPE) await refuseNewer(db, done);
    const open = stepsLeft(steps, done);
    if (open.length === 0) return open;
    const own = await dialect.types.withOptions(db);
    for (const name of open) {
      await steps[name]?.(own, dialect.types);
      await db.insertInto('pwj_migrations').values({ scope, name, at: now }).execute();
    }
    if (scope === CORE_SCOPE) await setOldestReader(db, open.at(-1) ?? '', OLDEST_READER);
    return open;
  });
}

/** Steps of a newer version. */
const newerSteps = (done: Iterable<string>): string[] => [...done].filter((name) => !(name in CORE)).sort();

/** Throws `INVALID_CONFIG` with the versions of running processes, unless the newer steps are compatible with this version. */
async function refuseNewer(db: Kysely<Database>, done: ReadonlySet<string>, log?: Logger): Promise<void> {
  const newest = newerSteps(done).at(-1);
  if (newest === undefined) return;
  if (((await oldestReader(db, newest)) ?? '') in CORE) {
    log?.warn(
      `A newer version of PhraseWorks Jobs has changed this database (step ${newest}), and ${version()} can still work on it: update this process, too.`,
    );
    return;
  }
  const nodes = await db.selectFrom('pwj_nodes').selectAll().execute();
  const versions = new Set(nodes.map(({ about }) => decodeAbout(about).version).filter((one) => one !== undefined));
  versions.delete(version());
  const named = versions.size > 0 ? ` (${[...versions].sort().join(', ')})` : '';
  throw new JobsError(
    'INVALID_CONFIG',
    `This database was made by a newer version of PhraseWorks Jobs${named}: it has the step ${newest}, which ${version()} does not know. Update the package, or restore a backup from before. Setting: database`,
  );
}

function stepsLeft(steps: Record<string, Step>, done: ReadonlySet<string>): string[] {
  return Object.keys(steps)
    .filter((name) => !done.has(name))
    .sort();
}

/** Updates the core's own tables; returns the steps that ran. */
export async function migrate(dialect: Dialect, now: number, log?: Logger): Promise<string[]> {
  // If there is nothing to do, do not wait for the lock.
  return (await openSteps(dialect, log)).length === 0 ? [] : migrateScope(dialect, CORE_SCOPE, CORE, now);
}

const hasSteps = ({ types, reader }: Dialect): Promise<boolean> => types.hasColumn(reader, 'pwj_migrations', 'name');

/** The pending steps. Throws like `migrate` for a database of a newer version. */
export async function openSteps(dialect: Dialect, log?: Logger): Promise<string[]> {
  const rows = (await hasSteps(dialect))
    ? await dialect.reader.selectFrom('pwj_migrations').select('name').where('scope', '=', CORE_SCOPE).execute()
    : [];
  const done = new Set(rows.map((row) => row.name));
  await refuseNewer(dialect.reader, done, log);
  return stepsLeft(CORE, done);
}

/** `core 001-jobs`, `plugin:report 001-runs`. Empty before the tables exist. */
export async function stepsRun(dialect: Dialect): Promise<Set<string>> {
  if (!(await hasSteps(dialect))) return new Set();
  const rows = await dialect.reader
    .selectFrom('pwj_migrations')
    .select(['scope', 'name'])
    .orderBy('at')
    .orderBy('name')
    .execute();
  return new Set(rows.map(({ scope, name }) => `${scope} ${name}`));
}
