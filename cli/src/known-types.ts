// The types of this site as the store remembers them: their owners, lanes and limits hold although no plugin runs here.
import {
  type Dialect,
  type PluginEntries,
  type PluginStore,
  seenNodes,
  type TypeRegistry,
} from '@phraseworks/jobs/internals/engine';

interface KnownParts {
  registry: TypeRegistry;
  store: PluginStore;
  dialect: Dialect;
  wanted: (plugin: string) => boolean;
}

/** Whether a plugin is to be on: what an administrator stored, else the configuration, else yes. */
export async function isWanted(store: PluginStore, entries: PluginEntries): Promise<(plugin: string) => boolean> {
  const stored = new Map((await store.all()).map(({ name, enabled }) => [name, enabled]));
  return (plugin) => {
    const entry = Object.hasOwn(entries, plugin) ? entries[plugin] : undefined;
    const configured = typeof entry === 'object' ? entry.enabled : entry;
    return stored.get(plugin) ?? configured ?? true;
  };
}

/** Other processes run what is added here; this one never claims. */
const elsewhere = (): never => {
  throw new Error('the command line runs no jobs');
};

/** Fills in what no plugin has registered here. */
export async function knowTypes({ registry, store, dialect, wanted }: KnownParts): Promise<void> {
  const put = (type: string, plugin: string | null, options = {}): void => {
    if (!registry.get(type))
      void registry.register({ type, plugin, options, processor: elsewhere, enter: (fn) => fn() });
  };
  for (const { type, plugin, options } of await store.types()) {
    put(type, plugin, options);
    registry.setPlugin(plugin, wanted(plugin) ? 'on' : 'plugin_disabled');
  }
  // What an application registers without a plugin, only its processes tell.
  for (const { about } of await seenNodes(dialect)) for (const type of about.types ?? []) put(type, null);
}
