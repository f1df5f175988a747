// `doctor`: checks the machine, the database and the work, and says what to do.
import { existsSync } from 'node:fs';
import { type Clock, Ids, identify, messageOf } from '@phraseworks/jobs/internals/base';
import {
  connect,
  createStorage,
  type Dialect,
  engineFor,
  Ledger,
  Maintenance,
  readUrl,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { settingsOf } from '../client.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';
import {
  clockChecks,
  damageCheck,
  rightsChecks,
  settingsChecks,
  shapeChecks,
  tablesCheck,
} from '../doctor/database-checks.ts';
import { type Check, fail, ok } from '../doctor/diagnosis.ts';
import { diskCheck, driverCheck, enginesOf, fileChecks, nodeCheck } from '../doctor/process-checks.ts';
import { countsCheck, nodeChecks, parkedCheck } from '../doctor/work-checks.ts';
import type { Style } from '../output.ts';

const OPTIONS = { fix: { type: 'boolean', about: 'recount where the counts differ from the rows' } } as const;

export const doctor = defineCommand({
  usage: ['[--fix]'],
  about: 'It exits with 1 if something fails; warnings alone do not make it fail.',
  example: 'doctor',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: examine,
});

const STYLES: Record<Check['state'], Style> = { ok: 'green', warn: 'yellow', fail: 'red' };

async function examine(call: Call<typeof OPTIONS>): Promise<ExitCode> {
  const { out } = call;
  const found: Check[] = [];
  await allChecks(call, (check) => {
    found.push(check);
    const { state, says, advice } = check;
    out.line(`${out.style(STYLES[state], state.padEnd(4))}  ${check.check.padEnd(18)}  ${says}`);
    if (advice !== undefined) out.line(`${' '.repeat(26)}${advice}`);
  });
  const failed = found.filter(({ state }) => state === 'fail').length;
  const warned = found.filter(({ state }) => state === 'warn').length;
  out.data({ ok: failed === 0, checks: found });
  out.line('');
  out.line(`${found.length} checks: ${failed} failed, ${warned} to look at.`);
  return failed === 0 ? 0 : 1;
}

async function allChecks(call: Call<typeof OPTIONS>, tell: (check: Check) => void): Promise<void> {
  tell(nodeCheck(process.versions.node, enginesOf()));
  const site = await call.site();
  const settings = settingsOf(site);
  const { database } = site.config;
  let file: string | null;
  try {
    ({ file } = readUrl(database));
  } catch (error) {
    tell(fail('database', messageOf(error)));
    return;
  }
  const driver = driverCheck(engineFor(database).driver);
  tell(driver);
  if (file !== null) for (const check of await fileChecks(file)) tell(check);
  tell(await diskCheck('disk, uploads', createStorage(settings.storage, call.clock).open('uploads').folder));
  if (driver.state === 'fail') return;
  if (file !== null && !existsSync(file)) {
    tell(
      fail(
        'database',
        'its file does not exist',
        'Start the site once, or correct --database, JOBS_DATABASE or the configuration.',
      ),
    );
    return;
  }
  let dialect: Dialect;
  try {
    dialect = await connect(database, call);
  } catch (error) {
    if (!(error instanceof JobsError)) throw error;
    tell(fail('database', messageOf(error)));
    return;
  }
  try {
    await databaseChecks(call, dialect, { database, leaseDuration: settings.queue.leaseDuration }, tell);
  } finally {
    await dialect.close();
  }
}

async function databaseChecks(
  { clock, random, values }: Call<typeof OPTIONS>,
  dialect: Dialect,
  { database, leaseDuration }: { database: string; leaseDuration: number },
  tell: (check: Check) => void,
): Promise<void> {
  const each = async (name: string, look: () => Promise<Check | Check[]>): Promise<void> => {
    try {
      for (const check of [await look()].flat()) tell(check);
    } catch (error) {
      tell(fail(name, messageOf(error)));
    }
  };
  const id = new Ids(clock, random).next().replaceAll('-', '');
  await each('database', () => settingsChecks(dialect));
  await each('rights', () => rightsChecks(dialect, `pwj_doctor_${id}`));
  const { hosts } = readUrl(database);
  await each('clock', () =>
    clockChecks(
      dialect,
      clock,
      hosts.map(({ host, url }) => ({ host, open: () => connect(url, { clock, random }) })),
    ),
  );
  const tables = await tablesCheck(dialect);
  tell(tables);
  if (tables.state !== 'ok') return;
  await each('columns, indexes', () => shapeChecks(dialect, () => connect('sqlite::memory:', { clock, random })));
  await each('file', () => damageCheck(dialect));
  await each('counts', () => counts(dialect, clock, values.fix === true));
  await each('processes', async () =>
    nodeChecks(dialect, await timeOf(dialect, clock), { self: await identify(id), leaseDuration }),
  );
  await each('parked', () => parkedCheck(dialect));
}

/** Heartbeats carry the server's time, whatever this machine's clock says. */
const timeOf = async (dialect: Dialect, clock: Clock): Promise<number> => (await dialect.serverTime?.()) ?? clock.now();

async function counts(dialect: Dialect, clock: Clock, fix: boolean): Promise<Check> {
  const found = await countsCheck(dialect);
  if (found.state === 'ok' || !fix) return found;
  await new Maintenance(new Ledger(dialect, 'doctor', clock)).recount();
  const after = await countsCheck(dialect);
  return after.state === 'ok' ? ok('counts', 'they differed from the rows and were recounted') : after;
}
