// The site for one command: an instance that does only what the command asks it to.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { JobsOptions } from '@phraseworks/jobs';
import { type Clock, createLogger, type Env, messageOf, type Random } from '@phraseworks/jobs/internals/base';
import { type Core, checkOptions, readUrl, type Settings, SiteItself } from '@phraseworks/jobs/internals/core';
import { type Assembled, assemble } from '@phraseworks/jobs/internals/site';
import { Figures, JobsError } from '@phraseworks/sdk';
import { UsageError } from './arguments.ts';
import type { Output } from './output.ts';
import type { Site } from './site.ts';

export interface ClientOptions {
  /** Start the plugins, so that their schemas and filters check the data. */
  plugins?: boolean;
  /** Use an empty database in memory instead of the site's. */
  inMemory?: boolean;
  /** False: ignore the settings of the queue, so that plugins can be checked even if those settings are wrong. */
  settings?: boolean;
}

export interface Client {
  readonly jobs: Assembled;
  readonly core: Core;
  readonly settings: Settings;
  /** The services, which write into the audit log what they do for `me`. */
  readonly access: Assembled['internals']['site']['access'];
  /** The caller of the command line, who may do everything: `cli:ada`. */
  readonly me: SiteItself;
  close(): Promise<void>;
}

export interface ClientDeps {
  clock: Clock;
  random: Random;
  env: Env;
  out: Output;
}

/** Throws `INVALID_CONFIG` for a wrong configuration, `UNAVAILABLE` for a database that is missing or does not answer. */
export async function openClient(site: Site, deps: ClientDeps, options: ClientOptions = {}): Promise<Client> {
  const { out } = deps;
  const wanted = options.settings === false ? withoutSettings(site.config) : site.config;
  const settings = checkOptions(wanted);
  if (!options.inMemory) refuseMissing(site.config.database);
  const quiet: JobsOptions = {
    ...wanted,
    ...(options.inMemory ? { database: 'sqlite::memory:' } : {}),
    roles: [],
    default: false,
    onPluginFailure: 'continue',
    baseDir: site.baseDir,
    log: createLogger('warn', (line) => out.note(line)),
  };
  const jobs = await assemble(quiet, deps).catch((cause: unknown) => {
    const message = cause instanceof JobsError ? cause.message : `The database cannot be opened: ${messageOf(cause)}`;
    throw new JobsError('UNAVAILABLE', message, { cause });
  });
  const { core, site: parts } = jobs.internals;
  try {
    if (options.plugins) await jobs.start();
    await knowTypes(jobs);
  } catch (error) {
    await jobs.stop();
    throw error;
  }
  return {
    jobs,
    core,
    settings,
    access: parts.access,
    me: new SiteItself(userOf()),
    close: async () => {
      // The command changed jobs without starting plugins, so the plugin that has the figures counts it now. The command has succeeded even if that fails.
      if (parts.monitor.hasMissed)
        await startFigures(parts).catch((error: unknown) =>
          out.note(`The figures do not include this command: ${messageOf(error)}`),
        );
      await jobs.stop();
    },
  };
}

/** The plugin that the token is of. */
const [PROVIDER = ''] = Figures.id.split('/');

/** It needs no other plugin. */
async function startFigures({ slots, plugins, reconciler }: Assembled['internals']['site']): Promise<void> {
  await plugins.learn();
  const slot = slots.get(PROVIDER);
  if (!slot?.wanted) return;
  slot.again = true;
  reconciler.isOpen = true;
  await reconciler.bring(slot);
}

/** Only what plugins need. */
const withoutSettings = ({ database, plugins = {}, services = [], storage = {}, uploads = {} }: Site['config']) => ({
  database,
  plugins,
  services,
  storage,
  uploads,
});

/** Does not create a missing database file: the path may be mistyped. */
function refuseMissing(url: string): void {
  const { file } = readUrl(url);
  if (file === ':memory:')
    throw new UsageError('A database in memory exists only in its own process: name another one with --database URL.');
  if (file !== null && !existsSync(file)) {
    throw new JobsError(
      'UNAVAILABLE',
      `The database file does not exist: ${file}. Correct --database, JOBS_DATABASE or the configuration, or create it with phraseworks-jobs migrate.`,
    );
  }
}

/** This process never claims: other processes run what it adds. */
const elsewhere = (): never => {
  throw new Error('the command line runs no jobs');
};

/** Registers the types that only the application's own processes know. */
async function knowTypes(jobs: Assembled): Promise<void> {
  const { registry, peers } = jobs.internals.core;
  for (const { about } of await peers.all())
    for (const type of about.types ?? [])
      if (!registry.get(type) && registry.ownerOf(type) === undefined)
        registry.register({ type, plugin: null, options: {}, processor: elsewhere, enter: (fn) => fn() });
}

/** Only `cli` if the system user has no name, as in some containers. */
function userOf(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli';
  }
}
