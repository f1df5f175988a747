// Deletes what plugins left in the database, also those whose code is gone.
import { JobsError } from '@phraseworks/sdk';
import type { Purged, RemovedPlugin } from '@phraseworks/sdk/client';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Peers } from '../queue/presence.ts';
import { Removal } from '../queue/removal.ts';
import type { SeenNode } from '../store/node-store.ts';
import { PluginStore } from '../store/plugin-store.ts';
import type { Loaded } from './load.ts';
import { Reconciler } from './reconciler.ts';
import { NotInstalled } from './resolve.ts';
import { Shared } from './shared.ts';
import { type Slot, Slots } from './slot.ts';

const namesIn = (nodes: readonly SeenNode[]): string[] =>
  nodes.flatMap(({ about }) => Object.keys(about.plugins ?? {}));

export class Purge extends Needing<typeof Purge.needs> {
  static readonly needs = {
    slots: Slots,
    store: PluginStore,
    removal: Removal,
    peers: Peers,
    reconciler: Reconciler,
    shared: Shared,
  };

  /** What a purge would delete of the plugins that no running process has in its configuration. */
  async removed(): Promise<RemovedPlugin[]> {
    const { store, removal, shared, peers } = this.needs;
    const names = await store.names();
    if (names.every((name) => this.needs.slots.has(name))) return [];
    const configured = new Set([...this.needs.slots.keys(), ...namesIn(await peers.others())]);
    const gone = names.filter((name) => !configured.has(name));
    if (gone.length === 0) return [];
    const tables = await store.tables([...new Set([...names, ...configured])]);
    const counts = await removal.countByPlugin();
    return Promise.all(
      gone.map(async (name) => ({
        name,
        jobs: counts.get(name) ?? 0,
        schedules: await shared.schedules.namesOf(name),
        tables: tables.get(name) ?? [],
      })),
    );
  }

  /**
   * Deletes the plugin's tables, jobs, schedules and settings, also if its code is gone: its tables are then found by their prefix.
   * Throws `PLUGIN_NOT_FOUND` if it left nothing, `INVALID_STATE` unless it is off in every process.
   */
  purge(name: string): Promise<Purged> {
    const { slots, store, peers } = this.needs;
    return slots.inTurn(name, async () => {
      const slot = slots.get(name);
      const others = await peers.others();
      const elsewhere = namesIn(others);
      const settings = await store.all();
      const stored = [...(await store.names()), ...settings.map((row) => row.name)];
      if (!slot && !stored.includes(name))
        throw new JobsError('PLUGIN_NOT_FOUND', 'Nothing is stored for a plugin of this name.');
      await this.#refuseRunning(name, slot, others);
      const isConfigured = slot ? slot.entry.enabled !== false : elsewhere.includes(name);
      return this.#deleteAll(name, slot, [...slots.keys(), ...stored, ...elsewhere], isConfigured);
    });
  }

  /** `keepOff`: a configuration may have it on, so store that it stays off. */
  async #deleteAll(name: string, slot: Slot | undefined, known: readonly string[], keepOff: boolean): Promise<Purged> {
    const { store, shared, removal } = this.needs;
    const own = async () => (await store.tables([...new Set(known)])).get(name) ?? [];
    const tables = await own();
    const steps = await this.#stepsOf(name, slot);
    // The record of the steps goes last: a purge that was interrupted then begins again.
    if (!steps) await store.dropTables(tables);
    await store.migrateDown(name, steps ?? {});
    const left = await own();
    const done = {
      jobs: await removal.ofPlugin(name),
      schedules: await shared.schedules.removeAll(name),
      tables: tables.filter((table) => !left.includes(table)),
    };
    await store.forget(name, keepOff);
    if (slot) Object.assign(slot, { stored: undefined, flag: keepOff ? false : null });
    shared.registry.forget(name);
    return done;
  }

  async #refuseRunning(name: string, slot: Slot | undefined, others: readonly SeenNode[]): Promise<void> {
    const refuse = (state: string): never => {
      throw new JobsError('INVALID_STATE', `The plugin "${name}" is ${state}. Disable it first.`);
    };
    if (slot) {
      const row = (await this.needs.store.all()).find((one) => one.name === name);
      if (slot.state !== 'off') refuse(slot.state);
      if (slot.wanted || (row?.enabled ?? slot.entry.enabled ?? true)) refuse('enabled');
    }
    for (const { id, about } of others) {
      const state = about.plugins?.[name] ?? 'off';
      if (state !== 'off')
        throw new JobsError(
          'INVALID_STATE',
          `The plugin "${name}" is ${state} in the process ${id}. Disable it, and try again in a few seconds.`,
          { retryAfter: 5 },
        );
    }
  }

  /** Undefined if its tables have to be found by their prefix. Throws `INVALID_STATE` if its code is there and cannot be loaded. */
  async #stepsOf(name: string, slot: Slot | undefined): Promise<Loaded['definition']['migrations'] | undefined> {
    if (!slot) return undefined;
    const done = await this.needs.store.migrated(name);
    if (done.length === 0) return {};
    const loaded = await this.needs.reconciler.loaded(slot).catch((error: unknown) => {
      if (error instanceof NotInstalled) return undefined;
      throw new JobsError(
        'INVALID_STATE',
        `The code of the plugin "${name}" cannot be loaded, so its migrations cannot be reverted: ${messageOf(error)}. Correct it, or remove the plugin from the configuration: its tables are then deleted by their prefix.`,
      );
    });
    const migrations = loaded?.definition.migrations;
    return done.every((step) => migrations?.[step]?.down) ? migrations : undefined;
  }
}
