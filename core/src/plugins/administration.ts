// What administrators change about plugins: enabled or not, and their config. Stored, so changes survive restarts.
import {
  type DisableOptions,
  type FieldError,
  JobsError,
  type PluginSettings,
  type PluginState,
} from '@phraseworks/sdk';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { DATA_LIMITS, encodeJson } from '../kernel/json.ts';
import { Holds } from '../queue/holds.ts';
import { PluginStore, type StoredPlugin } from '../store/plugin-store.ts';
import { configError } from './config.ts';
import { Reconciler } from './reconciler.ts';
import { Shared } from './shared.ts';
import { DRAIN, type Slot, Slots } from './slot.ts';
import { settingsOf } from './status.ts';

export class Administration {
  static readonly needs = { slots: Slots, store: PluginStore, holds: Holds, reconciler: Reconciler, shared: Shared };
  readonly #needs;

  constructor(needs: Built<typeof Administration.needs>) {
    this.#needs = needs;
  }

  /** Reads the stored settings, before a start. */
  async read(): Promise<void> {
    for (const [slot, row] of await this.#changed()) this.#use(slot, row);
  }

  /** Applies settings that another process stored. */
  async follow(): Promise<void> {
    const { slots, reconciler } = this.#needs;
    const changed = await this.#changed();
    await Promise.all(
      changed.map(([{ name }]) =>
        slots.inTurn(name, async () => {
          const found = (await this.#changed()).find(([slot]) => slot.name === name);
          if (!found) return;
          this.#use(...found);
          await reconciler.bring(found[0]);
        }),
      ),
    );
  }

  async #changed(): Promise<[Slot, StoredPlugin | undefined][]> {
    const rows = new Map((await this.#needs.store.all()).map((row) => [row.name, row]));
    return [...this.#needs.slots.values()].flatMap((slot) => {
      const row = rows.get(slot.name);
      const isSame = (row?.enabled ?? null) === slot.flag && isSameConfig(row?.config, slot.stored);
      return isSame ? [] : [[slot, row]];
    });
  }

  #use(slot: Slot, row: StoredPlugin | undefined): void {
    slot.flag = row?.enabled ?? null;
    slot.restart ||= !isSameConfig(row?.config, slot.stored);
    slot.stored = row?.config;
    slot.again = true;
  }

  async enable(name: string): Promise<PluginState> {
    return this.#switch(this.#slot(name), true);
  }

  async disable(name: string, options?: DisableOptions): Promise<PluginState> {
    return this.#switch(this.#slot(name), false, options);
  }

  /** The stored flag wins over the configuration, also at the next start. */
  #switch(slot: Slot, enabled: boolean, options?: DisableOptions): Promise<PluginState> {
    const { slots, store, holds, reconciler } = this.#needs;
    return slots.inTurn(slot.name, async () => {
      if (!enabled) await this.#refuseAlwaysOn(slot);
      slot.flag = enabled;
      slot.again = enabled;
      slot.options = { ...DRAIN, ...options };
      // At the same time: a plugin may keep the database from answering.
      const stored = store.setEnabled(slot.name, enabled).then(() => holds.reload());
      stored.catch(() => {});
      await reconciler.bring(slot);
      await stored;
      return slots.stateOf(slot);
    });
  }

  async #refuseAlwaysOn(slot: Slot): Promise<void> {
    await this.#needs.reconciler.loaded(slot).catch(() => {});
    const { name, entry } = slot;
    // What was enabled against the configuration may be disabled again.
    if (slot.alwaysOn && entry.enabled !== false)
      throw new JobsError(
        'INVALID_STATE',
        `The plugin "${name}" is always on: set plugins.${name} to false in the configuration, and start again.`,
      );
  }

  /**
   * Checks a form, restarts the plugin with it, then stores it. Throws `INVALID_DATA` if the form is wrong or a running plugin does not start
   * with it, and then changes nothing.
   */
  configure(name: string, form: unknown): Promise<PluginState> {
    const { slots, store, reconciler, shared } = this.#needs;
    const slot = this.#slot(name);
    return slots.inTurn(name, async () => {
      const { stored, dropped } = await this.#checkConfig(slot, form);
      const wasOn = slot.state === 'on';
      const previous = slot.stored;
      const use = async (config: unknown, isTried: boolean): Promise<void> => {
        slot.tried = isTried ? { config } : null;
        slot.again = true;
        slot.restart = true;
        await reconciler.bring(slot);
      };
      try {
        await use(stored, true);
        if (wasOn && slot.wanted && slot.state === 'failed')
          throw new JobsError(
            'INVALID_DATA',
            `The plugin did not start with this config: ${slot.reason}; the previous config stays in use.`,
          );
        await store.setConfig(name, stored);
      } catch (error) {
        await use(previous, false);
        throw error;
      }
      slot.stored = stored;
      slot.tried = null;
      if (dropped.length > 0)
        shared.log.warn(
          `Secrets were removed because the address or login next to them changed: ${dropped.join(', ')}. Enter them again.`,
        );
      return slot.state;
    });
  }

  /** What to store of a form, and the secrets that were dropped because their address changed. Throws `INVALID_DATA` with all wrong keys. */
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

  async settings(name: string): Promise<PluginSettings> {
    const slot = this.#slot(name);
    await this.#needs.reconciler.loaded(slot);
    return { name, ...settingsOf(slot) };
  }

  /** Checks the enabled plugins and their config without starting them; instead of a start. */
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

  #slot(name: string): Slot {
    const slot = this.#needs.slots.get(name);
    if (slot) return slot;
    throw pluginNotFound();
  }
}

const isSameConfig = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export const pluginNotFound = (): JobsError =>
  new JobsError('PLUGIN_NOT_FOUND', 'Plugin not found: the configuration has no plugin of this name.');
