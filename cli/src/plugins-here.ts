// The plugins of the site inside one command: their schemas and filters apply, but waiting jobs stay untouched.

import { type Clock, type Env, iso, type Logger } from '@phraseworks/jobs/internals/base';
import {
  type Core,
  CoreMonitor,
  createContainer,
  createPluginHost,
  type Hooks,
  OldLogs,
  ownedJobs,
  type PluginEntries,
  type PluginHost,
  readDeclaration,
  ScheduleStore,
  type SchedulesPort,
  Slots,
  withDefaults,
} from '@phraseworks/jobs/internals/core';
import {
  AuditLog,
  DatabasePlace,
  JobLogs,
  Jobs,
  JobsError,
  lend,
  Monitor,
  Nodes,
  Pauses,
  Plugins,
  Schedules,
  type Token,
  Types,
} from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import { Hono } from 'hono';
import type { Site } from './site.ts';

interface HereParts {
  site: Site;
  core: Core;
  hooks: Hooks;
  log: Logger;
  clock: Clock;
  env: Env;
}

const OF_THE_SITE: readonly Token<unknown>[] = [Jobs, Types, Schedules, Pauses, Plugins, Nodes, AuditLog];

/** Plugins that need it start; a command that calls it learns that only a running site has it. */
const notHere = (token: Token<unknown>): Lent =>
  lend(
    token,
    new Proxy(
      {},
      {
        get: (_, name) => () => {
          throw new JobsError(
            'UNAVAILABLE',
            `${token.id}: ${String(name)}() works in a running site, not in a command.`,
          );
        },
      },
    ),
  );

/** The plugins of the site: those of its configuration, and those that createJobs() adds. */
export const entriesOf = ({ config }: Site): PluginEntries => withDefaults(config.plugins ?? {}, config);

/** Makes the host without starting a plugin. Throws `INVALID_CONFIG` for mistakes in the entries. */
export function pluginsHere({ site, core, hooks, log, clock, env }: HereParts): {
  plugins: PluginHost;
  monitor: CoreMonitor;
} {
  const store = new ScheduleStore(core.ledger);
  // Checked, but not stored: a short-lived command must not bring back a schedule that was removed.
  const schedules: SchedulesPort = {
    save: async (_owner, schedule) => {
      const { name, pattern, timezone, next } = await readDeclaration(schedule, clock.now(), (job, base) =>
        core.admission.check(job, base),
      );
      return { name, schedule: pattern, timezone, nextRun: iso(next) };
    },
    remove: async () => false,
    removeAll: (plugin) => store.removeAll(plugin),
    namesOf: async (plugin) => (await store.list(plugin)).map(({ name }) => name),
    keepOnly: async () => 0,
  };
  const { place } = core.ledger.dialect;
  const slots = new Slots(entriesOf(site), env, site.config.services);
  const monitor = new CoreMonitor({
    ...core,
    schedules: store,
    isActive: () => true,
    freeSince: () => 0,
    clients: () => 0,
    clock,
  });
  const plugins = createPluginHost({
    slots,
    baseDir: site.baseDir,
    registry: core.registry,
    hooks,
    schedules,
    reads: core.reads,
    holds: core.holds,
    removal: core.removal,
    worker: core.worker,
    peers: core.peers,
    databases: core.databases,
    jobs: (owner) => ownedJobs({ ...core, clock, log, report: (fact) => hooks.doAction('error', fact) }, owner),
    joiners: core.joiners,
    container: createContainer(),
    newApp: () => new Hono(),
    ledger: core.ledger,
    lent: [
      ...(place ? [lend(DatabasePlace, place)] : []),
      lend(JobLogs, new OldLogs(core.ledger, clock)),
      lend(Monitor, monitor),
      ...OF_THE_SITE.map(notHere),
    ],
    request: () => new Response(null, { status: 503 }),
    clock,
    log,
  });
  return { plugins, monitor };
}
