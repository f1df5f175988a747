// The plugins of one instance: enabled, disabled and configured at run time.
import type { Block, FieldError, PluginState } from '@phraseworks/sdk';
import type { PluginStatus, Purged, RemovedPlugin } from '@phraseworks/sdk/client';
import type { DisableOptions, PluginSettings, PluginsApi } from '../jobs-host.ts';
import type { Logger } from '../kernel/logger.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import { type Administration, pluginNotFound } from './administration.ts';
import type { CallVariables } from './apps.ts';
import type { Commands, OwnedCommand } from './commands.ts';
import type { Reconciler } from './reconciler.ts';
import type { PluginPages, PluginRoutes } from './routes.ts';
import { DRAIN, type Slot, type Slots } from './slot.ts';
import type { Startup } from './startup.ts';
import { type Footprints, type Statuses, settingsOf } from './status.ts';

interface PluginHostNeeds {
  slots: Slots;
  startup: Startup;
  reconciler: Reconciler;
  administration: Administration;
  routes: PluginRoutes;
  statuses: Statuses;
  commands: Commands;
  registry: TypeRegistry;
  log: Logger;
}

export class PluginHost implements PluginsApi {
  readonly #needs: PluginHostNeeds;

  constructor(needs: PluginHostNeeds) {
    this.#needs = needs;
  }

  /** Resolves when the first start of every plugin has ended, also of those that `startAll` did not wait for. */
  get firstStart(): Promise<void> {
    return this.#needs.startup.firstStart;
  }

  /**
   * Starts all enabled plugins, providers first. A failure does not stop the others, unless `onPluginFailure` is `stop`.
   * Waits at most `patience` milliseconds for files to load, and as long again for the loaded ones to start: slower plugins continue.
   */
  async startAll(patience = Number.POSITIVE_INFINITY): Promise<PluginStatus[]> {
    await this.#needs.startup.startAll(patience);
    return this.list();
  }

  /** Plugins whose first start has not finished. */
  starting(): Slot[] {
    return this.#needs.startup.starting();
  }

  /** Starts one plugin if it is enabled and needs no other: for a command that works without plugins. */
  startAlone(name: string): Promise<void> {
    return this.#needs.startup.startAlone(name);
  }

  /** Closes all scopes, dependants first. Parks no jobs and stores nothing: the next start continues. */
  stopAll(): Promise<void> {
    return this.#needs.startup.stopAll();
  }

  async enable(name: string): Promise<PluginState> {
    const slot = this.#slot(name);
    const stored = this.#needs.administration.setEnabled(slot, true);
    // Awaited below; a failure in the meantime must not count as unhandled.
    stored.catch(() => {});
    const state = await this.#needs.startup.bring(slot);
    await stored;
    return state;
  }

  async disable(name: string, options?: DisableOptions): Promise<PluginState> {
    const slot = this.#slot(name);
    slot.options = { ...DRAIN, ...options };
    const stored = this.#needs.administration.setEnabled(slot, false);
    // Awaited below; a failure in the meantime must not count as unhandled.
    stored.catch(() => {});
    const state = await this.#needs.startup.bring(slot);
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
        await this.#needs.startup.bring(slot);
      }
      if (dropped.length > 0)
        this.#needs.log.warn(
          `Secrets were removed because the address or login next to them changed: ${dropped.join(', ')}. Enter them again.`,
        );
      return slot.state;
    });
  }

  async checkConfig(name: string, config: unknown): Promise<void> {
    await this.#needs.administration.checkConfig(this.#slot(name), config);
  }

  async settings(name: string): Promise<PluginSettings> {
    const slot = this.#slot(name);
    await this.#needs.reconciler.loaded(slot);
    return { name, ...settingsOf(slot) };
  }

  async purge(name: string): Promise<Purged> {
    const done = await this.#needs.administration.purge(name);
    this.#needs.registry.forget(name);
    return done;
  }

  removed(): Promise<RemovedPlugin[]> {
    return this.#needs.administration.removed();
  }

  /** Applies settings that another process stored. */
  async follow(): Promise<void> {
    const changed = await this.#needs.administration.read();
    await Promise.all(changed.map((slot) => this.#needs.startup.bring(slot)));
  }

  /** Checks the enabled plugins and their config without starting them; instead of `startAll`. */
  check(): Promise<FieldError[]> {
    return this.#needs.administration.check();
  }

  list(): Promise<PluginStatus[]> {
    return this.#needs.statuses.list();
  }

  states(): Record<string, PluginState> {
    return this.#needs.slots.states();
  }

  panels(): { plugin: string; id: string; title: string }[] {
    return this.#needs.routes.panels();
  }

  panel(plugin: string, id: string, page?: number): Promise<Block[]> {
    return this.#needs.routes.panel(plugin, id, page);
  }

  /** The caller has checked the rights. The path is relative to the plugin. */
  dispatch(plugin: string, kind: 'routes' | 'public', request: Request, variables: CallVariables): Promise<Response> {
    return this.#needs.routes.dispatch(plugin, kind, request, variables);
  }

  /** Pages of running plugins, shortest path first. */
  pages(): PluginPages[] {
    return this.#needs.routes.pages();
  }

  /** Commands of running plugins. */
  commands(): OwnedCommand[] {
    return this.#needs.commands.list();
  }

  /** What is registered now, per plugin and in total. */
  footprint(): Footprints {
    return this.#needs.statuses.footprint();
  }

  #slot(name: string): Slot {
    const slot = this.#needs.slots.get(name);
    if (slot) return slot;
    throw pluginNotFound();
  }
}
