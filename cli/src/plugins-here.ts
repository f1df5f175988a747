// The plugins of the site inside one command: their schemas and filters apply, but waiting jobs stay untouched.

import type { Env } from '@phraseworks/jobs/internals/base';
import {
  AllSchedules,
  type Core,
  CoreMonitor,
  composeSite,
  given,
  Hooks,
  type PluginEntries,
  PluginHost,
  PluginOptions,
  PluginServices,
  Slots,
  withDefaults,
} from '@phraseworks/jobs/internals/core';
import {
  AuditLog,
  DatabasePlace,
  Jobs,
  JobsError,
  lend,
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

/** Makes the services of the site without starting a plugin. Throws `INVALID_CONFIG` for mistakes in the entries. */
export async function pluginsHere({ site, core, hooks, env }: HereParts) {
  const { place } = core.ledger.dialect;
  const here = await composeSite(core.services, [
    given(Slots, new Slots(entriesOf(site), env, site.config.services)),
    given(Hooks, hooks),
    given(PluginOptions, {
      baseDir: site.baseDir,
      services: site.config.services ?? [],
      lent: place ? [lend(DatabasePlace, place)] : [],
      newApp: () => new Hono(),
      request: () => new Response(null, { status: 503 }),
    }),
  ]);
  const parts = here.all({
    plugins: PluginHost,
    monitor: CoreMonitor,
    schedules: AllSchedules,
    services: PluginServices,
  });
  for (const token of OF_THE_SITE) parts.services.lend(notHere(token));
  return parts;
}
