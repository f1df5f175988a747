// The object that createJobs() returns: the application's functions (`addJob` and the others), what only the host may do, its start and stop.
import { type Job, JobsError, type Processor } from '@phraseworks/sdk';
import type { NodeInfo, PluginStatus, TypeInfo } from '@phraseworks/sdk/client';
import { type AnyJob, ambient } from '@phraseworks/sdk/host';
import type { Hono } from 'hono';
import type { Core } from './core.ts';
import { publicState } from './job/lifecycle.ts';
import type { Info, JobsHost, Role, SchedulesApi, UpgradeServer } from './jobs-host.ts';
import { iso } from './kernel/clock.ts';
import type { Settings } from './kernel/config.ts';
import { notFound } from './kernel/errors.ts';
import { anything, finite, flag, oneOf, readFields, text, textOrNone, textOrTexts, texts } from './kernel/fields.ts';
import { isId } from './kernel/id.ts';
import { jsonSchemaOf } from './kernel/json-schema.ts';
import type { Application } from './plugins/application.ts';
import type { PluginHost } from './plugins/plugin-host.ts';
import { BULK_STATES, BULK_TYPE } from './queue/bulk.ts';
import { failuresOf } from './queue/failures.ts';
import { attemptsOf } from './queue/history.ts';
import { PauseControl } from './queue/pauses.ts';
import type { TypeRegistry } from './queue/registry.ts';
import type { JobView } from './queue/view.ts';
import { situationOf, whyNot } from './queue/why.ts';
import { toJob } from './store/codec.ts';
import type { JobFilter } from './store/job-filter.ts';
import type { SeenNode } from './store/node-store.ts';
import { readFilter } from './store/search.ts';

/** What is known of each type: those that run here, and those whose plugin is off. */
function typeInfos(registry: TypeRegistry): TypeInfo[] {
  const here = registry.list().map(({ type, plugin, options }): TypeInfo => {
    const reason = registry.parkReason(type);
    return {
      type,
      plugin,
      lane: registry.laneOf(type),
      state: reason ? 'parked' : 'ready',
      reason,
      timeout: options.timeout ?? null,
      maxRetries: options.maxRetries ?? null,
      retryDelay: options.retryDelay ?? null,
      concurrency: options.concurrency ?? null,
      access: registry.accessOf(type),
      schema: jsonSchemaOf(options.data),
      example: options.example ?? null,
    };
  });
  const known = new Set(here.map(({ type }) => type));
  const elsewhere = registry.owned().filter(({ type }) => !known.has(type));
  const off = elsewhere.map(({ type, plugin }): TypeInfo => {
    const reason = registry.parkReason(type);
    const lane = registry.laneOf(type);
    return {
      type,
      plugin,
      lane,
      state: 'parked',
      reason,
      timeout: null,
      maxRetries: null,
      retryDelay: null,
      concurrency: null,
      access: registry.accessOf(type),
      schema: null,
      example: null,
    };
  });
  return [...here, ...off].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** A process as an operator sees it. */
function nodeInfo({ id, pid, startedAt, heartbeatAt, about, live }: SeenNode & { live: boolean }): NodeInfo {
  return {
    id,
    hostname: about.hostname ?? null,
    pid,
    version: about.version ?? null,
    roles: about.roles ?? [],
    lanes: about.lanes ?? {},
    types: (about.types ?? []).filter((type) => type !== BULK_TYPE),
    slots: about.slots ?? 0,
    running: about.running ?? 0,
    stuck: about.stuck ?? 0,
    startedAt: iso(startedAt),
    heartbeatAt: iso(heartbeatAt),
    live,
  };
}

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

const FILTER_FIELDS = {
  status: textOrTexts,
  type: text,
  plugin: text,
  schedule: text,
  ids: texts,
  q: text,
  from: finite,
  to: finite,
  sort: text,
  limit: finite,
  cursor: text,
  brief: flag,
};
const BY = { by: textOrNone };
const ACTION = oneOf(...Object.keys(BULK_STATES));

export function createInstance(needs: {
  core: Core;
  application: Application;
  plugins: PluginHost;
  schedules: SchedulesApi;
  settings: Settings;
  view(job: Job): Promise<JobView>;
  routes(host: JobsHost): Hono;
  attach(server: UpgradeServer, path: string): void;
  start(roles: readonly Role[]): Promise<PluginStatus[]>;
  stop(timeout: number): Promise<void>;
}): JobsHost {
  const { core, application, plugins, schedules, settings } = needs;
  const { reads, actions, registry, worker, ledger } = core;
  let running = false;
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
    registerProcessor: (...given: unknown[]) => {
      const undo = application.functions.registerProcessor(...(given as [string, Processor]));
      const type = typeof given[0] === 'string' ? given[0] : (given[0] as AnyJob).type;
      // What was added before its processor was there, by this process or another, waits parked.
      void core.parking.unparkRegistered(type).catch(() => {});
      return undo;
    },
    get routes() {
      routes ??= needs.routes(host);
      return routes;
    },
    middleware: (_c, next) => ambient.run(application.functions, next),
    plugins: eachOutside(outside, plugins, 'plugins', ['enable', 'disable', 'configure', 'purge']),
    schedules: eachOutside(outside, schedules, 'schedules', ['change', 'pause', 'resume', 'run', 'remove']),
    pauses: eachOutside(outside, new PauseControl({ ...core, schedules }), 'pauses', ['pause', 'resume']),
    attachWebSocket: (server, options) => {
      // An upgrade first goes through the routes, also where they are not mounted.
      routes ??= needs.routes(host);
      needs.attach(server, options?.path ?? `${settings.mountPath}/ws`);
    },
    listJobs: async (given = {}, where) => {
      const filter = readFields(given, 'filter', FILTER_FIELDS);
      const { records, nextCursor, capped } = await reads.list(filter, where);
      return { jobs: records.map((record) => toJob(record, registry) as never), nextCursor, capped };
    },
    getJobAttempts: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      return record ? attemptsOf(record, await reads.attempts(id)) : [];
    },
    getJobLogs: async (id) => (isId(id) ? reads.logs(id) : []),
    getJobReceipts: async (id) => (isId(id) ? reads.receipts(id) : []),
    failures: async (options = {}, where) => {
      const { from = 0 } = readFields(options, 'options', { from: finite });
      return failuresOf(reads, from, where);
    },
    why: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      if (!record) return null;
      const claiming = running && settings.roles.includes('worker');
      const facts = await situationOf(record, core, { claiming, slots: settings.queue.maxConcurrentJobs });
      return { jobId: id, status: publicState(record.state), why: whyNot(record, facts) };
    },
    cancelJob: outside('cancelJob', async (id, options = {}) =>
      actions.cancel(id, readFields(options, 'options', BY).by ?? null),
    ),
    retryJob: outside('retryJob', async (id, options = {}) =>
      actions.retry(id, readFields(options, 'options', { data: anything, by: textOrNone })),
    ),
    runJob: outside('runJob', async (id, options = {}) =>
      actions.run(id, readFields(options, 'options', BY).by ?? null),
    ),
    deleteJob: outside('deleteJob', (id) => core.removal.one(id)),
    jobView: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      if (!record) throw notFound();
      return needs.view(toJob(record, registry));
    },
    bulk: outside('bulk', async (given, limits = {}) => {
      const asked = readFields(given, 'request', { action: ACTION, filter: anything }, ['action', 'filter']);
      const request = { ...asked, filter: readFields<JobFilter>(asked.filter, 'filter', FILTER_FIELDS) };
      readFilter(request.filter, 'filter.');
      return core.queue.add({ type: BULK_TYPE, data: { ...request, ...limits } }, { plugin: null, exempt: true });
    }),
    types: () => typeInfos(registry).filter(({ type }) => type !== BULK_TYPE),
    info: (): Info => ({
      ...ledger.dialect.facts(),
      node: core.identity.node,
      roles: settings.roles,
      running,
      storage: core.storage.state,
      plugins: plugins.states(),
    }),
    nodes: async () => (await core.peers.all()).map(nodeInfo),
    start: async () => {
      if (stopped)
        throw new JobsError('INVALID_STATE', 'This instance has been stopped. Create a new one with createJobs().');
      started ??= needs.start(settings.roles).catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      const states = await started;
      running = !stopped;
      return states;
    },
    stop: ({ timeout = DRAIN } = {}) => {
      running = false;
      // Otherwise a half-finished start would continue after the stop.
      stopped ??= Promise.resolve(started)
        .catch(() => {})
        .then(() => needs.stop(timeout));
      return stopped;
    },
    halt: () => {
      running = false;
      return worker.halt();
    },
    [Symbol.asyncDispose]: () => host.stop({ timeout: 0 }),
  };
  return host;
}
