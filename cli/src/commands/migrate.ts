// `migrate`: brings the tables up to date.
import { messageOf } from '@phraseworks/jobs/internals/base';
import { openDatabase, readUrl } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';

export const migrate = defineCommand({
  usage: [''],
  about: 'The site does the same at its start; a missing database is created. doctor says whether a step is missing.',
  example: 'migrate',
  options: {},
  takes: { least: 0, most: 0 },
  run: bringUpToDate,
});

/** The core's steps, then those of the plugins, which run when a plugin starts. */
async function bringUpToDate({ out, site, open, clock, random }: Call): Promise<ExitCode> {
  const { database } = (await site()).config;
  if (readUrl(database).file === ':memory:')
    throw new UsageError('A database in memory ends with its process: name another one.');
  try {
    await (await openDatabase(database, clock, random)).close();
  } catch (error) {
    // An unsuitable or newer database is not a usage error.
    if (!(error instanceof JobsError) || error.code !== 'INVALID_CONFIG') throw error;
    out.note(messageOf(error));
    return 1;
  }
  const { plugins } = (await open({ plugins: true })).jobs;
  const failed = (await plugins.list()).filter(({ state }) => state === 'failed').map(({ name }) => name);
  out.answer({ failed }, () => {
    for (const name of failed) out.line(`open  plugin:${name}: it does not start, see the line above`);
    if (failed.length === 0) out.line('The tables are up to date.');
  });
  return failed.length === 0 ? 0 : 1;
}
