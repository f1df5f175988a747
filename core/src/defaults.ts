// The plugins that createJobs() adds by itself. This is the one file of the core that names plugins: each has its import and its line in the table.
import api from '@phraseworks/plugin-api';
import files, { FilesConfig } from '@phraseworks/plugin-files';
import type { AnyPlugin, StorageTarget } from '@phraseworks/sdk';
import type { z } from 'zod';
import { readSettings } from './kernel/config.ts';
import type { PluginEntries } from './plugins/entries.ts';

/** Options of createJobs() that are settings of these plugins. */
export interface Shorthands {
  /** Where files are kept: targets by name, each a folder or a bucket. Uploads are in `uploads`; plugins say which names they use. */
  storage?: Record<string, StorageTarget>;
  /** Of uploaded files, the most bytes per file (`maxBytes`, 20 MB), per job (`maxJobBytes`, 100 MB) and in total (`maxTotalBytes`, 5 GB). */
  uploads?: {
    maxBytes?: number;
    maxJobBytes?: number;
    maxTotalBytes?: number;
  };
}

interface Default {
  name: string;
  use: AnyPlugin;
  /** Its settings that are also options of createJobs(), and the schema that checks them. */
  options: readonly (keyof Shorthands)[];
  config?: z.ZodType;
}

export const DEFAULTS: readonly Default[] = [
  { name: 'api', use: api, options: [] },
  { name: 'files', use: files, options: ['storage', 'uploads'], config: FilesConfig },
];

const shortOf = ({ options }: Default, given: Shorthands): object =>
  Object.fromEntries(options.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));

/** Throws one `INVALID_CONFIG` that lists all wrong keys of these options. */
export function checkShorthands(given: Shorthands): void {
  for (const one of DEFAULTS) if (one.config) readSettings(one.config, shortOf(one, given));
}

/** The entries of the configuration, then those of these plugins. What the configuration says in an entry wins over the options. */
export function withDefaults(entries: PluginEntries, given: Shorthands): PluginEntries {
  const added = DEFAULTS.map((one) => {
    const own = entries[one.name] ?? true;
    const entry = typeof own === 'boolean' ? { enabled: own } : own;
    const short = one.config && shortOf(one, given);
    const config = short ? { config: { ...short, ...(entry.config as object | undefined) } } : {};
    return [one.name, { use: one.use, ...entry, ...config }] as const;
  });
  return { ...entries, ...Object.fromEntries(added) };
}
