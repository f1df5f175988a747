// The plugins of one instance: started each before those that need it, enabled, disabled and configured at run time.
import {
  type Block,
  type DisableOptions,
  type FieldError,
  JobsError,
  type PluginSettings,
  type PluginState,
  type PluginStatus,
  type Purged,
  type RemovedPlugin,
  type Token,
} from '@phraseworks/sdk';
import { isWaiting } from '../job/lifecycle.ts';
import type { OpenPanel, PluginsApi } from '../jobs-host.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { Holds } from '../queue/holds.ts';
import { JobReads } from '../store/job-reads.ts';
import { Administration, pluginNotFound } from './administration.ts';
import type { OwnedCommand } from './commands.ts';
import { providerNames, startOrder } from './order.ts';
import { Reconciler } from './reconciler.ts';
import { PluginRoutes } from './routes.ts';
import { Shared } from './shared.ts';
import { DRAIN, type Slot, Slots } from './slot.ts';
import { type Footprints, footprintOf, settingsOf, statusOf } from './status.ts';

/** Milliseconds until a plugin that did not start for lack of time is started again, doubled each time. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

export class PluginHost implements PluginsApi {
  static readonly needs = {
    slots: Slots,
    reconciler: Reconciler,
    administration: Administration,
    reads: JobReads,
    holds: Holds,
    shared: Shared,
  };
  readonly routes: PluginRoutes;
  readonly #needs;
  #started = false;
  #stopped = false;
  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  firstStart: Promise<void> = Promise.resolve();

  constructor(needs: Built<typeof PluginHost.needs>) {
    this.#needs = needs;
    this.routes = new PluginRoutes(needs.slots, needs.shared.clock);
    needs.reconciler.delayed.on(({ slot, over }) => void over.then(() => this.#tryLater(slot)));
  }

  /** Reads which plugins should be on, and whose each type is, without starting one. */
  async learn(): Promise<void> {
    const { reconciler, administration, shared } = this.#needs;
    await reconciler.rememberTypes();
    await administration.read();
    for (const { name, wanted } of this.#all())
      shared.registry.setPlugin(name, wanted ? 'plugin_waiting' : 'plugin_disabled');
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience = Number.POSITIVE_INFINITY): Promise<PluginStatus[]> {
    const { slots, reconciler, shared } = this.#needs;
    const { clock, log } = shared;
    const { onPluginFailure } = shared.options;
    this.#stopped = false;
    await this.learn();
    const wanted = this.#all().filter((slot) => slot.wanted);
    for (const slot of wanted) {
      slot.again = true;
      slot.isFirstStart = true;
    }
    const deadline = deadlineIn(clock, onPluginFailure === 'stop' ? Number.POSITIVE_INFINITY : patience);
    const loads = new Map(wanted.map((slot) => [slot, reconciler.load(slot)]));
    await deadline.or(Promise.all(loads.values()));
    deadline.cancel();
    giveServices(wanted);
    const order = startOrder(wanted.flatMap((slot) => slot.member ?? []));
    const inOrder = new Set([...order.flatMap((name) => slots.get(name) ?? []), ...this.#all()]);
    // A deadline of its own: one file that loads slowly must not take the others' time to start.
    const starting = deadlineIn(clock, onPluginFailure === 'stop' ? Number.POSITIVE_INFINITY : patience);
    const { begun, all } = this.#inOrder(inOrder, loads, starting);
    this.firstStart = all;
    await starting.or(onPluginFailure === 'stop' ? all : begun);
    starting.cancel();
    for (const { name } of this.starting())
      log.warn(`the plugin "${name}" is still starting after ${patience / 1_000} s: the others start without it`);
    this.#started = true;
    await this.#ready();
    const failed = wanted.filter((slot) => slot.state === 'failed');
    if (failed.length > 0 && onPluginFailure === 'stop') {
      await this.stopAll();
      const list = failed.map((slot) => `  ${slot.name}: ${slot.reason}`).join('\n');
      throw new JobsError('INVALID_CONFIG', `Plugins failed to start (onPluginFailure: 'stop'):\n${list}`);
    }
    return this.list();
  }

  /** Plugins whose first start has not finished. */
  starting(): Slot[] {
    return this.#all().filter(
      (slot) => slot.wanted && slot.isFirstStart && (slot.state === 'starting' || !slot.loaded),
    );
  }

  /** Starts one plugin if it is enabled and needs no other: for a command that works without plugins. */
  async startAlone(name: string): Promise<void> {
    const slot = this.#needs.slots.get(name);
    await this.#needs.administration.read();
    if (!slot?.wanted) return;
    slot.again = true;
    await this.#needs.reconciler.reconcile(slot);
  }

  /** Closes all scopes, dependants first. Parks no jobs and stores nothing: the next start continues. */
  async stopAll(): Promise<void> {
    this.#started = false;
    this.#stopped = true;
    for (const slot of this.#all()) slot.cancelRetry();
    const order = startOrder(this.#all().flatMap((slot) => slot.member ?? []));
    for (const name of order.reverse()) {
      const slot = this.#needs.slots.get(name);
      if (slot) await this.#needs.reconciler.shutDown(slot);
    }
  }

  /** Starts plugins concurrently: a slow plugin delays only its dependants, which no longer wait after the deadline. */
  #inOrder(
    slots: ReadonlySet<Slot>,
    loads: ReadonlyMap<Slot, Promise<unknown>>,
    deadline: Deadline,
  ): { begun: Promise<unknown>; all: Promise<void> } {
    const members = [...slots].flatMap((slot) => slot.member ?? []);
    const started = new Map<string, Promise<void>>();
    for (const slot of slots) {
      const providers = slot.member ? providerNames(slot.member, members) : [];
      const provided = deadline.or(Promise.all(providers.map((name) => started.get(name))));
      const before = Promise.all([loads.get(slot), provided]);
      started.set(
        slot.name,
        before
          .then(() => (this.#stopped ? undefined : this.#needs.reconciler.reconcile(slot)))
          .then(async () => {
            slot.isFirstStart = false;
            if (!this.#stopped) await this.#welcome();
          }),
      );
    }
    const loading = (name: string): boolean => {
      const slot = this.#needs.slots.get(name);
      return slot?.wanted === true && !slot.loaded && slot.state !== 'failed';
    };
    const begun = [...started].flatMap(([name, start]) => (loading(name) ? [] : [start]));
    const settled = () => this.#needs.reconciler.settled();
    return { begun: Promise.all(begun), all: Promise.all(started.values()).then(settled) };
  }

  /** Brings the plugin, and those that waited for it, to their wanted state. */
  async #bring(slot: Slot): Promise<PluginState> {
    await this.#needs.reconciler.reconcile(slot);
    await this.#welcome();
    return slot.state;
  }

  /** A wrong setting would fail again, but lack of time and of the database pass. */
  #tryLater(slot: Slot): void {
    const { clock, log } = this.#needs.shared;
    if (this.#stopped) return;
    const pause = Math.min(FIRST_PAUSE * 2 ** slot.delays, LONGEST_PAUSE);
    slot.delays += 1;
    slot.cancelRetry();
    log.info(`the plugin "${slot.name}" is started again in ${pause / 1_000} s`);
    slot.cancelRetry = clock.after(pause, () => {
      if (this.#stopped || !slot.wanted || slot.state !== 'failed') return;
      slot.again = true;
      void this.#bring(slot);
    });
  }

  /** Starts the plugins that waited for one that has come on, and calls its `onReady`. */
  async #welcome(): Promise<void> {
    await this.#needs.reconciler.wake();
    if (this.#started) await this.#ready();
  }

  async #ready(): Promise<void> {
    for (const slot of this.#all()) if (slot.state === 'on') await slot.running?.ready();
  }

  #all(): Slot[] {
    return [...this.#needs.slots.values()];
  }

  async enable(name: string): Promise<PluginState> {
    return this.#switch(this.#slot(name), true);
  }

  async disable(name: string, options?: DisableOptions): Promise<PluginState> {
    const slot = this.#slot(name);
    this.#refuseAlwaysOn(slot);
    slot.options = { ...DRAIN, ...options };
    return this.#switch(slot, false);
  }

  /** For a process that has not started the plugin. Throws `INVALID_STATE` if it can only be switched off in the configuration. */
  async checkDisable(name: string): Promise<void> {
    const slot = this.#slot(name);
    await this.#needs.reconciler.loaded(slot);
    this.#refuseAlwaysOn(slot);
  }

  /** What was enabled against the configuration may be disabled again. */
  #refuseAlwaysOn({ name, entry, loaded }: Slot): void {
    if (loaded?.definition.alwaysOn && entry.enabled !== false)
      throw new JobsError(
        'INVALID_STATE',
        `The plugin "${name}" is always on: set plugins.${name} to false in the configuration, and start again.`,
      );
  }

  async #switch(slot: Slot, isOn: boolean): Promise<PluginState> {
    const { administration, holds } = this.#needs;
    // Awaited below; a failure in the meantime must not count as unhandled.
    const stored = administration.setEnabled(slot, isOn).then(() => holds.reload());
    stored.catch(() => {});
    const state = await this.#bring(slot);
    await stored;
    return state;
  }

  async configure(name: string, config: unknown): Promise<PluginState> {
    const slot = this.#slot(name);
    return this.#needs.administration.inTurn(slot, async () => {
      let dropped: string[] = [];
      try {
        dropped = await this.#needs.administration.setConfig(slot, config, () =>
          this.#needs.reconciler.reconcile(slot),
        );
      } finally {
        await this.#bring(slot);
      }
      if (dropped.length > 0)
        this.#needs.shared.log.warn(
          `Secrets were removed because the address or login next to them changed: ${dropped.join(', ')}. Enter them again.`,
        );
      return slot.state;
    });
  }

  async settings(name: string): Promise<PluginSettings> {
    const slot = this.#slot(name);
    await this.#needs.reconciler.loaded(slot);
    return { name, ...settingsOf(slot) };
  }

  purge(name: string): Promise<Purged> {
    return this.#needs.administration.purge(name);
  }

  removed(): Promise<RemovedPlugin[]> {
    return this.#needs.administration.removed();
  }

  /** Applies settings that another process stored. */
  async follow(): Promise<void> {
    const changed = await this.#needs.administration.read();
    await Promise.all(changed.map((slot) => this.#bring(slot)));
  }

  /** Checks the enabled plugins and their config without starting them; instead of `startAll`. */
  check(): Promise<FieldError[]> {
    return this.#needs.administration.check();
  }

  async list(): Promise<PluginStatus[]> {
    const { shared, reads, holds } = this.#needs;
    const { heldBy, ownerOf } = await holds.now();
    const parked = new Map<string, number>();
    for (const { state, type, n } of await reads.counts()) {
      const owner = ownerOf(type);
      if (owner !== undefined && isWaiting(state) && heldBy(type) !== null)
        parked.set(owner, (parked.get(owner) ?? 0) + Number(n));
    }
    return this.#all().map((slot) => statusOf(slot, { ...shared, parkedJobs: parked.get(slot.name) ?? 0 }));
  }

  states(): Record<string, PluginState> {
    return this.#needs.slots.states();
  }

  panels(): OpenPanel[] {
    return this.routes.panels();
  }

  panel(plugin: string, id: string, page?: number): Promise<Block[]> {
    return this.routes.panel(plugin, id, page);
  }

  /** Commands of running plugins. */
  commands(): OwnedCommand[] {
    return this.#needs.shared.commands.list();
  }

  /** The service that a running plugin, or the host, provides. */
  service<T>(token: Token<T>): T | undefined {
    return this.#needs.shared.services.get(token) as T | undefined;
  }

  /** What is registered now, per plugin and in total. */
  footprint(): Footprints {
    return footprintOf(this.#all(), this.#needs.shared.services);
  }

  #slot(name: string): Slot {
    const slot = this.#needs.slots.get(name);
    if (slot) return slot;
    throw pluginNotFound();
  }
}

interface Deadline {
  /** Resolves with `work`, or at the deadline. */
  or(work: Promise<unknown>): Promise<unknown>;
  cancel(): void;
}

function deadlineIn(clock: Clock, ms: number): Deadline {
  if (!Number.isFinite(ms)) return { or: (work) => work, cancel: () => {} };
  let cancel = () => {};
  const reached = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  return { or: (work) => Promise.race([work, reached]), cancel };
}

/** Of plugins that provide the same service, all but the first one in the configuration will fail. */
function giveServices(slots: readonly Slot[]): void {
  const owners = new Map<symbol, string>();
  for (const slot of slots) {
    const provides = slot.member?.provides ?? [];
    const taken = provides.find(({ key }) => owners.has(key));
    if (taken)
      slot.lost = `the plugin "${owners.get(taken.key)}" provides ${taken.id} and comes first in the configuration: disable one of the two`;
    else for (const { key } of provides) owners.set(key, slot.name);
  }
}
