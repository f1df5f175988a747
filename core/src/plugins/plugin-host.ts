// All plugins of one instance: started, each before those that need it, stopped, and listed.
import { JobsError, type PluginStatus } from '@phraseworks/sdk';
import { pause } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { JobQueries } from '../queue/job-queries.ts';
import { Administration } from './administration.ts';
import { startOrder } from './order.ts';
import { Reconciler } from './reconciler.ts';
import { Shared } from './shared.ts';
import { type Slot, Slots } from './slot.ts';
import { statusOf } from './status.ts';

export class PluginHost {
  static readonly needs = {
    slots: Slots,
    reconciler: Reconciler,
    administration: Administration,
    queries: JobQueries,
    shared: Shared,
  };
  readonly #needs;
  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  firstStart: Promise<void> = Promise.resolve();

  constructor(needs: Built<typeof PluginHost.needs>) {
    this.#needs = needs;
  }

  /** Reads which plugins should be on, and whose each type is, without starting one. */
  async learn(): Promise<void> {
    const { slots, reconciler, administration, shared } = this.#needs;
    await reconciler.rememberTypes();
    await administration.read();
    for (const { name, wanted } of slots.values())
      shared.registry.setPlugin(name, wanted ? 'plugin_waiting' : 'plugin_disabled');
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience = Number.POSITIVE_INFINITY): Promise<void> {
    const { slots, reconciler, shared } = this.#needs;
    const { clock, log, options } = shared;
    const mustStart = options.onPluginFailure === 'stop';
    const isPatient = mustStart || !Number.isFinite(patience);
    reconciler.open();
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
    const { slots, reconciler } = this.#needs;
    const order = startOrder(slots.members());
    const starts = new Map<Slot, Promise<unknown>>();
    for (const slot of new Set([...[...order.keys()].flatMap((name) => slots.get(name) ?? []), ...all])) {
      const providers = (order.get(slot.name) ?? []).map((name) => starts.get(slots.get(name) as Slot));
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
    const { slots, reconciler } = this.#needs;
    return reconciler.isOpen ? [...slots.values()].filter((slot) => slot.state === 'starting' || isLoading(slot)) : [];
  }

  /** Starts one plugin if it is enabled and needs no other: for a command that works without plugins. */
  async startAlone(name: string): Promise<void> {
    const { slots, reconciler, administration } = this.#needs;
    const slot = slots.get(name);
    await administration.read();
    if (!slot?.wanted) return;
    slot.again = true;
    reconciler.open();
    await reconciler.bring(slot);
  }

  /** Closes all scopes, dependants first. Stores nothing: the next start continues. */
  stopAll(): Promise<void> {
    return this.#needs.reconciler.stop();
  }

  async list(): Promise<PluginStatus[]> {
    const { slots, queries, shared } = this.#needs;
    const { types } = await queries.metrics();
    const parkedOf = (plugin: string): number =>
      shared.registry.typesOf(plugin).reduce((sum, type) => sum + (types[type]?.parked ?? 0), 0);
    return [...slots.values()].map((slot) => statusOf(slot, { ...shared, parkedJobs: parkedOf(slot.name) }));
  }
}

const isLoading = (slot: Slot): boolean => slot.wanted && !slot.loaded && slot.state !== 'failed';
