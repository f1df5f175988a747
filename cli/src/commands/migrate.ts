// `migrate`: brings the tables up to date, or says what would run.
import { existsSync } from 'node:fs';
import { messageOf } from '@phraseworks/jobs/internals/base';
import { connect, type Dialect, openDatabase, openSteps, readUrl, stepsRun } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';

const OPTIONS = { check: { type: 'boolean', about: 'change nothing; exit with 1 if a step is missing' } } as const;

export const migrate = defineCommand({
  usage: ['[--check]'],
  about:
    'The site does the same at its start; a missing database is created. --check looks only at the tables of the core.',
  example: 'migrate --check',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: bringUpToDate,
});

async function bringUpToDate(call: Call<typeof OPTIONS>): Promise<ExitCode> {
  const { database } = (await call.site()).config;
  if (readUrl(database).file === ':memory:')
    throw new UsageError('A database in memory ends with its process: name another one.');
  try {
    return call.values.check ? await check(call, database) : await run(call, database);
  } catch (error) {
    // An unsuitable or newer database is not a usage error.
    if (!(error instanceof JobsError) || error.code !== 'INVALID_CONFIG') throw error;
    call.out.note(messageOf(error));
    return 1;
  }
}

/** Prints the migrations that have not run. */
async function check(call: Call<typeof OPTIONS>, database: string): Promise<ExitCode> {
  const { out } = call;
  if (isMissing(database)) {
    throw new JobsError('UNAVAILABLE', 'The database file does not exist: phraseworks-jobs migrate creates it.');
  }
  const open = await withDialect(await connect(database, call), openSteps);
  out.answer({ upToDate: open.length === 0, open }, () => {
    for (const step of open) out.line(`open  core ${step}`);
    if (open.length === 0) out.line('The tables are up to date.');
  });
  return open.length === 0 ? 0 : 1;
}

/** The core's steps, then those of the plugins, which run when a plugin starts. */
async function run(call: Call<typeof OPTIONS>, database: string): Promise<ExitCode> {
  const { out, clock, random } = call;
  const before = await stepsBefore(database, { clock, random });
  await (await openDatabase(database, clock, random)).close();
  const { dialect, plugins } = await call.open({ plugins: true });
  const ran = [...(await stepsRun(dialect))].filter((step) => !before.has(step));
  const failed = (await plugins.list()).filter(({ state }) => state === 'failed').map(({ name }) => name);
  out.answer({ ran, failed }, () => {
    for (const step of ran) out.line(`ran   ${step}`);
    for (const name of failed) out.line(`open  plugin:${name}: it does not start, see the line above`);
    if (failed.length === 0) out.line(ran.length === 0 ? 'The tables were up to date.' : 'The tables are up to date.');
  });
  return failed.length === 0 ? 0 : 1;
}

async function stepsBefore(database: string, clocks: Pick<Call, 'clock' | 'random'>): Promise<Set<string>> {
  if (isMissing(database)) return new Set();
  return withDialect(await connect(database, clocks), stepsRun);
}

/** A database file that does not exist yet. */
function isMissing(database: string): boolean {
  const { file } = readUrl(database);
  return file !== null && !existsSync(file);
}

async function withDialect<T>(dialect: Dialect, work: (dialect: Dialect) => Promise<T>): Promise<T> {
  try {
    return await work(dialect);
  } finally {
    await dialect.close();
  }
}
