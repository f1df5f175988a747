// The object that createJobs() returns: the application's functions (`addJob` and the others), what only the host may do, its start and stop.
import { JobsError, type PluginStatus, type Role } from '@phraseworks/sdk';
import { ambient } from '@phraseworks/sdk/host';
import type { Hono } from 'hono';
import { typesOf } from './access/job-types.ts';
import type { Core } from './core.ts';
import type { JobsHost, OfSite, UpgradeServer } from './jobs-host.ts';
import type { Settings } from './kernel/config.ts';
import type { Site } from './services.ts';

const DRAIN = 30_000;

/** The same service, which the site itself asks. */
const ofSite = <S extends object>(service: S): OfSite<S> =>
  new Proxy(service, {
    get: (_, name) => {
      const value: unknown = Reflect.get(service, name, service);
      return typeof value === 'function' ? value.bind(service, 'system') : value;
    },
  }) as OfSite<S>;

export function createInstance(needs: {
  core: Core;
  site: Site;
  settings: Settings;
  routes(): Hono;
  attach(server: UpgradeServer, path: string): void;
  start(roles: readonly Role[]): Promise<PluginStatus[]>;
  stop(timeout: number): Promise<void>;
}): JobsHost {
  const { core, settings } = needs;
  const { application, access } = needs.site;
  const { here } = access;
  const all = ofSite(access.jobs);
  let started: Promise<PluginStatus[]> | undefined;
  let stopped: Promise<void> | undefined;
  let routes: Hono | undefined;

  const host: JobsHost = {
    // `addJob`, `getJobStatus`, `addAction`, ...
    ...application.functions,
    get routes() {
      routes ??= needs.routes();
      return routes;
    },
    middleware: (_c, next) => ambient.run(application.functions, next),
    plugins: ofSite(access.plugins),
    schedules: ofSite(access.schedules),
    pauses: ofSite(access.pauses),
    limits: ofSite(access.limits),
    batches: ofSite(access.batches),
    attachWebSocket: (server, options) => {
      // An upgrade first goes through the routes, also where they are not mounted.
      routes ??= needs.routes();
      needs.attach(server, options?.path ?? `${settings.mountPath}/ws`);
    },
    listJobs: (filter) => all.list(filter) as never,
    getJobAttempts: async (id) => (await all.history(id)).attempts,
    getJobLogs: all.logs,
    getJobReceipts: all.receipts,
    failures: all.failures,
    why: all.why,
    retryJob: all.retry,
    runJob: all.run,
    deleteJob: all.remove,
    jobView: all.view,
    types: () => typesOf(core.registry, core.holds.known()),
    info: () => here.info(),
    nodes: () => access.nodes.list('system'),
    start: async () => {
      if (stopped)
        throw new JobsError('INVALID_STATE', 'This instance has been stopped. Create a new one with createJobs().');
      started ??= needs.start(settings.roles).catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      const states = await started;
      here.running = !stopped;
      return states;
    },
    stop: ({ timeout = DRAIN } = {}) => {
      here.running = false;
      // Otherwise a half-finished start would continue after the stop.
      stopped ??= Promise.resolve(started)
        .catch(() => {})
        .then(() => needs.stop(timeout));
      return stopped;
    },
    halt: () => {
      here.running = false;
      return core.worker.halt();
    },
    [Symbol.asyncDispose]: () => host.stop({ timeout: 0 }),
  };
  return host;
}
