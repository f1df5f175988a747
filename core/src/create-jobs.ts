// Puts one instance together: the services of its tables, HTTP, and what createJobs() answers.
import { DatabasePlace, type LimitRule, lend, type Schedule, SignalPages, SignIn } from '@phraseworks/sdk';
import type { PluginStatus } from '@phraseworks/sdk/client';
import { ambient, type Lent } from '@phraseworks/sdk/host';
import { Hono } from 'hono';
import { type Core, createCore } from './core.ts';
import { checkShorthands, type Shorthands, withDefaults } from './defaults.ts';
import { createRoutes } from './http/create-routes.ts';
import type { Authorize } from './http/guard.ts';
import type { Live } from './http/live.ts';
import { requestInside } from './http/mount.ts';
import { createInstance } from './instance.ts';
import type { JobsHost } from './jobs-host.ts';
import { type Clock, type Random, systemClock, systemRandom, withTimeout } from './kernel/clock.ts';
import {
  checkAll,
  OPTIONS,
  type ProcessorSettings,
  type QueueSettings,
  resolveSettings,
  type Settings,
} from './kernel/config.ts';
import { given } from './kernel/container.ts';
import { type Env, systemEnv } from './kernel/env.ts';
import { messageOf } from './kernel/errors.ts';
import { copied } from './kernel/fields.ts';
import { Ids } from './kernel/id.ts';
import { createLogger, hostLog, type Level, type LogFormat, type Logger, warnOnce } from './kernel/logger.ts';
import { toActions } from './live/actions.ts';
import { type CheckedPlugins, type PluginEntries, readEntries } from './plugins/entries.ts';
import { type InitLimit, PluginOptions } from './plugins/options.ts';
import { readServices } from './plugins/services.ts';
import { Slots } from './plugins/slot.ts';
import { LAST_WRITES } from './queue/worker.ts';
import { declareConfigured } from './scheduler/schedules.ts';
import { composeSite, type Site } from './services.ts';
import { openDatabase, readUrl } from './store/open.ts';
import { sharedClock } from './store/server-clock.ts';

/** What `jobs.config.ts` says, and a host may say too. `queue`, `processors` and others are listed in docs/settings.md. */
export interface JobsConfig extends Shorthands {
  /** `sqlite:PATH` (default `sqlite:data/jobs.db`), `sqlite::memory:` or `mysql://user:password@host:port/database`. */
  database?: string;
  /** Plugins by name: `true`, `false` or `{ enabled, use, config }`. */
  plugins?: PluginEntries;
  /** Your services for plugins, each made with `lend(Token, service)`. They win over a plugin that provides the same token. */
  services?: readonly Lent[];
  /** Settings of the queue; times in milliseconds. */
  queue?: Partial<QueueSettings>;
  /** Per type: `timeout`, `maxRetries`, `retryDelay`, `retryBackoff`, `concurrency`, `limit`. */
  processors?: Record<string, ProcessorSettings>;
  /** Limits over all processes that types name in `limit`. Their numbers win over those of the plugin that defines them. */
  limits?: Record<string, LimitRule>;
  /** The most WebSockets in this process (10,000) and per user (50). */
  live?: { maxConnections?: number; maxPerUser?: number };
  /** Least milliseconds between two runs of a schedule made or changed over HTTP (10000), and the most schedules created at run time (100). */
  scheduler?: { minInterval?: number; maxSchedules?: number };
  /** Schedules of the application: saved at each start; removed ones are deleted at the next start. Schedules from `scheduleJob()` are not affected. */
  schedules?: readonly Schedule[];
  /**
   * What this process does; all three by default. With none, `[]`, it does only what it is asked to: no plugin starts before `start()`, the
   * process is not listed, and nothing is stored, swept or deleted by itself. For scripts beside a running site.
   */
  roles?: ('web' | 'worker' | 'scheduler')[];
  /** Where `routes` are mounted; `/jobs` by default. */
  mountPath?: string;
  /** Where people reach `routes`, such as `https://cms.example.com/jobs`; without it, `job.linkFor()` fails. */
  publicUrl?: string;
  /** Other origins that may use the API and the WebSocket with cookies. */
  allowedOrigins?: string[];
}

/** What a host can also pass to `createJobs()`. */
export interface JobsOptions extends JobsConfig {
  /** Decides who may do what over HTTP. Without it, a plugin that signs in decides, such as `sign-in`; without both, every request is refused. */
  authorize?: Authorize;
  /** The SDK's functions, called outside a plugin, use this instance. */
  default?: boolean;
  /** `stop`: createJobs() throws if a plugin fails. `continue` (default): only that plugin fails. */
  onPluginFailure?: 'continue' | 'stop';
  /** Base folder for relative paths in `plugins.*.use`; the working directory by default. */
  baseDir?: string;
  /** In place of lines on standard error: an object with `debug`, `info`, `warn`, `error`, such as `console` or `pino()`. */
  log?: Logger;
  /** Level of the built-in log; `info` by default. */
  logLevel?: Level;
  /** Format of the built-in log: plain lines (default) or JSON. */
  logFormat?: LogFormat;
}

/** The process's surroundings; only tests replace them. */
export interface Runtime {
  clock: Clock;
  random: Random;
  env: Env;
  /** Milliseconds; may be shorter than the settings allow. */
  leaseDuration?: number;
  /** Milliseconds to wait for a database server that is not up yet. */
  patience?: number;
  /** In a test, how long the `init` of a plugin may take, by the system's clock. */
  initLimit?: InitLimit;
  /** In a test, a type without an owner is a mistake: refuse it instead of parking the job. */
  unknownTypes?: 'refuse';
}

/** Milliseconds. A plugin that takes longer to start does not keep the host from listening. */
const PATIENCE = 2_000;

type SiteConfig = JobsConfig & Pick<JobsOptions, 'authorize'>;

/** For `jobs.config.ts`: gives the object its type. */
export const defineConfig = <P extends PluginEntries>(
  config: SiteConfig & { plugins?: P & CheckedPlugins<P> },
): SiteConfig => config;

/**
 * Opens the database, brings it up to date and starts the plugins; `start()` then begins to work. A plugin that is not on after 2 s
 * continues to start in the background, unless `onPluginFailure` is `stop`.
 * Throws `JobsError` `INVALID_CONFIG` with every mistake and its key.
 */
export const createJobs = <P extends PluginEntries>(
  options: JobsOptions & { plugins?: P & CheckedPlugins<P> } = {},
): Promise<JobsHost> =>
  assemble(options, {
    clock: systemClock,
    random: systemRandom,
    env: systemEnv(),
    patience: Number.POSITIVE_INFINITY,
  });

/** For our own packages, beside what hosts may use. */
export type Assembled = JobsHost & { internals: { core: Core; site: Site } };

const DATABASE = 'sqlite:data/jobs.db';

/** The settings of the queue. Throws one `INVALID_CONFIG` that lists every mistake in all options with its key. */
export function checkOptions(options: JobsOptions): Settings {
  const { database = DATABASE, plugins = {}, services = [] } = options;
  const config = Object.fromEntries(Object.entries(options).filter(([key]) => !OPTIONS.includes(key)));
  checkAll(
    () => resolveSettings(config),
    () => readUrl(database),
    () => readEntries(plugins),
    () => checkShorthands(options),
    () => readServices(services),
  );
  return resolveSettings(config);
}

export async function assemble(asked: JobsOptions, around: Runtime): Promise<Assembled> {
  const options = copied(asked, 'Invalid configuration: ', 'INVALID_CONFIG');
  const { database = DATABASE, plugins: entries = {}, schedules: configured = [], services = [] } = options;
  const { authorize, onPluginFailure, baseDir, log: ownLog, logLevel = 'info', logFormat: format = 'plain' } = options;
  const { random, env } = around;
  const settings = checkOptions(options);
  if (around.leaseDuration !== undefined) settings.queue.leaseDuration = around.leaseDuration;
  /** Without a role it only does what it is asked to. */
  const isIdle = settings.roles.length === 0;
  const log = warnOnce(ownLog ? hostLog(ownLog) : createLogger(logLevel, undefined, { format }), around.clock);
  const slots = new Slots(withDefaults(entries, options), env, isIdle);
  const dialect = await openDatabase(database, around.clock, random, { log, patience: around.patience ?? 0 });
  const { clock, stop: stopClock } = await sharedClock(dialect, around.clock).catch(async (error: unknown) => {
    await dialect.close();
    throw error;
  });
  const compositions = async (): Promise<[Core, Site]> => {
    const core = await createCore({
      dialect,
      settings,
      clock,
      random,
      log,
      ids: new Ids(clock, random),
      plugins: slots,
      unknownTypes: around.unknownTypes,
    });
    const site = await composeSite(core.services, [
      given(Slots, slots),
      given(PluginOptions, {
        baseDir: baseDir ?? process.cwd(),
        onPluginFailure,
        initLimit: around.initLimit,
        services,
        newApp: () => new Hono(),
        request: (path, init) => requestInside(instance.routes, path, init),
      }),
    ]);
    return [core, site];
  };
  const [core, site] = await compositions().catch(async (error: unknown) => {
    stopClock();
    await dialect.close();
    throw error;
  });
  if (dialect.place) site.services.lend(lend(DatabasePlace, dialect.place));
  const { access, plugins, application, scheduler, schedules, monitor } = site;
  const signIn = () => site.services.get(SignIn) as SignIn | undefined;
  const { hooks } = core;
  if (!isIdle) toActions(core.ledger.feed, hooks);
  core.maintenance.removed.on((jobIds) => hooks.doAction('jobs:removed', { jobIds }));
  core.storage.changed.on(({ state, lasted }) =>
    state.writable
      ? hooks.doAction('storage:available', { ...state, lasted })
      : hooks.doAction('storage:unavailable', state),
  );

  let live: Live | undefined;
  const instance = createInstance({
    core,
    site,
    settings,
    routes: () => {
      if (!authorize)
        void plugins.firstStart.then(() => {
          if (!signIn())
            log.warn("Nobody can sign in: add 'sign-in': true to plugins, or pass authorize to createJobs().");
        });
      const http = createRoutes({
        access,
        authorize,
        signIn,
        origins: settings.allowedOrigins,
        log,
        clock,
        random,
        hub: site.hub,
        apps: site.routes,
        knows: (type) => core.registry.schemaOf(type) !== undefined,
        job: (id) => instance.getJobStatus(id),
        signalPages: () => site.services.get(SignalPages) as SignalPages | undefined,
        arePluginsStarting: () => plugins.starting().length > 0,
      });
      live = http.live;
      return http.app;
    },
    attach: (server, path) => void live?.attach(server, path),
    start: async (roles): Promise<PluginStatus[]> => {
      if (isIdle) {
        await plugins.startAll();
        monitor.started();
        return plugins.list();
      }
      core.startListening();
      await plugins.saveOwnTypes();
      if (roles.includes('worker')) await core.startWorker();
      if (roles.includes('scheduler')) scheduler.start();
      if (roles.includes('worker')) void plugins.firstStart.then(() => schedules.started()).catch(() => {});
      return plugins.list();
    },
    stop: async (timeout) => {
      const until = clock.steady() + Math.max(timeout, LAST_WRITES);
      const failed = (what: string) => (error: unknown) =>
        log.error(`Error while stopping ${what}: ${messageOf(error)}`);
      /** What takes longer goes on without this stop. */
      const within = (what: string, part: number, work: Promise<unknown>): Promise<unknown> =>
        withTimeout(
          clock,
          Math.max(until - clock.steady(), 0) * part,
          work,
          () => new Error('it takes too long'),
        ).catch(failed(what));
      await within('the schedules', 1 / 2, scheduler.stop());
      await core.stopWorker(timeout);
      live?.stop();
      const closed = application.close().then((errors) => errors.forEach(failed('the application')));
      await within('the application', 1 / 2, closed);
      await within('the plugins', 1 / 2, plugins.stopAll());
      if (ambient.current() === application.functions) ambient.setDefault(undefined);
      stopClock();
      await within('the queue', 1, core.close());
    },
  });

  try {
    if (options.default) ambient.setDefault(application.functions);
    if (isIdle) {
      await core.holds.reload();
      await plugins.learn();
    } else {
      await core.open();
      application.adoptEarly();
      await plugins.startAll(PATIENCE);
      void plugins.firstStart.then(() => monitor.started());
      await declareConfigured(schedules, configured);
    }
  } catch (error) {
    await plugins.stopAll().catch(() => {});
    stopClock();
    await core.close();
    throw error;
  }
  return Object.assign(instance, { internals: { core, site } });
}
