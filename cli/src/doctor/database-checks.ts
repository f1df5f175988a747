// Checks of the database: durability settings, permissions, tables and clock.

import { type Clock, messageOf } from '@phraseworks/jobs/internals/base';
import {
  type Check,
  type Dialect,
  fail,
  missingParts,
  ok,
  openSteps,
  refuseMoved,
  warn,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';

/** Milliseconds by which two clocks may differ. */
const SKEW = 2_000;

export async function settingsChecks({ db, diagnosis, facts }: Dialect): Promise<Check[]> {
  const { engine, version, location } = facts();
  return [ok('database', `${engine} ${version} answers (${location})`), ...(await diagnosis.settings(db))];
}

/** `name`: a table name that is not in use. */
export async function rightsChecks(dialect: Dialect, name: string): Promise<Check[]> {
  try {
    await dialect.diagnosis.tryRights(dialect, name);
  } catch (error) {
    // Other messages may contain names of the server.
    const why = error instanceof JobsError ? messageOf(error) : 'the database refused to make, change or fill a table';
    return [fail('rights', why, dialect.diagnosis.cure(dialect.storageReason(error)))];
  }
  const checks = [ok('rights', 'tables can be made, changed, filled, emptied and dropped')];
  if (await dialect.diagnosis.mayDoEverything(dialect.db)) {
    checks.push(
      warn('grants', 'this user may change the whole server', 'A user with rights on this database alone is safer.'),
    );
  }
  return checks;
}

export async function tablesCheck(dialect: Dialect): Promise<Check> {
  try {
    const open = await openSteps(dialect);
    if (open.length === 0) return ok('tables', 'up to date');
    return warn(
      'tables',
      `${open.length} steps are open: ${open.join(', ')}`,
      'phraseworks-jobs migrate, or start the site.',
    );
  } catch (error) {
    if (!(error instanceof JobsError)) throw error;
    return fail('tables', messageOf(error), 'Update the package, or restore a backup from before.');
  }
}

/** Reports a database that was moved, at least in part, since nothing can be started on it. */
export async function movedCheck(dialect: Dialect): Promise<Check[]> {
  try {
    await refuseMoved(dialect);
    return [];
  } catch (error) {
    if (!(error instanceof JobsError) || error.code !== 'INVALID_CONFIG') throw error;
    return [fail('move', messageOf(error))];
  }
}

/** The most parts to list. */
const NAMED = 5;

export async function shapeChecks(dialect: Dialect, openModel: () => Promise<Dialect>): Promise<Check[]> {
  const missing = await missingParts(dialect, openModel);
  const odd = await dialect.diagnosis.oddTables(dialect);
  const checks =
    missing === null
      ? [warn('columns, indexes', 'not compared: better-sqlite3 is not installed', 'npm install better-sqlite3')]
      : missing.length === 0
        ? [ok('columns, indexes', 'as they are made')]
        : [fail('columns, indexes', `not there, or made otherwise: ${some(missing)}`, cureOf(missing[0] ?? ''))];
  if (odd[0]) {
    checks.push(
      fail('engine, collation', some(odd.map(({ says }) => says)), `${odd[0].cure}; the same for the others.`),
    );
  }
  return checks;
}

/** Only for files; servers check themselves. */
export async function damageCheck({ diagnosis, reader, facts }: Dialect): Promise<Check[]> {
  const damage = await diagnosis.damage(reader);
  if (damage === null) return [];
  if (damage.length === 0) return [ok('file', `whole: ${facts().engine} finds nothing wrong in it`)];
  return [fail('file', `damaged: ${some(damage)}`, 'Stop the site and restore the last verified backup.')];
}

/** An index can be recreated; lost data needs the backup. */
function cureOf(part: string): string {
  const [, table, unique = '', index, columns] = /^(\w+): (unique )?index (\w+) \((.*)\)$/.exec(part) ?? [];
  if (index === undefined) return 'Stop the site and restore the last verified backup.';
  return `Drop what has its name, then: create ${unique}index ${index} on ${table} (${columns})`;
}

const some = (parts: readonly string[]): string =>
  `${parts.slice(0, NAMED).join('; ')}${parts.length > NAMED ? `, and ${parts.length - NAMED} more` : ''}`;

/** Checks every server in the URL, since jobs fail over between them. */
export async function clockChecks(
  dialect: Dialect,
  clock: Clock,
  hosts: readonly { host: string; open: () => Promise<Dialect> }[],
): Promise<Check[]> {
  if (hosts.length < 2) return [await clockCheck(dialect, clock)];
  const checks: Check[] = [];
  for (const { host, open } of hosts) {
    const name = `clock, ${host}`;
    try {
      const server = await open();
      checks.push({ ...(await clockCheck(server, clock)), check: name });
      await server.close();
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      checks.push(warn(name, messageOf(error), 'Its clock cannot be read while it is unreachable.'));
    }
  }
  return checks;
}

async function clockCheck(dialect: Dialect, clock: Clock): Promise<Check> {
  const before = clock.now();
  const theirs = await dialect.serverTime?.();
  if (theirs === undefined) return ok('clock', 'the database goes by the clock of this machine');
  return skewVerdict(theirs - (before + clock.now()) / 2);
}

/** `ahead`: how far the database's clock is ahead, in milliseconds. */
export function skewVerdict(ahead: number): Check {
  const size = `${(Math.abs(ahead) / 1_000).toFixed(1)} s`;
  if (Math.abs(ahead) <= SKEW) return ok('clock', `${size} from that of the database`);
  const advice = 'Let both machines keep their time by NTP: delays and leases are counted by it.';
  return warn('clock', `this machine is ${size} ${ahead > 0 ? 'behind' : 'ahead of'} the database`, advice);
}
