// The database: is it one that an acknowledged job is safe in, and may this user work with it?

import { type Clock, messageOf } from '@phraseworks/jobs/internals/base';
import {
  type Dialect,
  damageIn,
  databaseClock,
  type EngineSettings,
  engineSettings,
  mayDoEverything,
  missingParts,
  oddTables,
  openSteps,
  refuseMoved,
  tryRights,
} from '@phraseworks/jobs/internals/engine';
import { JobsError, type StorageReason } from '@phraseworks/sdk';
import { type Check, fail, ok, warn } from './check.ts';

const GOOD_PACKET = 16_777_216;
/** Milliseconds by which two clocks may differ. */
const SKEW = 2_000;
/** Each process takes up to 10, and a page, a scrape or a command one more. */
const GOOD_CONNECTIONS = 50;

export async function settingsChecks(dialect: Dialect): Promise<Check[]> {
  const { engine, version, location } = dialect.facts();
  const checks = [ok('database', `${engine} ${version} answers (${location})`)];
  return [...checks, ...settingsVerdicts(await engineSettings(dialect), dialect.name)];
}

/** Pure. */
export function settingsVerdicts(settings: EngineSettings, engine: Dialect['name']): Check[] {
  const { durability, isolation, strict, packet, connections, risks } = settings;
  const found = `${durability.setting} is ${durability.value}`;
  const checks = [
    durability.waitsForDisk
      ? ok('durability', `${found}: a commit waits for the disk`)
      : warn(
          'durability',
          `${found}: acknowledged jobs can be lost with the power`,
          `Set ${durability.setting} to ${engine === 'sqlite' ? 'FULL' : '1'}.`,
        ),
  ];
  if (engine === 'sqlite') return checks;
  const committed = isolation.toUpperCase().replaceAll(' ', '-') === 'READ-COMMITTED';
  checks.push(
    committed
      ? ok('isolation', isolation)
      : fail(
          'isolation',
          `${isolation}, also after this program asked for READ-COMMITTED`,
          'See whether a proxy keeps settings of the session back.',
        ),
    strict
      ? ok('sql_mode', 'strict')
      : fail(
          'sql_mode',
          'not strict: values could be cut off',
          'See whether a proxy keeps settings of the session back.',
        ),
  );
  for (const { setting, value, wanted, loses } of risks)
    checks.push(warn(setting, `${setting} is ${value}: ${loses}`, `Set ${setting} to ${wanted} on the server.`));
  if (connections !== null && connections < GOOD_CONNECTIONS)
    checks.push(
      warn(
        'max_connections',
        `the server takes ${connections} connections, from everybody together`,
        `Set max_connections to ${GOOD_CONNECTIONS} or more: each process keeps several.`,
      ),
    );
  if (packet !== null) {
    const size = `${Math.round(packet / 1_048_576)} MB in one statement`;
    checks.push(
      packet >= GOOD_PACKET
        ? ok('max_allowed_packet', size)
        : warn('max_allowed_packet', `only ${size}`, 'Set max_allowed_packet to 16M or more on the server.'),
    );
  }
  return checks;
}

const RIGHTS = {
  sqlite: 'Give this user the right to write the file and its folder.',
  mysql: 'Grant SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX and DROP on the database.',
};

/** No right of this user would help there. */
const CURES: Partial<Record<StorageReason, Record<Dialect['name'], string>>> = {
  disk_full: { sqlite: 'Make room on its disk.', mysql: 'Make room on the disk of the server.' },
  read_only: {
    sqlite: 'Mount its disk for writing, and give this user the right to write the file and its folder.',
    mysql: 'Take read_only and super_read_only off on the server, or name the server that may be written to.',
  },
  no_answer: {
    sqlite: 'See what holds the file.',
    mysql: 'See what the server is busy with; max_statement_time and max_execution_time must leave it seconds.',
  },
};

/** `name`: of a table that is not there yet. */
export async function rightsChecks(dialect: Dialect, name: string): Promise<Check[]> {
  try {
    await tryRights(dialect, name);
  } catch (error) {
    // What is not in our words may repeat names of the server.
    const why = error instanceof JobsError ? messageOf(error) : 'the database refused to make, change or fill a table';
    return [fail('rights', why, CURES[dialect.storageReason(error)]?.[dialect.name] ?? RIGHTS[dialect.name])];
  }
  const checks = [ok('rights', 'tables can be made, changed, filled, emptied and dropped')];
  if (await mayDoEverything(dialect)) {
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

/** Only where there is something to say: on a database that was moved, or is half moved, nothing can be started. */
export async function movedCheck(dialect: Dialect): Promise<Check[]> {
  try {
    await refuseMoved(dialect);
    return [];
  } catch (error) {
    if (!(error instanceof JobsError) || error.code !== 'INVALID_CONFIG') throw error;
    return [fail('move', messageOf(error))];
  }
}

/** Most parts that are named; the rest is counted. */
const NAMED = 5;

export async function shapeChecks(dialect: Dialect, openModel: () => Promise<Dialect>): Promise<Check[]> {
  const missing = await missingParts(dialect, openModel);
  const odd = await oddTables(dialect);
  const checks =
    missing === null
      ? [warn('columns, indexes', 'not compared: better-sqlite3 is not installed', 'npm install better-sqlite3')]
      : missing.length === 0
        ? [ok('columns, indexes', 'as they are made')]
        : [fail('columns, indexes', `not there, or made otherwise: ${some(missing)}`, cureOf(missing[0] ?? ''))];
  if (odd[0]) {
    const collation = /collate (\w+)/.exec(dialect.types.table)?.[1];
    const cure = `alter table ${odd[0].name} engine = InnoDB, convert to character set utf8mb4 collate ${collation}`;
    checks.push(fail('engine, collation', some(odd.map(({ says }) => says)), `${cure}; the same for the others.`));
  }
  return checks;
}

/** Of a SQLite file; nothing on a server, which looks itself. */
export async function damageCheck(dialect: Dialect): Promise<Check[]> {
  if (dialect.name === 'mysql') return [];
  const damage = await damageIn(dialect);
  if (damage.length === 0) return [ok('file', 'whole: SQLite finds nothing wrong in it')];
  return [fail('file', `damaged: ${some(damage)}`, 'Stop the site and restore the last verified backup.')];
}

/** An index can be made anew; for what has lost its data there is the backup. */
function cureOf(part: string): string {
  const [, table, unique = '', index, columns] = /^(\w+): (unique )?index (\w+) \((.*)\)$/.exec(part) ?? [];
  if (index === undefined) return 'Stop the site and restore the last verified backup.';
  return `Drop what has its name, then: create ${unique}index ${index} on ${table} (${columns})`;
}

const some = (parts: readonly string[]): string =>
  `${parts.slice(0, NAMED).join('; ')}${parts.length > NAMED ? `, and ${parts.length - NAMED} more` : ''}`;

/** Of each server that the URL names: jobs go on with the next one when one is gone. */
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
      checks.push(warn(name, messageOf(error), 'While it is away nobody can look at its clock.'));
    }
  }
  return checks;
}

async function clockCheck(dialect: Dialect, clock: Clock): Promise<Check> {
  const before = clock.now();
  const theirs = await databaseClock(dialect);
  if (theirs === null) return ok('clock', 'the database goes by the clock of this machine');
  return skewVerdict(theirs - (before + clock.now()) / 2);
}

/** Pure; milliseconds by which the database is ahead. */
export function skewVerdict(ahead: number): Check {
  const size = `${(Math.abs(ahead) / 1_000).toFixed(1)} s`;
  if (Math.abs(ahead) <= SKEW) return ok('clock', `${size} from that of the database`);
  const advice = 'Let both machines keep their time by NTP: delays and leases are counted by it.';
  return warn('clock', `this machine is ${size} ${ahead > 0 ? 'behind' : 'ahead of'} the database`, advice);
}
