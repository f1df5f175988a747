// The plugins of one instance: enabled, disabled and configured at run time.
import { type Block, type FieldError, JobsError, type PluginState, token } from '@phraseworks/sdk';
import type { PluginStatus, Purged, RemovedPlugin } from '@phraseworks/sdk/client';
import type { Lent } from '@phraseworks/sdk/host';
import type { DependencyContainer } from 'tsyringe';
import type { DisableOptions, PluginSettings, PluginsApi } from '../jobs-host.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { OwnedJobs } from '../queue/jobs-of.ts';
import type { Peers } from '../queue/presence.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import type { Ledger } from '../store/ledger.ts';
import { PluginStore } from '../store/plugin-store.ts';
import { Administration, pluginNotFound } from './administration.ts';
import type { CallVariables } from './apps.ts';
import { Commands, type OwnedCommand } from './commands.ts';
import type { Hooks } from './hooks.ts';
import { providerNames, startOrder } from './order.ts';
import type { InitLimit, NewApp, ParkingPort, RemovalPort, RequestInside, SchedulesPort, WorkerPort } from './ports.ts';
import { Reconciler } from './reconciler.ts';
import { type PluginPages, PluginRoutes } from './routes.ts';
import { Services } from './services.ts';
import { DRAIN, type Slot, type Slots } from './slot.ts';
import { type Footprints, footprintOf, settingsOf, statusOf } from './status.ts';

/** Options of the host for its plugins. */
export interface PluginOptions {
  /** Base folder for a relative `use`, and the first place to look for packages; the working directory by default. */
  baseDir?: string;
  /** `stop`: `startAll` throws if a plugin fails. `continue` (default): only that plugin fails. */
  onPluginFailure?: 'continue' | 'stop';
  /** How long `init` may take; 10 s of the instance's clock by default. */
  initLimit?: InitLimit;
  /** Services that the core lends to plugins. */
  lent: readonly Lent[];
  newApp: NewApp;
  request: RequestInside;
}
export const PluginOptions = token<PluginOptions>('core/plugin-options');

export interface PluginHostOptions extends PluginOptions {
  slots: Slots;
  /** Services of the core that the host or a plugin may replace. */
  replaceable: readonly Lent[];
  registry: TypeRegistry;
  hooks: Hooks;
  schedules: SchedulesPort;
  parking: ParkingPort;
  removal: RemovalPort;
  worker: WorkerPort;
  peers: Pick<Peers, 'others'>;
  jobs(owner: string | null): OwnedJobs;
  /** The instance's root container. */
  container: DependencyContainer;
  ledger: Ledger;
  clock: Clock;
  log: Logger;
}

export class PluginHost implements PluginsApi {
  readonly #options: PluginHostOptions;
  readonly #slots: Slots;
  readonly #services: Services;
  readonly #commands = new Commands();
  readonly #reconciler: Reconciler;
  readonly #administration: Administration;
  readonly #routes: PluginRoutes;
  readonly #store: PluginStore;
  #started = false;
  #stopped = false;
  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  firstStart: Promise<void> = Promise.resolve();

  constructor(options: PluginHostOptions) {
    this.#options = options;
    this.#slots = options.slots;
    this.#services = new Services(options.lent, options.slots.services, options.replaceable);
    const { ledger, baseDir = process.cwd() } = options;
    const store = new PluginStore(ledger);
    const reconciler = new Reconciler(this.#slots, {
      ...options,
      baseDir,
      db: ledger.dialect.db,
      services: this.#services,
      commands: this.#commands,
      store,
    });
    this.#store = store;
    this.#reconciler = reconciler;
    this.#administration = new Administration(this.#slots, {
      ...options,
      store,
      load: (slot) => reconciler.loaded(slot),
    });
    this.#routes = new PluginRoutes(this.#slots, options.clock);
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience = Number.POSITIVE_INFINITY): Promise<PluginStatus[]> {
    const { registry, onPluginFailure, clock, log } = this.#options;
    this.#stopped = false;
    for (const { type, plugin, options } of await this.#store.types()) registry.setOwner(type, plugin, options);
    await this.#administration.read();
    const wanted = this.#all().filter((slot) => slot.wanted);
    for (const slot of this.#all()) {
      slot.again = slot.wanted;
      slot.isFirstStart = slot.wanted;
      registry.setPlugin(slot.name, slot.wanted ? 'plugin_waiting' : 'plugin_disabled');
    }
    const deadline = deadlineIn(clock, onPluginFailure === 'stop' ? Number.POSITIVE_INFINITY : patience);
    const loads = new Map(wanted.map((slot) => [slot, this.#reconciler.load(slot)]));
    await deadline.or(Promise.all(loads.values()));
    deadline.cancel();
    giveServices(wanted);
    const order = startOrder(wanted.flatMap((slot) => slot.member ?? []));
    const slots = new Set([...order.map((name) => this.#slot(name)), ...this.#all()]);
    // A deadline of its own: one file that loads slowly must not take the others' time to start.
    const starting = deadlineIn(clock, onPluginFailure === 'stop' ? Number.POSITIVE_INFINITY : patience);
    const { begun, all } = this.#inOrder(slots, loads, starting);
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
    const slot = this.#slots.get(name);
    await this.#administration.read();
    if (!slot?.wanted) return;
    slot.again = true;
    await this.#reconciler.reconcile(slot);
  }

  /** Closes all scopes, dependants first. Parks no jobs and stores nothing: the next start continues. */
  async stopAll(): Promise<void> {
    this.#started = false;
    this.#stopped = true;
    const order = startOrder(this.#all().flatMap((slot) => slot.member ?? []));
    for (const name of order.reverse()) await this.#reconciler.shutDown(this.#slot(name));
  }

  async enable(name: string): Promise<PluginState> {
    const slot = this.#slot(name);
    const stored = this.#administration.setEnabled(slot, true);
    // Awaited below; a failure in the meantime must not count as unhandled.
    stored.catch(() => {});
    const state = await this.#bring(slot);
    await stored;
    return state;
  }

  async disable(name: string, options?: DisableOptions): Promise<PluginState> {
    const slot = this.#slot(name);
    slot.options = { ...DRAIN, ...options };
    const stored = this.#administration.setEnabled(slot, false);
    // Awaited below; a failure in the meantime must not count as unhandled.
    stored.catch(() => {});
    const state = await this.#bring(slot);
    await stored;
    return state;
  }

  async configure(name: string, config: unknown): Promise<PluginState> {
    const slot = this.#slot(name);
    return this.#administration.inTurn(slot, async () => {
      let dropped: string[] = [];
      try {
        dropped = await this.#administration.setConfig(slot, config, () => this.#reconciler.reconcile(slot));
      } finally {
        await this.#bring(slot);
      }
      if (dropped.length > 0)
        this.#options.log.warn(
          `Secrets were removed because the address or login next to them changed: ${dropped.join(', ')}. Enter them again.`,
        );
      return slot.state;
    });
  }

  async settings(name: string): Promise<PluginSettings> {
    const slot = this.#slot(name);
    await this.#reconciler.loaded(slot);
    return { name, ...settingsOf(slot) };
  }

  async purge(name: string): Promise<Purged> {
    const done = await this.#administration.purge(name);
    this.#options.registry.forget(name);
    return done;
  }

  removed(): Promise<RemovedPlugin[]> {
    return this.#administration.removed();
  }

  /** Applies settings that another process stored. */
  async follow(): Promise<void> {
    const changed = await this.#administration.read();
    await Promise.all(changed.map((slot) => this.#bring(slot)));
  }

  /** Checks the enabled plugins and their config without starting them; instead of `startAll`. */
  check(): Promise<FieldError[]> {
    return this.#administration.check();
  }

  async list(): Promise<PluginStatus[]> {
    const { registry, parking } = this.#options;
    const count = await parking.counter();
    const parts = { registry, services: this.#services, parked: (plugin: string) => count(plugin, 'parked') };
    return this.#all().map((slot) => statusOf(slot, parts));
  }

  states(): Record<string, PluginState> {
    return this.#slots.states();
  }

  panels(): { plugin: string; id: string; title: string }[] {
    return this.#routes.panels();
  }

  panel(plugin: string, id: string, page?: number): Promise<Block[]> {
    return this.#routes.panel(plugin, id, page);
  }

  /** The caller has checked the rights. The path is relative to the plugin. */
  dispatch(plugin: string, kind: 'routes' | 'public', request: Request, variables: CallVariables): Promise<Response> {
    return this.#routes.dispatch(plugin, kind, request, variables);
  }

  /** Pages of running plugins, shortest path first. */
  pages(): PluginPages[] {
    return this.#routes.pages();
  }

  /** Commands of running plugins. */
  commands(): OwnedCommand[] {
    return this.#commands.list();
  }

  /** What is registered now, per plugin and in total. */
  footprint(): Footprints {
    return footprintOf(this.#slots.values(), this.#services);
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
          .then(() => (this.#stopped ? undefined : this.#reconciler.reconcile(slot)))
          .then(async () => {
            slot.isFirstStart = false;
            if (this.#started) await this.#welcome();
          }),
      );
    }
    const loading = (name: string): boolean => {
      const slot = this.#slot(name);
      return slot.wanted && !slot.loaded && slot.state !== 'failed';
    };
    const begun = [...started].flatMap(([name, start]) => (loading(name) ? [] : [start]));
    const settled = () => this.#reconciler.settled();
    return { begun: Promise.all(begun), all: Promise.all(started.values()).then(settled) };
  }

  /** Brings the plugin, and those that waited for it, to their wanted state. */
  async #bring(slot: Slot): Promise<PluginState> {
    await this.#reconciler.reconcile(slot);
    await this.#welcome();
    return slot.state;
  }

  /** Starts the plugins that waited for one that has come on, and calls its `onReady`. */
  async #welcome(): Promise<void> {
    await this.#reconciler.wake();
    if (this.#started) await this.#ready();
  }

  async #ready(): Promise<void> {
    for (const slot of this.#all()) if (slot.state === 'on') await slot.running?.ready();
  }

  #all(): Slot[] {
    return [...this.#slots.values()];
  }

  #slot(name: string): Slot {
    const slot = this.#slots.get(name);
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
