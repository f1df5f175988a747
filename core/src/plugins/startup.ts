// Starts and stops the plugins of one instance, each before those that need it.
import { JobsError, type PluginState } from '@phraseworks/sdk';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import type { PluginStore } from '../store/plugin-store.ts';
import type { Administration } from './administration.ts';
import { providerNames, startOrder } from './order.ts';
import type { Reconciler } from './reconciler.ts';
import type { Slot, Slots } from './slot.ts';

interface StartupNeeds {
  slots: Slots;
  reconciler: Reconciler;
  administration: Administration;
  registry: TypeRegistry;
  store: PluginStore;
  /** `stop`: `startAll` throws if a plugin fails. */
  onPluginFailure?: 'continue' | 'stop';
  clock: Clock;
  log: Logger;
}

/** Milliseconds until a plugin that did not start for lack of time is started again, doubled each time. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

export class Startup {
  readonly #needs: StartupNeeds;
  #started = false;
  #stopped = false;
  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  firstStart: Promise<void> = Promise.resolve();

  constructor(needs: StartupNeeds) {
    this.#needs = needs;
    needs.reconciler.delayed.on(({ slot, over }) => void over.then(() => this.#tryLater(slot)));
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience: number): Promise<void> {
    const { slots, reconciler, administration, registry, store, onPluginFailure, clock, log } = this.#needs;
    this.#stopped = false;
    for (const { type, plugin, options } of await store.types()) registry.setOwner(type, plugin, options);
    await administration.read();
    const wanted = this.#all().filter((slot) => slot.wanted);
    for (const slot of this.#all()) {
      slot.again = slot.wanted;
      slot.isFirstStart = slot.wanted;
      registry.setPlugin(slot.name, slot.wanted ? 'plugin_waiting' : 'plugin_disabled');
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
            if (this.#started) await this.#welcome();
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
  async bring(slot: Slot): Promise<PluginState> {
    await this.#needs.reconciler.reconcile(slot);
    await this.#welcome();
    return slot.state;
  }

  /** A wrong setting would fail again, but lack of time and of the database pass. */
  #tryLater(slot: Slot): void {
    const { clock, log } = this.#needs;
    if (this.#stopped) return;
    const pause = Math.min(FIRST_PAUSE * 2 ** slot.delays, LONGEST_PAUSE);
    slot.delays += 1;
    slot.cancelRetry();
    log.info(`the plugin "${slot.name}" is started again in ${pause / 1_000} s`);
    slot.cancelRetry = clock.after(pause, () => {
      if (this.#stopped || !slot.wanted || slot.state !== 'failed') return;
      slot.again = true;
      void this.bring(slot);
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
