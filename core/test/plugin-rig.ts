// A plugin host for tests, on a real core that is not open: nothing claims jobs, and time stands still until the test moves it.
import type { DisableOptions } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import { Hono } from 'hono';
import { footprintOf } from '../../testing/src/footprint.ts';
import { createCore } from '../src/core.ts';
import { systemClock, systemRandom } from '../src/kernel/clock.ts';
import { resolveSettings } from '../src/kernel/config.ts';
import { given } from '../src/kernel/container.ts';
import type { Env } from '../src/kernel/env.ts';
import { Ids } from '../src/kernel/id.ts';
import { createLogger } from '../src/kernel/logger.ts';
import type { PluginEntries } from '../src/plugins/entries.ts';
import { PluginOptions } from '../src/plugins/options.ts';
import { Slots } from '../src/plugins/slot.ts';
import { composeSite } from '../src/services.ts';
import type { Dialect } from '../src/store/dialect.ts';
import { migrate } from '../src/store/migrate.ts';
import { openSqlite } from '../src/store/sqlite/engine.ts';
import { HandClock } from './hand-clock.ts';

/** Lets everything run that is not waiting for a clock. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when `condition` holds; the test's own time-out ends it otherwise. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

interface Around {
  /** Of another rig. */
  dialect?: Dialect;
  baseDir?: string;
  env?: Env;
  services?: readonly Lent[];
}

/** `plugins` as in the configuration. */
export async function createRig(plugins: PluginEntries, around: Around = {}) {
  const { env = {}, services = [], baseDir = process.cwd() } = around;
  const clock = new HandClock();
  const dialect = around.dialect ?? (await openSqlite(':memory:', { clock: systemClock, random: systemRandom }));
  await migrate(dialect, clock.now());
  const log: string[] = [];
  const slots = new Slots(plugins, env);
  const {
    services: ofCore,
    registry,
    hooks,
  } = await createCore({
    dialect,
    settings: resolveSettings({}),
    clock,
    random: { ...systemRandom, fraction: () => 0 },
    ids: new Ids(clock, systemRandom),
    log: createLogger('debug', (line) => log.push(line)),
    plugins: slots,
  });
  const site = await composeSite(ofCore, [
    given(Slots, slots),
    given(PluginOptions, {
      baseDir,
      services,
      newApp: () => new Hono(),
      request: (path) => new Response(path),
    }),
  ]);
  const { plugins: all, application, routes, access } = site;
  const host = {
    routes,
    startAll: (patience?: number) => all.startAll(patience),
    stopAll: () => all.stopAll(),
    list: () => all.list(),
    enable: (name: string) => all.setEnabled(name, true),
    disable: (name: string, options?: DisableOptions) => all.setEnabled(name, false, options),
    configure: (name: string, config: unknown) => all.configure(name, config),
    settings: (name: string) => all.settings(name),
    follow: () => all.follow(),
    panels: () => access.plugins.panels('system'),
    panel: (plugin: string, id: string) => access.plugins.panel('system', plugin, id),
    states: () => slots.states(),
    failures: () => slots.failures(),
    footprint: () => footprintOf(site),
  };
  return {
    host,
    application,
    hooks,
    registry,
    clock,
    dialect,
    log,
    plugins,
    types: () => registry.list(),
    /** Type and data of each stored job, oldest first. */
    jobs: async () =>
      (await dialect.reader.selectFrom('pwj_jobs').select(['type', 'data']).orderBy('id').execute()).map(
        ({ type, data }) => `${type} ${data}`,
      ),
    [Symbol.asyncDispose]: async () => {
      await host.stopAll();
      if (!around.dialect) await dialect.close();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
