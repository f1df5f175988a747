// Brings each plugin to its wanted state, one step at a time; dependants stop before their providers.
import { JobsError, type ParkReason, type PluginState } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Dependencies } from './dependencies.ts';
import type { Hooks } from './hooks.ts';
import type { Launcher } from './launcher.ts';
import type { Loaded } from './load.ts';
import type { PluginJobs } from './plugin-jobs.ts';
import type { Running } from './running.ts';
import { DRAIN, type Slot, type Slots } from './slot.ts';

interface ReconcilerNeeds {
  slots: Slots;
  launcher: Launcher;
  dependencies: Dependencies;
  jobs: PluginJobs;
  hooks: Hooks;
  clock: Clock;
  log: Logger;
}

/** The park reason for jobs in each state that cannot run them. */
const PARK = { off: 'plugin_disabled', failed: 'plugin_failed', waiting: 'plugin_waiting' } as const satisfies Partial<
  Record<PluginState, ParkReason>
>;

export class Reconciler {
  readonly #needs: ReconcilerNeeds;
  readonly #work = new Map<Slot, Promise<void>>();
  readonly #dirty = new Set<Slot>();

  constructor(needs: ReconcilerNeeds) {
    this.#needs = needs;
  }

  /** A plugin that comes first in the configuration has taken one of its types, so it cannot run. */
  lose(plugin: string | null, type: string, to: string | null): void {
    const slot = plugin === null ? undefined : this.#needs.slots.get(plugin);
    if (!slot) return;
    slot.lost = `the type "${type}" belongs to the plugin "${to}", which comes first in the configuration: disable one of the two`;
    slot.lostTo = to;
    void this.reconcile(slot);
  }

  /** Resolves when the plugin has its wanted state; concurrent calls share the work. Never rejects. */
  reconcile(slot: Slot): Promise<void> {
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
  async wake(): Promise<void> {
    const able = [...this.#needs.slots.values()].filter(
      (slot) => slot.state === 'waiting' && slot.wanted && this.#needs.dependencies.missing(slot).length === 0,
    );
    if (able.length === 0) return;
    await Promise.all(able.map((slot) => this.reconcile(slot)));
    await this.wake();
  }

  /** Loads the code of a plugin once. If that fails, the plugin fails and this returns false. */
  async load(slot: Slot): Promise<boolean> {
    if (slot.loaded) return true;
    try {
      await this.loaded(slot);
      return true;
    } catch (error) {
      await this.#fail(slot, error);
      return false;
    }
  }

  /** Like `load`, but throws. */
  loaded(slot: Slot): Promise<Loaded> {
    return this.#needs.launcher.load(slot, (error, where) => this.#charge(slot, error, where));
  }

  /** Closes the scope without parking jobs: the next start continues. */
  async shutDown(slot: Slot): Promise<void> {
    await this.#work.get(slot);
    if (!slot.running) return;
    this.#needs.jobs.hold(slot.name, 'plugin_waiting');
    await this.#close(slot);
    this.#set(slot, 'off', 'the job system has stopped');
  }

  async #step(slot: Slot): Promise<void> {
    if (
      slot.state === 'on' &&
      (!slot.wanted || slot.restart || slot.lost !== null || this.#needs.dependencies.missing(slot).length > 0)
    )
      await this.#stop(slot);
    slot.restart = false;
    if (slot.state === 'on') return;
    if (!slot.wanted) return this.#rest(slot, 'off', slot.why);
    if (slot.lost !== null) return this.#fail(slot, new JobsError('INVALID_STATE', slot.lost));
    if (slot.state === 'failed' && !slot.again) return;
    slot.again = false;
    if (!(await this.load(slot))) return;
    const circle = this.#needs.dependencies.circle(slot);
    if (circle) return this.#fail(slot, new JobsError('INVALID_CONFIG', `plugins depend on each other: ${circle}`));
    const missing = this.#needs.dependencies.missing(slot);
    if (missing.length > 0) return this.#rest(slot, 'waiting', missing.join('; '));
    await this.#start(slot);
  }

  async #start(slot: Slot): Promise<void> {
    const { launcher, jobs, clock } = this.#needs;
    const { name } = slot;
    jobs.hold(name, 'plugin_waiting');
    this.#set(slot, 'starting', null);
    const began = clock.now();
    let running: Running;
    try {
      running = await launcher.start(slot, (error, where) => this.#charge(slot, error, where));
      const taken = slot.lost ?? this.#pagesTaken(running);
      if (taken !== undefined) {
        await running.close();
        throw new JobsError('INVALID_STATE', taken);
      }
      slot.running = running;
    } catch (error) {
      return this.#fail(slot, error);
    }
    slot.initMs = clock.now() - began;
    jobs.release(name);
    this.#set(slot, 'on', null);
    await this.#safely(slot, () => jobs.resume(name, running.scope));
    await this.#replaceDefaults(slot);
  }

  /** Restarts those that run with a service of the core that this plugin replaces. */
  async #replaceDefaults(provider: Slot): Promise<void> {
    const running = this.#needs.dependencies
      .dependants(provider)
      .filter(({ state }) => state === 'on' || state === 'starting');
    for (const other of running) other.restart = true;
    await Promise.all(running.map((other) => this.reconcile(other)));
  }

  /** The error message if another plugin already has pages at this path. */
  #pagesTaken(running: Running): string | undefined {
    for (const { at } of running.apps.places) {
      const first = [...this.#needs.slots.values()].find((slot) =>
        slot.running?.apps.places.some((place) => place.at === at),
      );
      if (first)
        return `the plugin "${first.name}" already has pages at ${at || 'the mount path'}: disable one of the two plugins`;
    }
    return undefined;
  }

  async #stop(slot: Slot): Promise<void> {
    const { dependencies, jobs } = this.#needs;
    dependencies.setLeaving(slot, true);
    const dependants = dependencies.dependants(slot);
    for (const other of dependants) other.options = slot.options;
    await Promise.all(dependants.map((other) => this.reconcile(other)));
    jobs.hold(slot.name, slot.wanted ? 'plugin_waiting' : 'plugin_disabled');
    this.#set(slot, 'stopping', null);
    await this.#safely(slot, () => jobs.quiesce(slot.name, slot.options));
    await this.#close(slot);
    dependencies.setLeaving(slot, false);
    slot.options = DRAIN;
  }

  async #close(slot: Slot): Promise<void> {
    this.#set(slot, 'stopping', null);
    for (const error of (await slot.running?.close()) ?? []) this.#charge(slot, error, 'disabling it');
    slot.running = undefined;
    slot.state = 'off';
  }

  /** Enters a state in which its jobs cannot run, and parks them. With `onJobs: 'cancel'`, cancels those that were there when it was switched off; later ones are promised to wait. */
  async #rest(slot: Slot, state: keyof typeof PARK, reason: string): Promise<void> {
    const { jobs } = this.#needs;
    const why = PARK[state];
    slot.lost = null;
    jobs.hold(slot.name, why);
    this.#set(slot, state, reason);
    const offAt = state === 'off' && slot.loaded?.definition.onJobs === 'cancel' ? slot.switchedOffAt : null;
    if (state === 'off') slot.switchedOffAt = null;
    await this.#safely(slot, async () => {
      if (offAt !== null) await jobs.cancelAll(slot.name, offAt);
      await jobs.park(slot.name, why);
    });
  }

  async #fail(slot: Slot, error: unknown): Promise<void> {
    const reason = maskText(messageOf(error));
    slot.lastError = reason;
    slot.again = false;
    this.#needs.log.error(`the plugin "${slot.name}" failed:`, error instanceof JobsError ? reason : textOf(error));
    await this.#rest(slot, 'failed', reason);
    for (const other of this.#needs.slots.values()) {
      if (other.lostTo !== slot.name) continue;
      other.lostTo = null;
      other.again = true;
      void this.reconcile(other);
    }
  }

  #charge(slot: Slot, error: unknown, where: string): void {
    slot.hookErrors += 1;
    slot.lastError = `${where}: ${maskText(messageOf(error))}`;
    this.#needs.log.error(`the plugin "${slot.name}", ${where}:`, textOf(error));
  }

  #set(slot: Slot, state: PluginState, reason: string | null): void {
    const { hooks, clock, log } = this.#needs;
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

const textOf = (error: unknown): string => maskText(stackOf(error) ?? messageOf(error));
