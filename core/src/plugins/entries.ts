// Reads `plugins` of the configuration: which plugins exist, whether they are enabled, and where their code is.
import type { AnyPlugin, FieldError, PluginConfigs, PluginDefinition } from '@phraseworks/sdk';
import { fieldPath, type InputOf, type Spelt, unknownOptions } from '@phraseworks/sdk/host';
import { invalidConfig } from '../kernel/config.ts';
import { isFields } from '../kernel/fields.ts';
import { PLUGIN_NAME } from './definition.ts';

export interface PluginEntry {
  /** Default true. If false, its code is not imported. */
  enabled?: boolean;
  /** The plugin itself, a package or a path; by default the package for its key. */
  use?: string | AnyPlugin;
  config?: unknown;
}

export type PluginEntries = Readonly<Record<string, boolean | PluginEntry>>;

/** Refuses misspelt keys of declared plugins, and keys and values that a config does not have where its schema is known; missing ones are reported at the start. */
export type CheckedPlugins<P> = {
  readonly [K in keyof P]: P[K] extends { readonly use: unknown }
    ? CheckedConfig<P[K], P[K]['use'] extends PluginDefinition<infer S> ? InputOf<S> : unknown>
    : Spelt<K & string, PluginConfigs> &
        CheckedConfig<P[K], K extends keyof PluginConfigs ? InputOf<PluginConfigs[K]> : unknown>;
};
type CheckedConfig<E, C> = E extends { readonly config: infer G } ? { readonly config: Fitting<G, C> } : unknown;
type Fitting<G, C> = unknown extends C
  ? unknown
  : G extends readonly unknown[]
    ? unknown
    : G extends object
      ? { readonly [X in keyof G]: X extends KeyOf<C> ? Fitting<G[X], NonNullable<Get<C, X>>> : never }
      : C | null | undefined;
type KeyOf<C> = C extends unknown ? keyof C : never;
type Get<C, X> = C extends unknown ? (X extends keyof C ? C[X] : never) : never;

const KEYS = ['enabled', 'use', 'config'];
const WRONG_NAME =
  'must have a name that starts with a lower-case letter and has only letters, digits and dashes, at most 50 characters';

/** Throws one `INVALID_CONFIG` that lists every mistake with its key. */
export function readEntries(input: unknown): Map<string, PluginEntry> {
  const wrong = 'must be an object: { name: true | false | { enabled, use, config } }';
  if (!isFields(input)) throw invalidConfig([{ path: 'plugins', message: wrong }]);
  const errors: FieldError[] = [];
  const entries = new Map<string, PluginEntry>();
  for (const [name, value] of Object.entries(input)) {
    const path = fieldPath('plugins', [name]);
    errors.push(...(PLUGIN_NAME.test(name) ? entryErrors(path, value) : [{ path, message: WRONG_NAME }]));
    // Tables and packages of both would have the same names.
    const twin = [...entries.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
    if (twin)
      errors.push({ path, message: `differs from ${fieldPath('plugins', [twin])} only in upper and lower case` });
    entries.set(name, typeof value === 'boolean' ? { enabled: value } : (value as PluginEntry));
  }
  if (errors.length > 0) throw invalidConfig(errors);
  return entries;
}

function entryErrors(path: string, value: unknown): FieldError[] {
  if (typeof value === 'boolean') return [];
  if (!isFields(value)) return [{ path, message: 'must be true, false or { enabled, use, config }' }];
  const { enabled, use, init } = value;
  if (typeof init === 'function') return [{ path, message: 'is the plugin object itself: write { use: plugin }' }];
  const errors = unknownOptions(value, KEYS, path, 'setting');
  if (enabled !== undefined && typeof enabled !== 'boolean')
    errors.push({ path: `${path}.enabled`, message: 'must be true or false' });
  if (use !== undefined && (use === null || use === '' || (typeof use !== 'string' && typeof use !== 'object'))) {
    errors.push({ path: `${path}.use`, message: 'must be a path, a package or the plugin itself' });
  }
  return errors;
}
