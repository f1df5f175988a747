// The plugins of the CMS as plugins of the job system: on while the CMS has them active, with everything undone when it has not.
import type { PluginModule } from '@phraseworks/sdk/host';

/** One entry of the CMS's `pluginMeta`. */
export interface CmsPlugin {
  slug: string;
  name?: string | undefined;
  version?: string | undefined;
  description?: string | undefined;
  author?: string | undefined;
  init?: (() => unknown) | null | undefined;
  disable?: (() => unknown) | null | undefined;
}

interface Entry {
  enabled: false;
  use: PluginModule;
}

/** For `createJobs({ plugins: { ...cmsPlugins(pluginMeta) } })`: off, until `followPlugins` enables them. Plugins without `init` are left out. */
export function cmsPlugins(all: readonly CmsPlugin[]): Record<string, Entry> {
  const entries = all.flatMap(({ slug, name = slug, version, description, author, init, disable }) => {
    if (typeof init !== 'function') return [];
    const use = { slug, name, version, description, author, init, ...(disable ? { disable } : {}) } as PluginModule;
    return [[slug, { enabled: false, use }] as const];
  });
  return Object.fromEntries(entries);
}

/** Of what createJobs() returns. */
interface PluginSwitches {
  plugins: {
    list(): Promise<readonly { name: string; state: string }[]>;
    enable(name: string): Promise<unknown>;
    disable(name: string): Promise<unknown>;
  };
}

/**
 * Returns a function that takes the slugs of the plugins that are active in the CMS, and switches those that changed since the last call.
 * Nothing changed: it resolves at once, even while a plugin is being switched. A switch on the dashboard holds until the CMS changes this
 * plugin, or until the next start. Rejects with what failed, after all others are switched; the next call tries it again.
 */
export function followPlugins(
  jobs: PluginSwitches,
  all: readonly CmsPlugin[],
): (active: Iterable<string>) => Promise<void> {
  const slugs = Object.keys(cmsPlugins(all));
  let on: Set<string> | undefined;
  let newest: string | undefined;
  let last: Promise<void> = Promise.resolve();
  const follow = async (active: ReadonlySet<string>): Promise<void> => {
    on ??= new Set((await jobs.plugins.list()).filter(({ state }) => state !== 'off').map(({ name }) => name));
    const errors: unknown[] = [];
    for (const slug of slugs) {
      if (active.has(slug) === on.has(slug)) continue;
      try {
        await (active.has(slug) ? jobs.plugins.enable(slug) : jobs.plugins.disable(slug));
        if (active.has(slug)) on.add(slug);
        else on.delete(slug);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join(' '));
  };
  return (active) => {
    const wanted = new Set(active);
    const key = slugs.filter((slug) => wanted.has(slug)).join();
    if (key === newest) return Promise.resolve();
    newest = key;
    const next = last.then(() => follow(wanted));
    last = next.catch(() => {
      if (newest === key) newest = undefined;
    });
    return next;
  };
}
