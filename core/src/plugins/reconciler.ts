// Brings each plugin to its wanted state, one step at a time; dependants stop before their providers.
import { ERRORS, JobsError, type ParkReason, type PluginState } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import { Random } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { invalid, isOurs, messageOf, stackOf } from '../kernel/errors.ts';
import { backoffDelay } from '../queue/outcome.ts';
import { remembered } from '../queue/registry.ts';
import { Worker } from '../queue/worker.ts';
import { PluginStore } from '../store/plugin-store.ts';
import { type Loaded, loadPlugin, SlowStart } from './load.ts';
import { Running } from './running.ts';
import type { Scope } from './scope.ts';
import { Shared } from './shared.ts';
import { DRAIN, type Slot, Slots } from './slot.ts';

/** Why a plugin in these states runs no jobs. */
const HELD = { off: 'plugin_disabled', failed: 'plugin_failed', waiting: 'plugin_waiting' } as const satisfies Partial<
  Record<PluginState, ParkReason>
>;

/** Milliseconds until a plugin that failed is tried again, doubled each time. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 300_000;

export class Reconciler extends Needing<typeof Reconciler.needs> {
  static readonly needs = { slots: Slots, shared: Shared, worker: Worker, store: PluginStore, random: Random };
  readonly #work = new Map<Slot, Promise<void>>();
  readonly #dirty = new Set<Slot>();
  /** In the order in which they came on. */
  readonly #on = new Set<Slot>();
  #isReady = false;
  /** False before the first start and after a stop: plugins are then only switched on and off, not started. */
  isOpen = false;

  /** Brings the plugin, and those that waited for it, to their wanted state. */
  async bring(slot: Slot): Promise<PluginState> {
    if (!this.isOpen) return slot.state;
    await this.#reconcile(slot);
    await this.#wake();
    if (this.#isReady) await this.ready();
    return slot.state;
  }

  /** From now on all plugins are there: calls the `onReady` listeners of those that are on, each once. */
  async ready(): Promise<void> {
    this.#isReady = true;
    for (const slot of this.#on) await slot.running?.ready();
  }

  /** Closes all scopes, in the opposite order; the next start continues. */
  async stop(): Promise<void> {
    this.isOpen = false;
    this.#isReady = false;
    for (const slot of this.needs.slots.values()) slot.cancelRetry();
    await this.settled();
    for (const slot of [...this.#on].reverse()) {
      this.needs.shared.registry.setPlugin(slot.name, 'plugin_waiting');
      await this.#close(slot);
      this.#set(slot, 'off', 'the job system has stopped');
    }
  }

  /** Resolves when the plugin has its wanted state; concurrent calls share the work. Never rejects. */
  #reconcile(slot: Slot): Promise<void> {
    this.#dirty.add(slot);
    const known = this.#work.get(slot);
    if (known) return known;
    const work = this.#follow(slot);
    this.#work.set(slot, work);
    return work;
  }

  async #follow(slot: Slot): Promise<void> {
    while (this.#dirty.delete(slot)) await this.#step(slot).catch((error: unknown) => this.#fail(slot, error));
    this.#work.delete(slot);
  }

  /** Resolves when all work in progress is done. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work.values());
  }

  /** Starts waiting plugins whose needs are now met. */
  async #wake(): Promise<void> {
    const able = [...this.needs.slots.values()].filter(
      (slot) => slot.state === 'waiting' && slot.wanted && this.#missing(slot).length === 0,
    );
    if (able.length === 0) return;
    await Promise.all(able.map((slot) => this.#reconcile(slot)));
    await this.#wake();
  }

  /** Loads the code of a plugin. If that fails, the plugin fails. */
  load(slot: Slot): Promise<unknown> {
    return this.loaded(slot).catch((error: unknown) => this.#fail(slot, error));
  }

  /** Loads it once. Throws `INVALID_CONFIG` if the plugin is not found, or the error of its import. */
  async loaded(slot: Slot): Promise<Loaded> {
    if (slot.loaded) return slot.loaded;
    const { shared } = this.needs;
    const { name, entry } = slot;
    const charge = (error: unknown) => this.#charge(slot, error, 'an unawaited promise in its file');
    slot.loaded = await loadPlugin(shared, name, entry, charge);
    const { ownName } = slot.loaded.definition;
    if (ownName !== null && ownName !== name)
      shared.log.warn(`plugins.${name}: the plugin's own name is "${ownName}", but it is used here as "${name}"`);
    return slot.loaded;
  }

  async #step(slot: Slot): Promise<void> {
    if (slot.state === 'on' && (!slot.wanted || slot.restart || this.#missing(slot).length > 0)) await this.#stop(slot);
    slot.restart = false;
    if (slot.state === 'on') return;
    if (!slot.wanted) return this.#rest(slot, 'off', slot.why);
    if (slot.state === 'failed' && !slot.again) return;
    slot.again = false;
    await this.loaded(slot);
    const missing = this.#missing(slot);
    if (missing.length > 0) return this.#rest(slot, 'waiting', missing.join('; '));
    await this.#start(slot);
  }

  async #start(slot: Slot): Promise<void> {
    const { registry, clock } = this.needs.shared;
    const { name } = slot;
    registry.setPlugin(name, 'plugin_waiting');
    this.#set(slot, 'starting', null);
    const began = clock.now();
    const running = await this.#run(slot);
    const taken = this.#placesTaken(running);
    if (taken !== undefined) {
      await running.close();
      throw new JobsError('INVALID_STATE', taken);
    }
    slot.running = running;
    slot.initMs = clock.now() - began;
    slot.delays = 0;
    this.#on.add(slot);
    registry.setPlugin(name, 'on');
    this.#set(slot, 'on', null);
    await this.#safely(slot, () => this.#saveTypes(name, running.scope));
  }

  /** Reads its config, brings its tables up to date and runs its `init`. Throws if one of them fails; nothing of it is registered then. */
  async #run(slot: Slot): Promise<Running> {
    const { shared, store } = this.needs;
    const loaded = await this.loaded(slot);
    const config = await slot.resolveConfig();
    if (!config.ok) throw invalid(config.errors, '', 'INVALID_CONFIG');
    await store.migrateUp(slot.name, loaded.definition.migrations, shared.clock.now());
    const charge = (error: unknown, where: string) => this.#charge(slot, error, where);
    const running = new Running(shared, slot, loaded, config.value, charge);
    await running.open();
    return running;
  }

  /** Stores what other processes must know of it. */
  async #saveTypes(plugin: string, scope: Scope): Promise<void> {
    const { shared, store } = this.needs;
    const { registry } = shared;
    const types = scope.labels('types').filter((type) => registry.get(type)?.plugin === plugin);
    await store.saveTypes(plugin, new Map(types.map((type) => [type, remembered(registry.optionsOf(type))])));
  }

  /** Missing services of a plugin, in words. */
  #missing(slot: Slot): string[] {
    const { slots, shared } = this.needs;
    return shared.services.missing(slot.loaded?.definition.needs ?? {}).map((token) => {
      const provider = [...slots.values()].find((other) =>
        other.loaded?.definition.provides.some(({ key }) => key === token.key),
      );
      return `needs ${token.id}${provider ? ` of the plugin "${provider.name}"` : ', which no known plugin provides'}`;
    });
  }

  /** Plugins that require `provider`. */
  #dependants(provider: Slot): Slot[] {
    const { slots, shared } = this.needs;
    return [...slots.values()].filter(
      (slot) =>
        slot !== provider &&
        Object.values(slot.loaded?.definition.needs ?? {}).some(
          (token) => !token.optional && shared.services.providerOf(token) === provider.name,
        ),
    );
  }

  /** The error message if another plugin already has pages, or guarded routes, at this path. */
  #placesTaken(running: Running): string | undefined {
    for (const kind of ['pages', 'guarded'] as const)
      for (const { at } of running.apps.places(kind)) {
        const first = [...this.needs.slots.values()].find((slot) =>
          slot.running?.apps.places(kind).some((place) => place.at === at),
        );
        if (first)
          return `the plugin "${first.name}" already has ${kind === 'pages' ? 'pages' : 'guarded routes'} at ${at || 'the mount path'}: disable one of the two plugins`;
      }
    return undefined;
  }

  async #stop(slot: Slot): Promise<void> {
    const { services, registry } = this.needs.shared;
    services.setLeaving(slot.name, true);
    const dependants = this.#dependants(slot);
    for (const other of dependants) other.options = slot.options;
    await Promise.all(dependants.map((other) => this.#reconcile(other)));
    registry.setPlugin(slot.name, slot.wanted ? 'plugin_waiting' : 'plugin_disabled');
    this.#set(slot, 'stopping', null);
    await this.#safely(slot, () => this.needs.worker.quiesce(slot.name, slot.options));
    await this.#close(slot);
    services.setLeaving(slot.name, false);
    slot.options = DRAIN;
  }

  async #close(slot: Slot): Promise<void> {
    this.#set(slot, 'stopping', null);
    for (const error of (await slot.running?.close()) ?? []) this.#charge(slot, error, 'disabling it');
    slot.running = undefined;
    slot.state = 'off';
    this.#on.delete(slot);
  }

  /** Enters a state in which it runs no jobs. */
  #rest(slot: Slot, state: keyof typeof HELD, reason: string): void {
    this.needs.shared.registry.setPlugin(slot.name, HELD[state]);
    this.#set(slot, state, reason);
  }

  #fail(slot: Slot, error: unknown): void {
    const reason = maskText(messageOf(error));
    slot.lastError = reason;
    slot.again = false;
    this.needs.shared.log.error(
      `the plugin "${slot.name}" failed:`,
      error instanceof JobsError ? reason : textOf(error),
    );
    this.#rest(slot, 'failed', reason);
    // Node does not run a file that threw again.
    if (isMistake(error) || !(slot.loaded || error instanceof SlowStart)) return;
    const over = error instanceof SlowStart ? error.over : Promise.resolve();
    void over.then(() => this.#tryLater(slot));
  }

  #tryLater(slot: Slot): void {
    const { clock, log } = this.needs.shared;
    if (!this.isOpen || slot.state !== 'failed') return;
    slot.delays += 1;
    const random = this.needs.random.fraction();
    const rest = Math.min(backoffDelay('exponential', FIRST_PAUSE, slot.delays, random), LONGEST_PAUSE);
    slot.cancelRetry();
    slot.nextTry = clock.now() + rest;
    log.info(`the plugin "${slot.name}" is tried again in ${rest / 1_000} s`);
    slot.cancelRetry = clock.after(rest, () => {
      slot.again = true;
      void this.bring(slot);
    });
  }

  #charge(slot: Slot, error: unknown, where: string): void {
    slot.hookErrors += 1;
    slot.lastError = `${where}: ${maskText(messageOf(error))}`;
    this.needs.shared.log.error(`the plugin "${slot.name}", ${where}:`, textOf(error));
  }

  #set(slot: Slot, state: PluginState, reason: string | null): void {
    const { hooks, clock, log } = this.needs.shared;
    slot.cancelRetry();
    slot.nextTry = null;
    if (slot.state === state && slot.reason === reason) return;
    slot.state = state;
    slot.reason = reason;
    slot.since = clock.now();
    if (state === 'on' || state === 'off' || state === 'waiting')
      log.info(`the plugin "${slot.name}" is ${state}${reason ? `: ${reason}` : ''}`);
    // Do not await: a listener may enable or disable a plugin.
    void hooks.doAction('plugin:state', { plugin: slot.name, state, reason: reason ?? undefined });
  }

  /** A database error must not keep a plugin from changing its state. */
  async #safely(slot: Slot, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#charge(slot, error, 'its jobs');
    }
  }
}

/** Would fail again: a wrong setting, a wrong call, or what says so with `retry: false`. Lack of time, a server that is away and a full queue pass. */
const isMistake = (error: unknown): boolean =>
  Object(error).retry === false ||
  (isOurs(error) && (error.code === 'INVALID_CONFIG' || ERRORS[error.code].status < 429));

const textOf = (error: unknown): string => maskText(stackOf(error) ?? messageOf(error));
