// The database and the queue for one command: nothing is claimed, scheduled or swept, and no node signs on.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { JobsOptions } from '@phraseworks/jobs';
import {
  type Clock,
  createLogger,
  type Env,
  Ids,
  type Logger,
  messageOf,
  type Random,
} from '@phraseworks/jobs/internals/base';
import {
  type AllSchedules,
  type Core,
  checkAll,
  checkShorthands,
  createCore,
  type Dialect,
  Hooks,
  LogStore,
  openDatabase,
  type PluginEntries,
  type PluginHost,
  PluginStore,
  readServices,
  readUrl,
  resolveSettings,
  type Settings,
  seenNodes,
  sharedClock,
  type TypeRegistry,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from './arguments.ts';
import type { Output } from './output.ts';
import { entriesOf, pluginsHere } from './plugins-here.ts';
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
  readonly core: Core;
  readonly dialect: Dialect;
  /** Shared by all processes on this database. */
  readonly clock: Clock;
  readonly settings: Settings;
  readonly site: Site;
  readonly pluginStore: PluginStore;
  readonly schedules: AllSchedules;
  readonly pauses: Core['pauses'];
  /** The plugins of the site, started if `plugins` was set. */
  readonly plugins: PluginHost;
  /** The caller of the command line, for the audit log: `cli:ada`. */
  readonly user: string;
  /** Writes to the audit log, with the API's name for the action. */
  note(action: string, target: string): Promise<void>;
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
  const { random, out } = deps;
  const settings = options.settings === false ? resolveSettings({}) : settingsOf(site);
  const log: Logger = createLogger('warn', (line) => out.note(line));
  const dialect = await open(site.config.database, deps, options.inMemory ?? false);
  try {
    const { clock, stop: stopClock } = await sharedClock(dialect, deps.clock);
    const hooks = new Hooks(clock);
    const ids = new Ids(clock, random);
    const core = await createCore({
      dialect,
      settings: { ...settings, roles: [] },
      clock,
      random,
      ids,
      log,
      hooks,
      // What the configuration switches off runs nowhere, unless a process says otherwise.
      plugins: { states: () => switchedOff(site.config.plugins ?? {}) },
    });
    const pluginStore = new PluginStore(core.ledger);
    const { plugins, monitor, schedules } = await pluginsHere({ site, core, hooks, env: deps.env });
    if (options.plugins) {
      await plugins.startAll();
      monitor.started();
    }
    const wanted = await isWanted(pluginStore, entriesOf(site));
    await knowTypes({ registry: core.registry, store: pluginStore, dialect, wanted });
    const close = async (): Promise<void> => {
      // The command changed jobs without starting plugins, so the metrics plugin counts it now. The command has succeeded even if that fails.
      if (monitor.hasMissed)
        await plugins
          .startAlone('metrics')
          .catch((error: unknown) => out.note(`The figures do not include this command: ${messageOf(error)}`));
      await plugins.stopAll();
      stopClock();
      await dialect.close();
    };
    await core.holds.reload();
    const logStore = new LogStore(dialect, clock);
    const user = userOf();
    const note = (action: string, target: string): Promise<void> =>
      logStore
        .add({ user, action, target })
        .catch((error: unknown) => out.note(`Cannot write the audit log: ${messageOf(error)}`));
    return {
      core,
      dialect,
      clock,
      settings,
      site,
      pluginStore,
      schedules,
      pauses: core.pauses,
      plugins,
      user,
      note,
      close,
    };
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

/** Throws one `INVALID_CONFIG` that lists every mistake with its key. */
export function settingsOf({ config }: Site): Settings {
  // A configuration may also hold the other options of createJobs().
  const {
    database,
    plugins,
    schedules,
    authorize,
    onPluginFailure,
    services = [],
    storage,
    uploads,
    baseDir,
    log,
    logLevel,
    logFormat,
    ...rest
  }: JobsOptions = config;
  const { default: _, ...settings } = rest;
  checkAll(
    () => resolveSettings(settings),
    () => readServices(services),
    () => checkShorthands(config),
  );
  return resolveSettings(settings);
}

/** Does not create a missing database file: the path may be mistyped. */
async function open(url: string, { clock, random }: ClientDeps, inMemory: boolean): Promise<Dialect> {
  if (inMemory) return openDatabase('sqlite::memory:', clock, random);
  const { file: path } = readUrl(url);
  if (path === ':memory:')
    throw new UsageError('A database in memory exists only in its own process: name another one with --database URL.');
  if (path !== null && !existsSync(path)) {
    throw new JobsError(
      'UNAVAILABLE',
      `The database file does not exist: ${path}. Correct --database, JOBS_DATABASE or the configuration, or create it with phraseworks-jobs migrate.`,
    );
  }
  try {
    return await openDatabase(url, clock, random);
  } catch (cause) {
    const message = cause instanceof JobsError ? cause.message : `The database cannot be opened: ${messageOf(cause)}`;
    throw new JobsError('UNAVAILABLE', message, { cause });
  }
}

interface KnownParts {
  registry: TypeRegistry;
  store: PluginStore;
  dialect: Dialect;
  wanted: (plugin: string) => boolean;
}

/** Whether a plugin should be on: as an administrator stored it, else as configured, else yes. */
async function isWanted(store: PluginStore, entries: PluginEntries): Promise<(plugin: string) => boolean> {
  const stored = new Map((await store.all()).map(({ name, enabled }) => [name, enabled]));
  return (plugin) => {
    const entry = Object.hasOwn(entries, plugin) ? entries[plugin] : undefined;
    const configured = typeof entry === 'object' ? entry.enabled : entry;
    return stored.get(plugin) ?? configured ?? true;
  };
}

const switchedOff = (entries: PluginEntries): Record<string, string> =>
  Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [
      name,
      (typeof entry === 'object' ? entry.enabled : entry) === false ? 'off' : 'on',
    ]),
  );

/** This process never claims: other processes run what it adds. */
const elsewhere = (): never => {
  throw new Error('the command line runs no jobs');
};

/** Registers the types that the store remembers, so that their owners and limits apply although no plugin runs here. */
async function knowTypes({ registry, store, dialect, wanted }: KnownParts): Promise<void> {
  const put = (type: string, plugin: string | null, options = {}): void => {
    if (!registry.get(type))
      void registry.register({ type, plugin, options, processor: elsewhere, enter: (fn) => fn() });
  };
  for (const { type, plugin, options } of await store.types()) {
    put(type, plugin, options);
    registry.setPlugin(plugin, wanted(plugin) ? 'on' : 'plugin_disabled');
  }
  // Types that an application registers without a plugin are known only to its processes.
  for (const { about } of await seenNodes(dialect)) for (const type of about.types ?? []) put(type, null);
}

/** Only `cli` if the system user has no name, as in some containers. */
function userOf(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return 'cli';
  }
}
