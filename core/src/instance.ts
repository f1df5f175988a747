// The object that createJobs() returns: the application's functions (`addJob` and the others), what only the host may do, its start and stop.
import { type Job, JobsError } from '@phraseworks/sdk';
import type { NodeInfo, PluginStatus, TypeInfo } from '@phraseworks/sdk/client';
import { ambient } from '@phraseworks/sdk/host';
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
import { BULK_STATES } from './queue/bulk.ts';
import { failuresOf } from './queue/failures.ts';
import { attemptsOf } from './queue/history.ts';
import type { HeldTypes } from './queue/holds.ts';
import { BULK_TYPE, type TypeRegistry } from './queue/registry.ts';
import type { JobView } from './queue/view.ts';
import { situationOf, whyNot } from './queue/why.ts';
import { toJob } from './store/codec.ts';
import type { JobFilter } from './store/job-filter.ts';
import type { SeenNode } from './store/node-store.ts';
import { readFilter } from './store/search.ts';

/** What is known of each type: those that this process has registered, and others by what was stored of them. */
function typeInfos(registry: TypeRegistry, { heldBy }: Pick<HeldTypes, 'heldBy'>): TypeInfo[] {
  const names = new Set([...registry.list(), ...registry.owned()].map(({ type }) => type));
  names.delete(BULK_TYPE);
  return [...names].sort().map((type) => {
    const here = registry.get(type)?.options;
    const reason = heldBy(type);
    return {
      type,
      plugin: registry.ownerOf(type) ?? null,
      state: reason === null ? 'ready' : 'parked',
      reason,
      timeout: here?.timeout ?? null,
      maxRetries: here?.maxRetries ?? null,
      retryDelay: here?.retryDelay ?? null,
      concurrency: here?.concurrency ?? null,
      access: registry.accessOf(type),
      schema: here ? jsonSchemaOf(here.data) : null,
      example: here?.example ?? null,
    };
  });
}

/** A process as an operator sees it. */
function nodeInfo({ id, pid, startedAt, heartbeatAt, about, live }: SeenNode & { live: boolean }): NodeInfo {
  return {
    id,
    hostname: about.hostname ?? null,
    pid,
    version: about.version ?? null,
    roles: about.roles ?? [],
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
  const { reads, actions, registry, holds, worker, ledger } = core;
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
    get routes() {
      routes ??= needs.routes(host);
      return routes;
    },
    middleware: (_c, next) => ambient.run(application.functions, next),
    plugins: eachOutside(outside, plugins, 'plugins', ['enable', 'disable', 'configure', 'purge']),
    schedules: eachOutside(outside, schedules, 'schedules', ['change', 'pause', 'resume', 'run', 'remove']),
    pauses: eachOutside(outside, core.pauses, 'pauses', ['pause', 'resume']),
    attachWebSocket: (server, options) => {
      // An upgrade first goes through the routes, also where they are not mounted.
      routes ??= needs.routes(host);
      needs.attach(server, options?.path ?? `${settings.mountPath}/ws`);
    },
    listJobs: async (given = {}, where) => {
      const filter = readFields(given, 'filter', FILTER_FIELDS);
      const types = await holds.now();
      const { records, nextCursor, capped } = await reads.list(filter, types, where);
      return { jobs: records.map((record) => toJob(record, types) as never), nextCursor, capped };
    },
    getJobAttempts: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      return record ? attemptsOf(record, await reads.attempts(id)) : [];
    },
    getJobLogs: async (id) => (isId(id) ? reads.logs(id) : []),
    getJobReceipts: async (id) => (isId(id) ? reads.receipts(id) : []),
    failures: async (options = {}, where) => {
      const { from = 0 } = readFields(options, 'options', { from: finite });
      return failuresOf(core, from, where);
    },
    why: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      if (!record) return null;
      const facts = await situationOf(record, core, settings.queue.maxConcurrentJobs);
      return { jobId: id, status: publicState(record.state, facts.held !== null), why: whyNot(record, facts) };
    },
    cancelJob: outside('cancelJob', async (id, options = {}) =>
      actions.cancel(id, readFields(options, 'options', BY).by ?? null),
    ),
    retryJob: outside('retryJob', async (id, options = {}) =>
      actions.retry(id, readFields(options, 'options', { data: anything, by: textOrNone })),
    ),
    runJob: outside('runJob', async (id, options = {}) => {
      readFields(options, 'options', BY);
      return actions.run(id);
    }),
    deleteJob: outside('deleteJob', (id) => core.removal.one(id)),
    jobView: async (id) => {
      const record = isId(id) ? await reads.get(id) : null;
      if (!record) throw notFound();
      return needs.view(toJob(record, await holds.now()));
    },
    bulk: outside('bulk', async (given, limits = {}) => {
      const asked = readFields(given, 'request', { action: ACTION, filter: anything }, ['action', 'filter']);
      const request = { ...asked, filter: readFields<JobFilter>(asked.filter, 'filter', FILTER_FIELDS) };
      readFilter(request.filter, 'filter.');
      return core.queue.add({ type: BULK_TYPE, data: { ...request, ...limits } }, { plugin: null, exempt: true });
    }),
    types: () => typeInfos(registry, holds.known()),
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
