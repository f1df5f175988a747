// Loads the code of plugins and starts them, with what all plugins of one instance share.
import type { PluginStore } from '../store/plugin-store.ts';
import { configError } from './config.ts';
import { type Loaded, loadPlugin } from './load.ts';
import { Running, type Shared } from './running.ts';
import type { Slot } from './slot.ts';

/** Charges an error to a plugin. */
type Charge = (error: unknown, where: string) => void;

export class Launcher {
  readonly #shared: Shared;
  readonly #baseDir: string;
  readonly #store: PluginStore;

  constructor({ store, baseDir, ...shared }: Shared & { store: PluginStore; baseDir: string }) {
    this.#shared = shared;
    this.#baseDir = baseDir;
    this.#store = store;
  }

  /** Loads the code once. Throws `INVALID_CONFIG` if the plugin is not found, or the error of its import. */
  async load(slot: Slot, charge: Charge): Promise<Loaded> {
    if (slot.loaded) return slot.loaded;
    const { name, entry } = slot;
    slot.loaded = await loadPlugin(name, entry, {
      ...this.#shared,
      baseDir: this.#baseDir,
      charge: (error) => charge(error, 'an unawaited promise in its file'),
    });
    const { ownName } = slot.loaded.definition;
    if (ownName !== null && ownName !== name)
      this.#shared.log.warn(`plugins.${name}: the plugin's own name is "${ownName}", but it is used here as "${name}"`);
    return slot.loaded;
  }

  /** Reads its config, brings its tables up to date and runs its `init`. Throws if one of them fails; nothing of it is registered then. */
  async start(slot: Slot, charge: Charge): Promise<Running> {
    const { clock, log } = this.#shared;
    const { name, place } = slot;
    const loaded = await this.load(slot, charge);
    for (const key of slot.config?.ignored(slot.places) ?? [])
      log.warn(`Ignoring the stored setting ${key}: set it in the configuration file or the environment`);
    const config = await slot.resolveConfig();
    if (!config.ok) throw configError('INVALID_CONFIG', config.errors);
    await this.#store.migrateUp(name, loaded.definition.migrations, clock.now());
    const isFirstStart = () => slot.isFirstStart;
    const running = new Running(this.#shared, { name, place, loaded, charge, isFirstStart, config: config.value });
    await running.open();
    return running;
  }
}
