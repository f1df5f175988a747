// A plugin host for tests: real store, registry, hooks and container; the queue, the worker and the schedules only take notes.

import { JobsError, lend, type ScheduledJob, Storage } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import { Hono } from 'hono';
import { type Clock, iso } from '../src/kernel/clock.ts';
import { createContainer } from '../src/kernel/container.ts';
import type { Env } from '../src/kernel/env.ts';
import { createLogger } from '../src/kernel/logger.ts';
import { createPluginHost, type PluginHostOptions } from '../src/plugins/create-plugin-host.ts';
import type { PluginEntries } from '../src/plugins/entries.ts';
import { Hooks } from '../src/plugins/hooks.ts';
import type { PluginHost } from '../src/plugins/plugin-host.ts';
import type { ParkingPort, SchedulesPort, WorkerPort } from '../src/plugins/ports.ts';
import { Slots } from '../src/plugins/slot.ts';
import type { OwnedJobs } from '../src/queue/jobs-of.ts';
import { TypeRegistry } from '../src/queue/registry.ts';
import { createStorage } from '../src/storage/storage.ts';
import type { Dialect } from '../src/store/dialect.ts';
import { Ledger } from '../src/store/ledger.ts';
import { migrate } from '../src/store/migrate.ts';
import { PluginDatabases } from '../src/store/plugin-database.ts';
import { openSqlite } from '../src/store/sqlite/engine.ts';
import { HandClock } from './hand-clock.ts';

/** Lets everything run that is not waiting for a clock. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `condition` holds; the test's own time-out ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

export interface Rig {
  host: PluginHost;
  hooks: Hooks;
  registry: TypeRegistry;
  clock: HandClock;
  dialect: Dialect;
  /** `park email plugin_disabled`, `quiesce email drain 30000`, `add email {"type":...}` and the like, in order. */
  notes: string[];
  /** Stored schedules: `owner/name`. */
  schedules: Set<string>;
  log: string[];
  options: PluginHostOptions;
  plugins: PluginEntries;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `plugins` as in the configuration; `over` replaces what the rig brings. */
export async function createRig(
  plugins: PluginEntries,
  {
    dialect: given,
    env = {},
    services = [],
    ...over
  }: Partial<PluginHostOptions> & { dialect?: Dialect; env?: Env; services?: readonly Lent[] } = {},
): Promise<Rig> {
  const clock = new HandClock();
  const ownDialect = given === undefined;
  const dialect = given ?? (await openSqlite(':memory:', { now: () => 0, rest: turn, turn, after: () => () => {} }));
  await migrate(dialect, clock.now());
  const notes: string[] = [];
  const schedules = new Set<string>();
  const log: string[] = [];
  const hooks = new Hooks(clock);
  const registry = new TypeRegistry();
  const options: PluginHostOptions = {
    slots: new Slots(plugins, env, services),
    baseDir: process.cwd(),
    registry,
    hooks,
    schedules: notedSchedules(schedules, clock),
    parking: notedParking(notes),
    removal: { ofPlugin: async (plugin) => notes.push(`remove ${plugin}`) },
    worker: {
      quiesce: async (plugin, { running, timeout }) => void notes.push(`quiesce ${plugin} ${running} ${timeout}`),
    } satisfies WorkerPort,
    peers: { others: async () => [] },
    jobs: (owner) => notedJobs(owner, notes),
    container: createContainer(),
    newApp: () => new Hono(),
    ledger: new Ledger(dialect, 'rig', clock),
    databases: new PluginDatabases({ dialect, clock, log: createLogger('silent'), attempt: () => undefined }),
    lent: [lend(Storage, createStorage({}, clock))],
    request: (path) => new Response(path),
    clock,
    log: createLogger('debug', (line) => log.push(line)),
    ...over,
  };
  const host = createPluginHost(options);
  const close = async () => {
    await host.stopAll();
    if (ownDialect) await dialect.close();
  };
  return {
    host,
    hooks,
    registry,
    clock,
    dialect,
    notes,
    schedules,
    log,
    options,
    plugins,
    [Symbol.asyncDispose]: close,
  };
}

/** Takes five fields for a pattern and nothing else. */
function notedSchedules(stored: Set<string>, clock: Clock): SchedulesPort {
  const keyOf = (owner: string | null, name: string) => (owner === null ? name : `${owner}/${name}`);
  return {
    save: async (owner, schedule): Promise<ScheduledJob> => {
      await turn();
      const name = schedule.name ?? (schedule as { type: string }).type;
      if (schedule.schedule.split(' ').length !== 5) {
        throw new JobsError('INVALID_DATA', `Invalid schedule: schedule must have five fields (${name})`);
      }
      stored.add(keyOf(owner, name));
      return { name, schedule: schedule.schedule, timezone: 'UTC', nextRun: iso(clock.now()) };
    },
    remove: async (owner, name) => stored.delete(keyOf(owner, name)),
    removeAll: async (owner) => {
      const own = [...stored].filter((key) => key.startsWith(`${owner}/`));
      for (const key of own) stored.delete(key);
      return own.length;
    },
    namesOf: async (owner) =>
      [...stored].filter((key) => key.startsWith(`${owner}/`)).map((key) => key.slice(`${owner}/`.length)),
    keepOnly: async (owner, names) => {
      for (const key of stored)
        if (key.startsWith(`${owner}/`) && !names.includes(key.slice(`${owner}/`.length))) stored.delete(key);
    },
  };
}

function notedParking(notes: string[]): ParkingPort {
  const note = async (line: string): Promise<number> => {
    notes.push(line);
    return 0;
  };
  return {
    park: (plugin, reason) => note(`park ${plugin} ${reason}`),
    unpark: (plugin) => note(`unpark ${plugin}`),
    counter: async () => () => 0,
  };
}

function notedJobs(owner: string | null, notes: string[]): OwnedJobs {
  const note = (name: string) => async (input: unknown) => void notes.push(`${name} ${owner} ${JSON.stringify(input)}`);
  return {
    addJob: note('add'),
    addJobs: note('addMany'),
    getJobStatus: async () => null,
    getJobHistory: async () => [],
    cancelJob: async () => false,
    updateJobProgress: note('progress'),
    recordJobMetrics: note('metrics'),
    getQueueMetrics: note('queueMetrics'),
    handleError: async (error: unknown) => void notes.push(`error ${owner} ${String(error)}`),
  } as unknown as OwnedJobs;
}
