// What becomes of a plugin's jobs as its state changes.
import type { ParkReason } from '@phraseworks/sdk';
import type { DisableOptions } from '../jobs-host.ts';
import type { Logger } from '../kernel/logger.ts';
import { remembered, type TypeRegistry } from '../queue/registry.ts';
import type { PluginStore } from '../store/plugin-store.ts';
import type { ParkingPort, WorkerPort } from './ports.ts';
import type { Scope } from './scope.ts';

interface PluginJobsNeeds {
  registry: TypeRegistry;
  parking: ParkingPort;
  worker: WorkerPort;
  store: PluginStore;
  log: Logger;
}

export class PluginJobs {
  readonly #needs: PluginJobsNeeds;

  constructor(needs: PluginJobsNeeds) {
    this.#needs = needs;
  }

  /** Claims its jobs no longer, and parks new ones for this reason. */
  hold(plugin: string, why: ParkReason): void {
    this.#needs.registry.setPlugin(plugin, why);
  }

  /** Claims its jobs again. */
  release(plugin: string): void {
    this.#needs.registry.setPlugin(plugin, 'on');
  }

  /** Stores what other processes must know of it, and unparks its jobs. */
  async resume(plugin: string, scope: Scope): Promise<void> {
    const { registry, parking, store, log } = this.#needs;
    await store.saveCommands(plugin, scope.labels('commands'));
    const types = scope.labels('types').filter((type) => registry.get(type)?.plugin === plugin);
    await store.saveTypes(plugin, new Map(types.map((type) => [type, remembered(registry.optionsOf(type))])));
    const jobs = await parking.unpark(plugin);
    if (jobs > 0) log.info(`${jobs} parked jobs of the plugin "${plugin}" returned to the queue`);
  }

  park(plugin: string, why: ParkReason): Promise<number> {
    return this.#needs.parking.park(plugin, why);
  }

  /** Cancels its waiting jobs that were added by then. */
  cancelAll(plugin: string, addedBy: number): Promise<number> {
    return this.#needs.parking.cancelAll(plugin, addedBy);
  }

  /** Resolves when no attempt of it runs in this process. */
  quiesce(plugin: string, options: Required<DisableOptions>): Promise<void> {
    return this.#needs.worker.quiesce(plugin, options);
  }
}
