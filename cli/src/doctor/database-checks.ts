// Checks of the database: durability settings, permissions, tables and clock.
import { type Clock, messageOf } from '@phraseworks/jobs/internals/base';
import { type Dialect, migrate, openSteps } from '@phraseworks/jobs/internals/core';
import { type DatabasePlace, JobsError } from '@phraseworks/sdk';
import { type Check, type Diagnosis, fail, ok, warn } from './diagnosis.ts';
import { mysql } from './mysql.ts';
import { sqlite } from './sqlite.ts';

const DIAGNOSES: Record<DatabasePlace['engine'], Diagnosis> = { sqlite, mysql };
export const diagnosisOf = ({ name }: Dialect): Diagnosis => DIAGNOSES[name];

/** Milliseconds by which two clocks may differ. */
const SKEW = 2_000;

export async function settingsChecks(dialect: Dialect): Promise<Check[]> {
  const { engine, version, location } = dialect.facts();
  const answers = ok('database', `${engine} ${version} answers (${location})`);
  return [answers, ...(await diagnosisOf(dialect).settings(dialect.db))];
}

/** `name`: a table name that is not in use. */
export async function rightsChecks(dialect: Dialect, name: string): Promise<Check[]> {
  const diagnosis = diagnosisOf(dialect);
  try {
    await diagnosis.tryRights(dialect, name);
  } catch (error) {
    // Other messages may contain names of the server.
    const why =
      error instanceof JobsError ? messageOf(error) : 'the database refused to create, change or fill a table';
    return [fail('rights', why, diagnosis.cure(dialect.storageReason(error)))];
  }
  const checks = [ok('rights', 'tables can be created, changed, filled, emptied and dropped')];
  if (await diagnosis.mayDoEverything(dialect.db)) {
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

/** The most parts to list. */
const NAMED = 5;

export async function shapeChecks(dialect: Dialect, openModel: () => Promise<Dialect>): Promise<Check[]> {
  const missing = await missingParts(dialect, openModel);
  const odd = await diagnosisOf(dialect).oddTables(dialect);
  const checks =
    missing === null
      ? [warn('columns, indexes', 'not compared: better-sqlite3 is not installed', 'npm install better-sqlite3')]
      : missing.length === 0
        ? [ok('columns, indexes', 'complete')]
        : [fail('columns, indexes', `missing or different: ${some(missing)}`, cureOf(missing[0] ?? ''))];
  if (odd[0]) {
    checks.push(
      fail('engine, collation', some(odd.map(({ says }) => says)), `${odd[0].cure}; the same for the others.`),
    );
  }
  return checks;
}

/** Only for files; servers check themselves. */
export async function damageCheck(dialect: Dialect): Promise<Check[]> {
  const damage = await diagnosisOf(dialect).damage(dialect.reader);
  if (damage === null) return [];
  if (damage.length === 0) return [ok('file', `intact: ${dialect.facts().engine} finds no errors in it`)];
  return [fail('file', `damaged: ${some(damage)}`, 'Stop the site and restore the last verified backup.')];
}

/** Columns and indexes of each of the core's tables: `column state`, `index pwj_jobs_claim (state, lane)`, `unique index pwj_uploads_key (key)`. */
type Shape = ReadonlyMap<string, ReadonlySet<string>>;

async function shapeOf(dialect: Dialect): Promise<Shape> {
  const shape = new Map<string, Set<string>>();
  for (const { name, columns } of await dialect.reader.introspection.getTables())
    if (name.startsWith('pwj_')) shape.set(name, new Set(columns.map((column) => `column ${column.name}`)));
  const indexes = new Map<string, { table: string; unique: boolean; columns: string[] }>();
  const parts = await diagnosisOf(dialect).indexes(dialect.reader);
  for (const { table, name, column, isUnique, isBackwards } of parts) {
    const known = indexes.get(`${table} ${name}`) ?? { table, unique: Number(isUnique) === 1, columns: [] };
    known.columns.push(Number(isBackwards) === 1 ? `${column} desc` : column);
    indexes.set(`${table} ${name}`, known);
  }
  for (const [key, { table, unique, columns }] of indexes)
    shape.get(table)?.add(`${unique ? 'unique ' : ''}index ${key.slice(table.length + 1)} (${columns.join(', ')})`);
  return shape;
}

/** What is missing or different, compared with a new database in memory: `pwj_jobs: column lane`. Null if that one cannot be opened. */
export async function missingParts(dialect: Dialect, openModel: () => Promise<Dialect>): Promise<string[] | null> {
  const model = await openModel().catch(() => null);
  if (!model) return null;
  try {
    await migrate(model, 0);
    const [wanted, found] = [await shapeOf(model), await shapeOf(dialect)];
    return [...wanted].flatMap(([table, parts]) => {
      const there = found.get(table);
      if (!there) return [`the table ${table}`];
      return [...parts].filter((part) => !there.has(part)).map((part) => `${table}: ${part}`);
    });
  } finally {
    await model.close();
  }
}

/** An index can be recreated; lost data needs the backup. */
function cureOf(part: string): string {
  const [, table, unique = '', index, columns] = /^(\w+): (unique )?index (\w+) \((.*)\)$/.exec(part) ?? [];
  if (index === undefined) return 'Stop the site and restore the last verified backup.';
  return `Drop the index of that name if there is one, then: create ${unique}index ${index} on ${table} (${columns})`;
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
  if (theirs === undefined) return ok('clock', 'the database uses the clock of this machine');
  return skewVerdict(theirs - (before + clock.now()) / 2);
}

/** `ahead`: how far the database's clock is ahead, in milliseconds. */
export function skewVerdict(ahead: number): Check {
  const size = `${(Math.abs(ahead) / 1_000).toFixed(1)} s`;
  if (Math.abs(ahead) <= SKEW) return ok('clock', `${size} from that of the database`);
  const advice = 'Synchronise both machines by NTP: delays and leases depend on it.';
  return warn('clock', `this machine is ${size} ${ahead > 0 ? 'behind' : 'ahead of'} the database`, advice);
}
