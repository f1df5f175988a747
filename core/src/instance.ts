// The object that createJobs() returns: the application's functions (`addJob` and the others), what only the host may do, its start and stop.
import { JobsError, type PluginStatus, type Role } from '@phraseworks/sdk';
import { ambient } from '@phraseworks/sdk/host';
import type { Hono } from 'hono';
import { typesOf } from './access/job-types.ts';
import { nodesOf } from './access/nodes.ts';
import type { ThisProcess } from './access/this-process.ts';
import type { Core } from './core.ts';
import type { JobsHost, SchedulesApi, UpgradeServer } from './jobs-host.ts';
import type { Settings } from './kernel/config.ts';
import type { Application } from './plugins/application.ts';
import type { PluginHost } from './plugins/plugin-host.ts';
import type { AllJobs } from './queue/all-jobs.ts';

const DRAIN = 30_000;

type Outside = <A extends unknown[], R>(name: string, fn: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;

/** The same object, whose functions of these names are refused inside a transaction. */
const eachOutside = <T extends object>(
  outside: Outside,
  of: T,
  path: string,
  names: readonly (keyof T & string)[],
): T =>
  new Proxy(of, {
    get: (_, name) => {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== 'function') return value;
      return names.some((known) => known === name)
        ? outside(`${path}.${String(name)}`, value.bind(of))
        : value.bind(of);
    },
  });

export function createInstance(needs: {
  core: Core;
  application: Application;
  plugins: PluginHost;
  schedules: SchedulesApi;
  jobs: AllJobs;
  here: ThisProcess;
  settings: Settings;
  routes(): Hono;
  attach(server: UpgradeServer, path: string): void;
  start(roles: readonly Role[]): Promise<PluginStatus[]>;
  stop(timeout: number): Promise<void>;
}): JobsHost {
  const { core, application, plugins, schedules, settings, here } = needs;
  const { holds, worker, ledger } = core;
  let started: Promise<PluginStatus[]> | undefined;
  let stopped: Promise<void> | undefined;
  let routes: Hono | undefined;

  const { inside } = ledger.dialect;
  /** The same function, refused inside a transaction. */
  const outside =
    <A extends unknown[], R>(name: string, fn: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      inside.refuse(`${name}() was called`);
      return fn(...args);
    };
  const host: JobsHost = {
    // `addJob`, `getJobStatus`, `addAction`, ...
    ...application.functions,
    ...needs.jobs,
    get routes() {
      routes ??= needs.routes();
      return routes;
    },
    middleware: (_c, next) => ambient.run(application.functions, next),
    plugins: eachOutside(outside, plugins, 'plugins', ['enable', 'disable', 'configure', 'purge']),
    schedules: eachOutside(outside, schedules, 'schedules', ['change', 'pause', 'resume', 'run', 'remove']),
    pauses: eachOutside(outside, core.pauses, 'pauses', ['pause', 'resume']),
    attachWebSocket: (server, options) => {
      // An upgrade first goes through the routes, also where they are not mounted.
      routes ??= needs.routes();
      needs.attach(server, options?.path ?? `${settings.mountPath}/ws`);
    },
    types: () => typesOf(core.registry, holds.known()),
    info: () => here.info(),
    nodes: () => nodesOf(core.peers),
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
      return worker.halt();
    },
    [Symbol.asyncDispose]: () => host.stop({ timeout: 0 }),
  };
  return host;
}
