// The two databases of a move, opened without the queue and its plugins.
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ids, identify } from '@phraseworks/jobs/internals/base';
import {
  connect,
  type Dialect,
  findPlugin,
  openDatabase,
  pluginOf,
  readDefinition,
  readEntries,
  readUrl,
  URL_FORMS,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { settingsOf } from '../client.ts';
import type { Call } from '../command.ts';
import type { Site } from '../site.ts';
import type { MoveContext } from './plan.ts';
import type { Steps } from './plugin-tables.ts';

/** Throws `UsageError` if the target is invalid or is the source itself. */
export function checkPair(from: string, to: string): void {
  try {
    readUrl(to);
  } catch {
    const forms = URL_FORMS.filter((form) => !form.endsWith(':memory:'));
    throw new UsageError(`--to must be ${forms.join(' or ')}.`);
  }
  if ([from, to].some((url) => readUrl(url).file === ':memory:'))
    throw new UsageError('A database in memory exists only in its own process: name another one.');
  if (isSame(from, to)) throw new UsageError('--to is the configured database itself. Name the target database.');
}

/** False for a file that does not exist yet. */
export const isThere = (url: string): boolean => {
  const { file } = readUrl(url);
  return file === null || existsSync(file);
};

/** Opens the configured database; `asIs`: without migrations. Throws `UNAVAILABLE` if its file does not exist. */
export async function openSource(url: string, { clock, random }: Call, asIs: boolean): Promise<Dialect> {
  if (!isThere(url)) {
    throw new JobsError(
      'UNAVAILABLE',
      'The database file to move from does not exist: correct --database, JOBS_DATABASE or the configuration.',
    );
  }
  return asIs ? connect(url, { clock, random }) : openDatabase(url, clock, random);
}

export async function moveContext(site: Site, { clock, random }: Call): Promise<MoveContext> {
  const self = await identify(new Ids(clock, random).next());
  const { leaseDuration } = settingsOf(site).queue;
  return { clock, random, watch: { self, leaseDuration, now: () => clock.now() } };
}

/** The migrations of the plugins in the configuration, on or off. */
export function stepsFrom({ config, baseDir }: Site): (plugin: string) => Promise<Steps> {
  const entries = readEntries(config.plugins ?? {});
  return async (name) => {
    const entry = entries.get(name);
    if (!entry) throw new Error('it is not in the configuration: add it there, if only as false');
    const exported: unknown =
      typeof entry.use === 'object'
        ? entry.use
        : await import(/* @vite-ignore */ findPlugin(name, entry.use, baseDir).url);
    const plugin = pluginOf(exported);
    if (!plugin) throw new Error('its file exports no plugin');
    return readDefinition(plugin, null).migrations;
  };
}

/** The URL without user, password and options. Throws `INVALID_CONFIG` if it is invalid. */
export const nameOf = (url: string): string => readUrl(url).name;

function isSame(a: string, b: string): boolean {
  const [one, other] = [readUrl(a), readUrl(b)];
  if (one.file === null || other.file === null) return one.name === other.name;
  return real(one.file) === real(other.file);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
