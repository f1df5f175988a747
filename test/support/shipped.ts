// The plugins that this repository ships, whichever there are.
import { readdirSync } from 'node:fs';
import type { AnyPlugin } from '@phraseworks/sdk';

/** By the name of their folder. */
export async function shippedPlugins(): Promise<Record<string, AnyPlugin>> {
  const names = readdirSync(new URL('../../plugins/', import.meta.url));
  const modules = names.map((name) => import(`@phraseworks/plugin-${name}`) as Promise<{ default: AnyPlugin }>);
  const plugins = (await Promise.all(modules)).map((module, i) => [names[i], module.default] as const);
  // Packages of another kind have no default export.
  return Object.fromEntries(plugins.filter(([, plugin]) => plugin !== undefined));
}
