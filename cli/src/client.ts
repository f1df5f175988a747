// The database and the queue for one command: nothing is claimed, parked, scheduled or swept, and no node signs on.
import { existsSync } from 'node:fs';
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
  createEngine,
  type Dialect,
  type Engine,
  Hooks,
  LogStore,
  openDatabase,
  PauseControl,
  type PluginHost,
  PluginStore,
  readUrl,
  refuseMoved,
  resolveSettings,
  ScheduleAdministration,
  ScheduleStore,
  type Settings,
  sharedClock,
} from '@phraseworks/jobs/internals/engine';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from './command.ts';
import { isWanted, knowTypes } from './known-types.ts';
import { commandLineUser } from './os-user.ts';
import type { Output } from './output.ts';
import { pluginsHere } from './plugins-here.ts';
import type { Site } from './site.ts';

export interface ClientOptions {
  /** Start the plugins, so that data is checked by their schemas and their filters have their say. */
  plugins?: boolean;
  /** An empty database in memory in the place of the site's. */
  inMemory?: boolean;
  /** False: the settings of the queue are left out, so that the plugins can be looked at although they are wrong. */
  settings?: boolean;
}

export interface Client {
  readonly engine: Engine;
  readonly dialect: Dialect;
  /** The one that all processes on this database go by. */
  readonly clock: Clock;
  readonly settings: Settings;
  readonly site: Site;
  readonly pluginStore: PluginStore;
  readonly schedules: ScheduleAdministration;
  readonly pauses: PauseControl;
  /** The plugins of the site, started when that was asked for. */
  readonly plugins: PluginHost;
  /** Writes into the log of who did what, as the API names the action. */
  note(action: string, target: string): Promise<void>;
  close(): Promise<void>;
}

export interface Surroundings {
  clock: Clock;
  random: Random;
  env: Env;
  out: Output;
}

/** Throws `INVALID_CONFIG` for a wrong configuration, `UNAVAILABLE` for a database that is not there or does not answer. */
export async function openClient(site: Site, around: Surroundings, options: ClientOptions = {}): Promise<Client> {
  const { random, out } = around;
  const settings = options.settings === false ? resolveSettings({}) : settingsOf(site);
  const log: Logger = createLogger('warn', (line) => out.note(line));
  const dialect = await open(site.config.database, around, options.inMemory ?? false);
  try {
    await refuseMoved(dialect);
    const { clock, stop: stopClock } = await sharedClock(dialect, around.clock);
    const hooks = new Hooks(clock);
    const ids = new Ids(clock, random);
    const engine = await createEngine({
      dialect,
      settings,
      clock,
      random,
      ids,
      log,
      hooks,
    });
    const pluginStore = new PluginStore(engine.ledger);
    const plugins = pluginsHere({
      site,
      engine,
      hooks,
      log,
      clock,
      env: around.env,
    });
    if (options.plugins) await plugins.startAll();
    const wanted = await isWanted(pluginStore, site.config.plugins ?? {});
    await knowTypes({ registry: engine.registry, store: pluginStore, dialect, wanted });
    const schedules = new ScheduleAdministration({
      store: new ScheduleStore(engine.ledger),
      clock,
      isActive: (plugin) => plugin === null || wanted(plugin),
      changed: () => {},
      check: (job, base) => engine.queue.check(job, base),
      add: (job, about) => engine.queue.add(job, about),
    });
    const close = async (): Promise<void> => {
      await engine.minutes.writeNoted();
      await plugins.stopAll();
      stopClock();
      await dialect.close();
    };
    await engine.pauses.follow();
    const pauses = new PauseControl({ ...engine, schedules });
    const logStore = new LogStore(dialect, clock);
    const note = (action: string, target: string): Promise<void> =>
      logStore
        .add({ user: commandLineUser(), action, target })
        .catch((error: unknown) => out.note(`The log of who did what cannot be written now: ${messageOf(error)}`));
    return { engine, dialect, clock, settings, site, pluginStore, schedules, pauses, plugins, note, close };
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

/** Throws one `INVALID_CONFIG` that lists every mistake with its key. */
export function settingsOf({ config }: Site): Settings {
  // What createJobs() takes beside the settings may be in a configuration, too.
  const {
    database,
    plugins,
    schedules,
    authorize,
    mayHear,
    onPluginFailure,
    services,
    baseDir,
    log,
    logLevel,
    logFormat,
    telemetry,
    ...rest
  }: JobsOptions = config;
  const { default: _, ...settings } = rest;
  return resolveSettings(settings);
}

/** A command must not make a database where a path was mistyped. */
async function open(url: string, { clock, random }: Surroundings, inMemory: boolean): Promise<Dialect> {
  if (inMemory) return openDatabase('sqlite::memory:', clock, random);
  const { file: path } = readUrl(url);
  if (path === ':memory:')
    throw new UsageError('A database in memory is seen by its own process only: name another one with --database URL.');
  if (path !== null && !existsSync(path)) {
    throw new JobsError(
      'UNAVAILABLE',
      `The database file is not there: ${path}. Correct --database, JOBS_DATABASE or the configuration, or make it: phraseworks-jobs migrate.`,
    );
  }
  try {
    return await openDatabase(url, clock, random);
  } catch (cause) {
    const told = cause instanceof JobsError ? cause.message : `The database cannot be opened: ${messageOf(cause)}`;
    throw new JobsError('UNAVAILABLE', told, { cause });
  }
}
