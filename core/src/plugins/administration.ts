// What administrators change about plugins: enabled or not, config, and purge. Stored, so changes survive restarts.
import { type FieldError, JobsError } from '@phraseworks/sdk';
import type { Purged, RemovedPlugin } from '@phraseworks/sdk/client';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { DATA_LIMITS, encodeJson } from '../kernel/json.ts';
import { Peers } from '../queue/presence.ts';
import { Removal } from '../queue/removal.ts';
import type { SeenNode } from '../store/node-store.ts';
import { PluginStore } from '../store/plugin-store.ts';
import { configError } from './config.ts';
import type { Loaded } from './load.ts';
import { Reconciler } from './reconciler.ts';
import { NotInstalled } from './resolve.ts';
import { Shared } from './shared.ts';
import { type Slot, Slots } from './slot.ts';

const namesIn = (nodes: readonly SeenNode[]): string[] =>
  nodes.flatMap(({ about }) => Object.keys(about.plugins ?? {}));

export const pluginNotFound = (): JobsError =>
  new JobsError('PLUGIN_NOT_FOUND', 'Plugin not found: the configuration has no plugin of this name.');

export class Administration {
  static readonly needs = {
    slots: Slots,
    store: PluginStore,
    removal: Removal,
    peers: Peers,
    reconciler: Reconciler,
    shared: Shared,
  };
  readonly #needs;
  /** Serialises writes, so that the last request wins. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #writing = new Map<Slot, number>();
  readonly #turns = new Map<Slot, Promise<unknown>>();
  /** Plugins that try a config, with the stored config that they return to if they do not start. */
  readonly #previous = new Map<Slot, unknown>();

  /** Plugins whose data is being deleted. */
  readonly #purging = new Set<Slot>();

  constructor(needs: Built<typeof Administration.needs>) {
    this.#needs = needs;
  }

  /** Reads the stored settings; returns the plugins for which they changed. */
  async read(): Promise<Slot[]> {
    const rows = new Map((await this.#needs.store.all()).map((row) => [row.name, row]));
    return [...this.#needs.slots.values()].filter((slot) => {
      // A newer request is still being stored.
      if (this.#writing.get(slot)) return false;
      const row = rows.get(slot.name);
      const wanted = (slot.alwaysOn ? undefined : row?.enabled) ?? slot.entry.enabled ?? true;
      const trying = this.#previous.has(slot);
      if (trying) this.#previous.set(slot, row?.config);
      const anew = !trying && JSON.stringify(row?.config) !== JSON.stringify(slot.stored);
      if (row?.enabled === false) slot.why = 'disabled';
      if (wanted === slot.wanted && !anew) return false;
      slot.wanted = wanted;
      if (anew) slot.stored = row?.config;
      slot.again = true;
      slot.restart ||= anew;
      return true;
    });
  }

  /** The stored flag wins over the configuration, also at the next start. */
  async setEnabled(slot: Slot, enabled: boolean): Promise<void> {
    if (this.#purging.has(slot))
      throw new JobsError('INVALID_STATE', `The data of the plugin "${slot.name}" is being deleted. Try again later.`, {
        retryAfter: 5,
      });
    slot.wanted = enabled;
    slot.again = enabled;
    slot.why = 'disabled';
    await this.#write(slot, () => this.#needs.store.setEnabled(slot.name, enabled));
  }

  /** Runs changes of one plugin's config one after the other. */
  inTurn<T>(slot: Slot, change: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(slot) ?? Promise.resolve()).then(change);
    this.#turns.set(
      slot,
      turn.catch(() => {}),
    );
    return turn;
  }

  /**
   * Checks a form, restarts the plugin with it, then stores it; returns the secrets that were dropped because their address changed.
   * Throws `INVALID_DATA` if the form is wrong or a running plugin does not start with it, and then changes nothing.
   */
  async setConfig(slot: Slot, form: unknown, restart: () => Promise<void>): Promise<string[]> {
    const { stored, dropped } = await this.#checkConfig(slot, form);
    // An earlier change may still be in progress.
    await restart();
    const wasOn = slot.state === 'on';
    const use = async (config: unknown) => {
      slot.stored = config;
      slot.again = true;
      slot.restart = true;
      await restart();
    };
    this.#previous.set(slot, slot.stored);
    try {
      await use(stored);
      if (wasOn && slot.wanted && slot.state === 'failed')
        throw new JobsError(
          'INVALID_DATA',
          `The plugin did not start with this config: ${slot.reason}; the previous config stays in use.`,
        );
      await this.#write(slot, () => this.#needs.store.setConfig(slot.name, stored));
      return dropped;
    } catch (error) {
      await use(this.#previous.get(slot));
      throw error;
    } finally {
      this.#previous.delete(slot);
    }
  }

  /** What to store of a form. Throws `INVALID_DATA` with all wrong keys. */
  async #checkConfig(slot: Slot, form: unknown): Promise<{ stored: unknown; dropped: string[] }> {
    // The check needs the code, even of a disabled plugin.
    await this.#needs.reconciler.loaded(slot);
    const base = `plugins.${slot.name}.config`;
    const refused = slot.config?.refused(form, slot.places) ?? [];
    if (refused.length > 0) throw configError('INVALID_DATA', refused);
    const { stored, dropped } = slot.config?.toStore(form, slot.places) ?? { stored: undefined, dropped: [] };
    const encoded = encodeJson(stored, base, DATA_LIMITS);
    if (!encoded.ok) throw configError('INVALID_DATA', [encoded.error]);
    const resolved = await slot.config?.resolve({ ...slot.places, stored }, dropped);
    if (resolved?.ok === false) throw configError('INVALID_DATA', resolved.errors);
    return { stored, dropped };
  }

  /** What a purge would delete of the plugins that no running process has in its configuration. */
  async removed(): Promise<RemovedPlugin[]> {
    const { store, removal, shared, peers } = this.#needs;
    const names = await store.names();
    if (names.every((name) => this.#needs.slots.has(name))) return [];
    const configured = new Set([...this.#needs.slots.keys(), ...namesIn(await peers.others())]);
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
  async purge(name: string): Promise<Purged> {
    const slot = this.#needs.slots.get(name);
    return this.#write(slot, async () => {
      const others = await this.#needs.peers.others();
      const elsewhere = namesIn(others);
      const settings = await this.#needs.store.all();
      const stored = [...(await this.#needs.store.names()), ...settings.map((row) => row.name)];
      if (!slot && !stored.includes(name))
        throw new JobsError('PLUGIN_NOT_FOUND', 'Nothing is stored for a plugin of this name.');
      await this.#refuseRunning(name, slot, others);
      if (slot) this.#purging.add(slot);
      try {
        const isConfigured = slot ? slot.entry.enabled !== false : elsewhere.includes(name);
        return await this.#deleteAll(name, slot, [...this.#needs.slots.keys(), ...stored, ...elsewhere], isConfigured);
      } finally {
        if (slot) this.#purging.delete(slot);
      }
    });
  }

  /** `keepOff`: a configuration may have it on, so store that it stays off. */
  async #deleteAll(name: string, slot: Slot | undefined, known: readonly string[], keepOff: boolean): Promise<Purged> {
    const { store, shared, removal } = this.#needs;
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
    if (slot) slot.stored = undefined;
    await store.forget(name, keepOff);
    shared.registry.forget(name);
    return done;
  }

  async #refuseRunning(name: string, slot: Slot | undefined, others: readonly SeenNode[]): Promise<void> {
    const refuse = (state: string): never => {
      throw new JobsError('INVALID_STATE', `The plugin "${name}" is ${state}. Disable it first.`);
    };
    if (slot) {
      const stored = (await this.#needs.store.all()).find((row) => row.name === name)?.enabled;
      if (slot.state !== 'off') refuse(slot.state);
      if (slot.wanted || (stored ?? slot.entry.enabled ?? true)) refuse('enabled');
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
    const done = await this.#needs.store.migrated(name);
    if (done.length === 0) return {};
    const loaded = await this.#needs.reconciler.loaded(slot).catch((error: unknown) => {
      if (error instanceof NotInstalled) return undefined;
      throw new JobsError(
        'INVALID_STATE',
        `The code of the plugin "${name}" cannot be loaded, so its migrations cannot be reverted: ${messageOf(error)}. Correct it, or remove the plugin from the configuration: its tables are then deleted by their prefix.`,
      );
    });
    const migrations = loaded?.definition.migrations;
    return done.every((step) => migrations?.[step]?.down) ? migrations : undefined;
  }

  /** Checks the enabled plugins without starting them. */
  async check(): Promise<FieldError[]> {
    await this.read();
    const wanted = [...this.#needs.slots.values()].filter((slot) => slot.wanted);
    const found = await Promise.all(
      wanted.map(async (slot): Promise<FieldError[]> => {
        try {
          await this.#needs.reconciler.loaded(slot);
        } catch (error) {
          return [{ path: `plugins.${slot.name}`, message: messageOf(error) }];
        }
        const resolved = await slot.resolveConfig();
        return resolved.ok ? [] : resolved.errors;
      }),
    );
    return found.flat();
  }

  async #write<T>(slot: Slot | undefined, work: () => Promise<T>): Promise<T> {
    if (slot) this.#writing.set(slot, (this.#writing.get(slot) ?? 0) + 1);
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      if (slot) this.#writing.set(slot, (this.#writing.get(slot) ?? 1) - 1);
    }
  }
}
