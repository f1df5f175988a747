// All plugins of one instance: started, each before those that need it, stopped, listed, and changed by administrators. What these change is
// stored, so it survives restarts.
import {
  type DisableOptions,
  JobsError,
  type PluginSettings,
  type PluginState,
  type PluginStatus,
} from '@phraseworks/sdk';
import { iso, pause } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { invalid } from '../kernel/errors.ts';
import { DATA_LIMITS, encodeJson } from '../kernel/json.ts';
import { Holds } from '../queue/holds.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { remembered } from '../queue/registry.ts';
import { PluginStore, type StoredPlugin } from '../store/plugin-store.ts';
import { isEqual } from './layers.ts';
import { Reconciler } from './reconciler.ts';
import { Shared } from './shared.ts';
import { DRAIN, type Slot, Slots } from './slot.ts';

export class PluginHost extends Needing<typeof PluginHost.needs> {
  static readonly needs = {
    slots: Slots,
    store: PluginStore,
    holds: Holds,
    reconciler: Reconciler,
    queries: JobQueries,
    shared: Shared,
  };
  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  firstStart: Promise<void> = Promise.resolve();

  /** Reads which plugins should be on, and whose each type is, without starting one. */
  async learn(): Promise<void> {
    const { slots, store, shared } = this.needs;
    const { registry } = shared;
    // The owners, as plugins stored them when they last ran.
    for (const { type, plugin, options } of await store.types()) registry.setOwner(type, plugin, options);
    for (const [slot, row] of await this.#changed()) this.#use(slot, row);
    for (const { name, wanted } of slots.values())
      registry.setPlugin(name, wanted ? 'plugin_waiting' : 'plugin_disabled');
  }

  /** Stores what is to be known of the types of the application where it is not, or no more. */
  async saveOwnTypes(): Promise<void> {
    const { shared, store } = this.needs;
    const own = shared.registry.list().filter(({ plugin }) => plugin === null);
    await store.saveTypes(null, new Map(own.map(({ type, options }) => [type, remembered(options)])));
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience = Number.POSITIVE_INFINITY): Promise<void> {
    const { slots, reconciler, shared } = this.needs;
    const { clock, log, options } = shared;
    const mustStart = options.onPluginFailure === 'stop';
    const isPatient = mustStart || !Number.isFinite(patience);
    reconciler.isOpen = true;
    await this.learn();
    const all = [...slots.values()];
    const wanted = all.filter((slot) => slot.wanted);
    for (const slot of wanted) slot.again = true;
    /** Resolves with the work, or after `patience`. */
    const within = async (begin: (late: Promise<void>) => Promise<unknown>): Promise<void> => {
      if (isPatient) return void (await begin(new Promise(() => {})));
      const ended = new AbortController();
      const late = pause(clock, patience, ended.signal);
      await Promise.race([begin(late), late]);
      ended.abort();
    };
    const loads = new Map(wanted.map((slot) => [slot, reconciler.load(slot)]));
    await within(() => Promise.all(loads.values()));
    // A deadline of its own: one file that loads slowly must not take the others' time to start.
    await within((late) => {
      const starts = this.#startEach(all, loads, late);
      this.firstStart = Promise.all(starts.values()).then(() => reconciler.settled());
      const begun = [...starts].flatMap(([slot, start]) => (isLoading(slot) ? [] : [start]));
      return mustStart ? this.firstStart : Promise.all(begun);
    });
    for (const { name } of this.starting())
      log.warn(`the plugin "${name}" is still starting after ${patience / 1_000} s: the others start without it`);
    await reconciler.ready();
    const failed = wanted.filter((slot) => slot.state === 'failed');
    if (failed.length === 0 || !mustStart) return;
    await this.stopAll();
    const list = failed.map((slot) => `  ${slot.name}: ${slot.reason}`).join('\n');
    throw new JobsError('INVALID_CONFIG', `Plugins failed to start (onPluginFailure: 'stop'):\n${list}`);
  }

  /** Starts plugins concurrently: a slow plugin delays only those that can use it, which no longer wait when it is late. */
  #startEach(
    all: readonly Slot[],
    loads: ReadonlyMap<Slot, Promise<unknown>>,
    late: Promise<void>,
  ): Map<Slot, Promise<unknown>> {
    const { reconciler } = this.needs;
    const order = startOrder(all.filter((slot) => slot.wanted && slot.loaded));
    const starts = new Map<Slot, Promise<unknown>>();
    for (const slot of new Set([...order.keys(), ...all])) {
      const providers = (order.get(slot) ?? []).map((provider) => starts.get(provider));
      const provided = Promise.race([Promise.all(providers), late]);
      starts.set(
        slot,
        Promise.all([loads.get(slot), provided]).then(() => reconciler.bring(slot)),
      );
    }
    return starts;
  }

  /** Plugins that are loading or starting. */
  starting(): Slot[] {
    const { slots, reconciler } = this.needs;
    return reconciler.isOpen ? [...slots.values()].filter((slot) => slot.state === 'starting' || isLoading(slot)) : [];
  }

  /** Closes all scopes, dependants first. Stores nothing: the next start continues. */
  stopAll(): Promise<void> {
    return this.needs.reconciler.stop();
  }

  async list(): Promise<PluginStatus[]> {
    const { slots, queries, shared } = this.needs;
    const { types } = await queries.metrics();
    const parkedOf = (plugin: string): number =>
      shared.registry.typesOf(plugin).reduce((sum, type) => sum + (types[type]?.parked ?? 0), 0);
    return [...slots.values()].map((slot) => statusOf(slot, shared, parkedOf(slot.name)));
  }

  /** Applies settings that another process stored. */
  async follow(): Promise<void> {
    const { slots, reconciler } = this.needs;
    const changed = await this.#changed();
    await Promise.all(
      changed.map(([{ name }]) =>
        slots.inTurn(name, async () => {
          const found = (await this.#changed()).find(([slot]) => slot.name === name);
          if (!found) return;
          this.#use(...found);
          await reconciler.bring(found[0]);
        }),
      ),
    );
  }

  async #changed(): Promise<[Slot, StoredPlugin | undefined][]> {
    const rows = new Map((await this.needs.store.all()).map((row) => [row.name, row]));
    return [...this.needs.slots.values()].flatMap((slot) => {
      const row = rows.get(slot.name);
      const isSame = (row?.enabled ?? null) === slot.flag && isEqual(row?.config, slot.stored);
      // What was enabled again is to be tried again.
      return isSame && !(row?.enabled && slot.state === 'failed') ? [] : [[slot, row]];
    });
  }

  #use(slot: Slot, row: StoredPlugin | undefined): void {
    slot.flag = row?.enabled ?? null;
    slot.restart ||= !isEqual(row?.config, slot.stored);
    slot.stored = row?.config;
    slot.again = true;
  }

  /** Enables or disables it. The stored flag wins over the configuration, also at the next start. */
  async setEnabled(name: string, enabled: boolean, options?: DisableOptions): Promise<PluginState> {
    const { slots, store, holds, reconciler } = this.needs;
    const slot = this.#slot(name);
    return slots.inTurn(slot.name, async () => {
      if (!enabled) await this.#refuseAlwaysOn(slot);
      slot.flag = enabled;
      slot.again = enabled;
      slot.options = { ...DRAIN, ...options };
      // At the same time: a plugin may keep the database from answering.
      const stored = store.setEnabled(slot.name, enabled).then(() => holds.reload());
      stored.catch(() => {});
      await reconciler.bring(slot);
      await stored;
      return slots.stateOf(slot);
    });
  }

  async #refuseAlwaysOn(slot: Slot): Promise<void> {
    await this.needs.reconciler.loaded(slot).catch(() => {});
    const { name, entry } = slot;
    // What was enabled against the configuration may be disabled again.
    if (slot.alwaysOn && entry.enabled !== false)
      throw new JobsError(
        'INVALID_STATE',
        `The plugin "${name}" is always on: set plugins.${name} to false in the configuration, and start again.`,
      );
  }

  /**
   * Checks a form, restarts the plugin with it, then stores it. Throws `INVALID_DATA` if the form is wrong or a running plugin does not start
   * with it, and then changes nothing.
   */
  configure(name: string, form: unknown): Promise<PluginState> {
    const { slots, store, reconciler, shared } = this.needs;
    const slot = this.#slot(name);
    return slots.inTurn(name, async () => {
      const { stored, dropped } = await this.#checkConfig(slot, form);
      const wasOn = slot.state === 'on';
      const previous = slot.stored;
      const use = async (config: unknown, isTried: boolean): Promise<void> => {
        slot.tried = isTried ? { config } : null;
        slot.again = true;
        slot.restart = true;
        await reconciler.bring(slot);
      };
      try {
        await use(stored, true);
        if (wasOn && slot.wanted && slot.state === 'failed')
          throw new JobsError(
            'INVALID_DATA',
            `The plugin did not start with this config: ${slot.reason}; the previous config stays in use.`,
          );
        await store.setConfig(name, stored);
      } catch (error) {
        await use(previous, false);
        throw error;
      }
      slot.stored = stored;
      slot.tried = null;
      if (dropped.length > 0)
        shared.log.warn(
          `Secrets were removed because the address or login next to them changed: ${dropped.join(', ')}. Enter them again.`,
        );
      return slot.state;
    });
  }

  /** What to store of a form, and the secrets that were dropped because their address changed. Throws `INVALID_DATA` with all wrong keys. */
  async #checkConfig(slot: Slot, form: unknown): Promise<{ stored: unknown; dropped: string[] }> {
    // The check needs the code, even of a disabled plugin.
    await this.needs.reconciler.loaded(slot);
    const base = `plugins.${slot.name}.config`;
    const refused = slot.config?.refused(form, slot.places) ?? [];
    if (refused.length > 0) throw invalid(refused);
    const { stored, dropped } = slot.config?.toStore(form, slot.places) ?? { stored: undefined, dropped: [] };
    const encoded = encodeJson(stored, base, DATA_LIMITS);
    if (!encoded.ok) throw invalid([encoded.error]);
    const resolved = await slot.config?.resolve({ ...slot.places, stored }, dropped);
    if (resolved?.ok === false) throw invalid(resolved.errors);
    return { stored, dropped };
  }

  async settings(name: string): Promise<PluginSettings> {
    const slot = this.#slot(name);
    await this.needs.reconciler.loaded(slot);
    return { name, ...settingsOf(slot) };
  }

  #slot(name: string): Slot {
    const slot = this.needs.slots.get(name);
    if (slot) return slot;
    throw pluginNotFound();
  }
}

const isLoading = (slot: Slot): boolean => slot.wanted && !slot.loaded && slot.state !== 'failed';

export const pluginNotFound = (): JobsError =>
  new JobsError('PLUGIN_NOT_FOUND', 'Plugin not found: the configuration has no plugin of this name.');

/** Those that provide what the plugin needs, or can do without. */
function providersOf(slot: Slot, slots: readonly Slot[]): Slot[] {
  const wanted = new Set(Object.values(slot.loaded?.definition.needs ?? {}).map(({ key }) => key));
  return slots.filter(
    (other) => other !== slot && other.loaded?.definition.provides.some(({ key }) => wanted.has(key)),
  );
}

/** Each with those before it that it waits for. Plugins that need each other keep the configuration's order. */
function startOrder(slots: readonly Slot[]): Map<Slot, Slot[]> {
  const order = new Map<Slot, Slot[]>();
  const open = new Set<Slot>();
  const visit = (slot: Slot): void => {
    if (open.has(slot)) return;
    open.add(slot);
    const providers = providersOf(slot, slots);
    for (const provider of providers) visit(provider);
    order.set(
      slot,
      providers.filter((provider) => order.has(provider)),
    );
  };
  for (const slot of slots) visit(slot);
  return order;
}

function statusOf(slot: Slot, { registry, services }: Shared, parkedJobs: number): PluginStatus {
  const { name, running } = slot;
  const definition = slot.loaded?.definition;
  return {
    name,
    title: definition?.title ?? null,
    version: definition?.version ?? null,
    description: definition?.description ?? null,
    state: slot.state,
    reason: slot.said,
    alwaysOn: definition?.alwaysOn ?? false,
    since: iso(slot.since),
    types: registry.typesOf(name),
    schedules: running?.scope.labels('schedules') ?? [],
    hooks: running?.scope.labels('hooks') ?? [],
    routes: running
      ? (['routes', 'public', 'guarded', 'pages'] as const).flatMap((kind) => running.apps.list(kind))
      : [],
    panels: [...(running?.panels.keys() ?? [])],
    commands: running?.scope.labels('commands') ?? [],
    needs: Object.values(definition?.needs ?? {}).map((token) => ({
      id: token.id,
      optional: token.optional ?? false,
      met: services.isMet(token),
    })),
    // Omit services that the host provides instead.
    provides: definition?.provides.filter((token) => !services.isLent(token)).map(({ id }) => id) ?? [],
    ...settingsOf(slot),
    health: { hookErrors: slot.hookErrors, lastError: slot.lastError },
    parkedJobs,
    initMs: slot.initMs,
  };
}

/** Null until the plugin's code is loaded. */
const settingsOf = ({ config, places }: Slot): Pick<PluginStatus, 'config' | 'configSchema'> => ({
  configSchema: config?.jsonSchema ?? null,
  config: config?.shown(places) ?? null,
});
