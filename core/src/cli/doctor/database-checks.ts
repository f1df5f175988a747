// The database: is it one that an acknowledged job is safe in, and may this user work with it?
import { JobsError } from '@phraseworks/sdk';
import type { Clock } from '../../clock.ts';
import { claimIndex, databaseClock, type EngineSettings, engineSettings } from '../../db/diagnosis/engine-settings.ts';
import { mayDoEverything, tryRights } from '../../db/diagnosis/rights.ts';
import type { Dialect } from '../../db/dialect/dialect.ts';
import { openSteps } from '../../db/migrate.ts';
import { refuseMoved } from '../../db/move/moved.ts';
import { messageOf } from '../../errors.ts';
import { type Check, fail, ok, warn } from './check.ts';

const GOOD_PACKET = 16_777_216;
/** Milliseconds by which two clocks may differ. */
const SKEW = 2_000;
const CLAIM_INDEX = ['state', 'lane', 'priority', 'id'];

export async function settingsChecks(dialect: Dialect): Promise<Check[]> {
  const { engine, version, location } = dialect.facts();
  const checks = [ok('database', `${engine} ${version} answers (${location})`)];
  return [...checks, ...settingsVerdicts(await engineSettings(dialect), dialect.name)];
}

/** Pure. */
export function settingsVerdicts(settings: EngineSettings, engine: Dialect['name']): Check[] {
  const { durability, isolation, strict, packet } = settings;
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

/** `name`: of a table that is not there yet. */
export async function rightsChecks(dialect: Dialect, name: string): Promise<Check[]> {
  try {
    await tryRights(dialect, name);
  } catch (error) {
    const advice =
      dialect.name === 'sqlite'
        ? 'Give this user the right to write the file and its folder.'
        : 'Grant SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX and DROP on the database.';
    // What is not in our words may repeat names of the server.
    const why = error instanceof JobsError ? messageOf(error) : 'the database refused to make, change or fill a table';
    return [fail('rights', why, advice)];
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

export async function claimIndexCheck(dialect: Dialect): Promise<Check> {
  const columns = await claimIndex(dialect);
  const found = columns.join(', ');
  if (found === CLAIM_INDEX.join(', ')) return ok('claim index', found);
  return fail(
    'claim index',
    columns.length === 0 ? 'is not there: every claim looks at all jobs' : `goes by ${found}: every claim has to sort`,
    `Make it anew: create index pwj_jobs_claim on pwj_jobs (${CLAIM_INDEX.join(', ')})`,
  );
}

export async function clockCheck(dialect: Dialect, clock: Clock): Promise<Check> {
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
