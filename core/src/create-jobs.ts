// Puts one instance together: queue, plugins, schedules, live events and HTTP, each made once and handed what it needs.
import { ambient, Monitor } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { createEngine, type Engine } from './engine.ts';
import type { JobsHost, PluginStatus } from './host.ts';
import { createRoutes } from './http/create-routes.ts';
import { type Live, mountLive } from './http/live.ts';
import { requestInside } from './http/mount.ts';
import { UploadFiles } from './http/uploads.ts';
import { createInstance } from './instance.ts';
import { type Clock, systemClock, systemRandom } from './kernel/clock.ts';
import { resolveSettings, together } from './kernel/config.ts';
import { createContainer } from './kernel/container.ts';
import { systemEnv } from './kernel/env.ts';
import { messageOf } from './kernel/errors.ts';
import { Ids } from './kernel/id.ts';
import { jsonSchemaOf } from './kernel/json-schema.ts';
import { createLogger, hostLog, type Logger } from './kernel/logger.ts';
import { saidOnce } from './kernel/said-once.ts';
import { within } from './kernel/within.ts';
import { toActions } from './live/actions.ts';
import { Hub } from './live/hub.ts';
import type { JobsConfig, JobsOptions, Surroundings } from './options.ts';
import { createApplication } from './plugins/application.ts';
import { readEntries, withMoved } from './plugins/entries.ts';
import { createFacts } from './plugins/facts.ts';
import { Hooks } from './plugins/hooks.ts';
import { PluginHost } from './plugins/host.ts';
import { createHousekeeping } from './plugins/housekeeping.ts';
import { createMonitor } from './plugins/monitor.ts';
import { BULK_TYPE } from './queue/bulk.ts';
import { ownedJobs } from './queue/owned.ts';
import { viewOf } from './queue/view.ts';
import { ScheduleAdministration } from './scheduler/administration.ts';
import { declareConfigured } from './scheduler/configured.ts';
import type { CheckJob } from './scheduler/declaration.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { Schedules } from './scheduler/schedules.ts';
import { databasePlace } from './store/database-place.ts';
import { HousekeepingStore } from './store/housekeeping-store.ts';
import { LogStore } from './store/log-store.ts';
import { refuseMoved } from './store/move/moved.ts';
import { checkUrl, type HostDatabase, openDatabase } from './store/open.ts';
import { ScheduleStore } from './store/schedule-store.ts';
import { sharedClock } from './store/server-clock.ts';
import { SignIn } from './store/sign-in.ts';
import { UploadStore } from './store/upload-store.ts';

/** The database of an instance, and the time that all its processes share; `stop` ends the look at it. Throws `INVALID_CONFIG`, also for a database whose jobs have moved to another one. */
async function openShared(database: string | HostDatabase, { clock, random, patience = 0 }: Surroundings, log: Logger) {
  const dialect = await openDatabase(database, clock, random, { log, patience });
  try {
    await refuseMoved(dialect);
    const shared: { clock: Clock; stop: () => void } = await sharedClock(dialect, clock);
    return { dialect, ...shared };
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

export type { JobsConfig, JobsOptions, Surroundings } from './options.ts';

/** For `jobs.config.ts`: gives the object its type. */
export const defineConfig = (config: JobsConfig): JobsConfig => config;

/**
 * Opens the database, brings it up to date and starts the plugins; `start()` then begins to work.
 * Throws `JobsError` `INVALID_CONFIG` with every mistake and its key.
 */
export const createJobs = (options: JobsOptions = {}): Promise<JobsHost> =>
  assemble(options, {
    clock: systemClock,
    random: systemRandom,
    env: systemEnv(),
    patience: Number.POSITIVE_INFINITY,
  });

export type Assembled = JobsHost & {
  internals: { engine: Engine; plugins: PluginHost; scheduler: Scheduler; signIn: SignIn; footprint(): Footprint };
};
type Footprint = ReturnType<PluginHost['footprint']>;

export async function assemble(options: JobsOptions, around: Surroundings): Promise<Assembled> {
  const {
    database = 'sqlite:data/jobs.db',
    plugins: entries = {},
    schedules: configured = [],
    authorize,
    mayHear,
    onPluginFailure,
    baseDir,
    log: given,
    logLevel = 'info',
    logFormat: format = 'plain',
    telemetry,
    ...rest
  } = options;
  const { default: isDefault, ...config } = rest;
  const { random, env } = around;
  together(
    () => resolveSettings(config),
    () => checkUrl(database),
    () => readEntries(entries),
  );
  const settings = resolveSettings(config);
  if (around.leaseDuration !== undefined) settings.queue.leaseDuration = around.leaseDuration;
  const log = saidOnce(given ? hostLog(given) : createLogger(logLevel, undefined, { format }), around.clock);
  if (telemetry)
    log.warn(
      'The setting telemetry has moved to the plugin metrics and counts only while it is on: plugins: { metrics: { config: { tracing } } }',
    );
  const { dialect, clock, stop: stopClock } = await openShared(database, around, log);
  const hooks = new Hooks(clock);
  const ids = new Ids(clock, random);
  const uploadRows = new UploadStore(dialect);
  const logStore = new LogStore(dialect, clock);
  const signIn = new SignIn({ dialect, clock, random });
  const uploads = new UploadFiles({ ...settings.uploads, store: uploadRows, clock, random });

  const engine = await createEngine({
    dialect,
    settings,
    clock,
    random,
    ids,
    log,
    hooks,
    refuseUnknownTypes: around.refuseUnknownTypes ?? false,
    onStorage: (state, lasted) =>
      void (state.writable
        ? hooks.doAction('storage:available', { ...state, lasted })
        : hooks.doAction('storage:unavailable', state)),
    onRemoved: (jobs) => uploads.removeForJobs(jobs),
    plugins: () => plugins.states(),
    alsoPrune: async (now) => {
      await scheduler.prune(now);
      await uploads.sweepOrphans(now);
      await logStore.prune(now);
    },
    onChange: async (news) => {
      if (news.has('schedules')) scheduler.poke();
      if (news.has('plugins')) await plugins.follow();
    },
  });
  const jobs = (plugin: string | null) =>
    ownedJobs({ ...engine, clock, log, report: (fact) => hooks.doAction('error', fact) }, plugin);

  const store = new ScheduleStore(engine.ledger);
  const isActive = (plugin: string | null): boolean => plugin === null || plugins.states()[plugin] === 'on';
  const changed = (): void => scheduler.poke();
  const scheduler: Scheduler = new Scheduler({
    store,
    clock,
    log,
    isActive,
    fire: (job, about) => engine.queue.addTick(job, about),
  });
  const check: CheckJob = (job, base) => engine.queue.check(job, base);
  const schedules = new Schedules({ store, clock, changed, check, limits: settings.scheduler });
  const administration = new ScheduleAdministration({
    store,
    clock,
    isActive,
    check,
    changed,
    minInterval: settings.scheduler.minInterval,
    add: (job, about) => engine.queue.add(job, about),
  });
  engine.registry.onChange(changed);

  const hub = new Hub({ ledger: engine.ledger, clock, log, limits: settings.live });
  const monitor = createMonitor({
    ...engine,
    plugins: () => plugins.states(),
    clients: () => ({ websocket: hub.size - hub.streams, sse: hub.streams }),
    clock,
  });
  const plugins: PluginHost = new PluginHost({
    plugins: telemetry ? withMoved(entries, 'metrics', telemetry) : entries,
    baseDir: baseDir ?? process.cwd(),
    env,
    ...(onPluginFailure ? { onPluginFailure } : {}),
    registry: engine.registry,
    hooks,
    schedules,
    parking: engine.parking,
    worker: engine.worker,
    jobs,
    container: createContainer(),
    newApp: () => new Hono(),
    ledger: engine.ledger,
    place: databasePlace(database, dialect),
    uploads,
    housekeeping: createHousekeeping({
      store: new HousekeepingStore(engine.ledger),
      uploads: uploadRows,
      files: uploads,
      clock,
    }),
    facts: createFacts({ reads: engine.reads, schedules: store, isActive }),
    services: new Map([[Monitor.key, monitor]]),
    request: (path, init) => requestInside(instance.routes, path, init),
    clock,
    log,
  });
  const application = createApplication({ registry: engine.registry, hooks, schedules, jobs: jobs(null), clock, log });
  toActions(engine.ledger, hooks);

  let live: Live | undefined;
  const instance = createInstance({
    engine,
    application,
    plugins,
    schedules: administration,
    settings,
    view: (job) => viewOf(job, { registry: engine.registry, clock, log, within }),
    routes: (host) =>
      createRoutes({
        host,
        ...(authorize ? { authorize } : {}),
        signIn,
        origins: settings.allowedOrigins,
        log,
        clock,
        uploads,
        logStore,
        typeOf: (type) => {
          if (type === BULK_TYPE) return null;
          const { registry } = engine;
          const here = registry.get(type);
          const plugin = here?.plugin ?? registry.ownerOf(type) ?? null;
          if (plugin === null && !here) return null;
          return { plugin, access: registry.accessOf(type), schema: jsonSchemaOf(here?.options.data) };
        },
        dispatch: (plugin, kind, request, variables) => plugins.dispatch(plugin, kind, request, variables),
        pages: () => plugins.pages(),
        ready: () => instance.info().running,
        storage: () => engine.storage.now(),
        live: (app, guard) => {
          live = mountLive(app, {
            hub,
            clock,
            random,
            log,
            allowedOrigins: settings.allowedOrigins,
            guard,
            job: (id) => instance.getJobStatus(id),
            ...(mayHear ? { may: mayHear } : {}),
          });
        },
      }),
    attach: (server, path) => void live?.attach(server, path),
    start: async (roles): Promise<PluginStatus[]> => {
      if (!authorize && roles.includes('web'))
        log.info('There is no authorize: who wants in signs in with the link that phraseworks-jobs link prints.');
      engine.startListening();
      if (roles.includes('worker')) await engine.startWorker();
      if (roles.includes('scheduler')) scheduler.start();
      return plugins.list();
    },
    stop: async (timeout) => {
      await scheduler.stop();
      await engine.stopWorker(timeout);
      live?.stop();
      for (const error of await application.close()) log.error(`The stop of the application: ${messageOf(error)}`);
      await plugins.stopAll();
      if (ambient.current() === application.functions) ambient.setDefault(undefined);
      stopClock();
      await engine.close();
    },
  });

  try {
    await engine.open();
    application.adoptEarly();
    if (isDefault) ambient.setDefault(application.functions);
    await plugins.startAll();
    await declareConfigured(schedules, configured);
  } catch (error) {
    await plugins.stopAll().catch(() => {});
    stopClock();
    await engine.close();
    throw error;
  }
  const footprint = () => plugins.footprint();
  return Object.assign(instance, { internals: { engine, plugins, scheduler, signIn, footprint } });
}
