// The plugins that createJobs() adds by itself. No other file of the core names a plugin.
import api from '@phraseworks/plugin-api';
import type { PluginEntries, PluginEntry } from './plugins/entries.ts';

const DEFAULTS: Readonly<Record<string, PluginEntry>> = { api: { use: api } };

/** The configured plugins, then those that the configuration does not name; `false` leaves one out. */
export function withDefaults(entries: PluginEntries): PluginEntries {
  const own = Object.entries(DEFAULTS).map(([name, entry]) => {
    const given = entries[name] ?? true;
    return [name, typeof given === 'boolean' ? { ...entry, enabled: given } : { ...entry, ...given }] as const;
  });
  return { ...entries, ...Object.fromEntries(own) };
}
