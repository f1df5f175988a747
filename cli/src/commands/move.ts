// `move`: copies everything into an empty database and compares every row, while nothing works on either.
import { existsSync } from 'node:fs';
import { Ids, identify } from '@phraseworks/jobs/internals/base';
import {
  checkOptions,
  findPlugin,
  openDatabase,
  pluginOf,
  readDefinition,
  readEntries,
  readUrl,
  URL_FORMS,
  withDefaults,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { defineCommand } from '../command.ts';
import { type Around, type Moved, move as moveAll, type StepsOf } from '../move/move.ts';
import type { Output } from '../output.ts';
import type { Site } from '../site.ts';

const OPTIONS = {
  to: { type: 'string', value: 'URL', about: 'the URL of the new, empty database; JOBS_MOVE_TO by default' },
} as const;

export const move = defineCommand({
  usage: ['--to URL'],
  about: 'Stop all processes that use either database first.',
  example: 'move --to mysql://jobs:secret@db.example:3306/jobs',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: async (call) => {
    const { out, clock, random } = call;
    const to = call.values.to ?? (call.env.JOBS_MOVE_TO || undefined);
    if (to === undefined) throw new UsageError('move needs the database to move to: --to URL.');
    const site = await call.site();
    const [from, into] = [readUrl(site.config.database), targetOf(to)];
    if ([from, into].some(({ file }) => file === ':memory:'))
      throw new UsageError('A database in memory exists only in its own process: name another one.');
    if (from.file !== null && !existsSync(from.file))
      throw new JobsError(
        'UNAVAILABLE',
        'The database file to move from does not exist: correct --database, JOBS_DATABASE or the configuration.',
      );
    const around: Around = {
      clock,
      random,
      self: identify(new Ids(clock, random).next()),
      leaseDuration: checkOptions(site.config).queue.leaseDuration,
    };
    out.line(`From  ${from.name}`);
    out.line(`To    ${into.name}`);
    out.line();
    const source = await openDatabase(site.config.database, clock, random);
    try {
      const target = await openDatabase(to, clock, random);
      try {
        const tables = await moveAll(source, target, stepsFrom(site), around, (table) =>
          out.passing(`copied and compared ${table.table}: ${table.rows} rows`),
        );
        out.answer({ from: from.name, to: into.name, tables }, () => sayMoved(out, tables, into.name));
        return 0;
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  },
});

function targetOf(to: string): ReturnType<typeof readUrl> {
  try {
    return readUrl(to);
  } catch {
    throw new UsageError(`--to must be ${URL_FORMS.filter((form) => !form.endsWith(':memory:')).join(' or ')}.`);
  }
}

/** The migrations of the plugins in the configuration, on or off. */
function stepsFrom({ config, baseDir }: Site): StepsOf {
  const entries = readEntries(withDefaults(config.plugins ?? {}, config));
  return async (name) => {
    const entry = entries.get(name);
    if (!entry) throw new Error('it is not in the configuration; add it there, if only as false');
    const { use } = entry;
    const exported: unknown =
      typeof use === 'object' ? use : await import(/* @vite-ignore */ findPlugin(name, use, baseDir).url);
    const plugin = pluginOf(exported);
    if (!plugin) throw new Error('its file exports no plugin');
    return readDefinition(plugin, null).migrations;
  };
}

function sayMoved(out: Output, tables: readonly Moved[], to: string): void {
  out.table(
    ['TABLE', 'ROWS', 'SUM OF SHA-256, THE SAME ON BOTH SIDES'],
    tables.filter(({ rows }) => rows > 0).map(({ table, rows, sum }) => [table, String(rows), sum]),
  );
  out.line();
  out.line(
    `Now set database in jobs.config.ts (or JOBS_DATABASE) to ${to.replace(/^(\w+:\/\/)/, '$1USER:PASSWORD@')}, and start.`,
  );
  out.line('Uploaded files stay in their folder: processes on other machines need it, too.');
}
