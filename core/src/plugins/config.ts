// The config of a plugin: defaults < configuration file < what the administration stored < environment. All mistakes at once.
import { type FieldError, fieldPath, JobsError, parse, type Schema } from '@phraseworks/sdk';
import type { EnvSetting } from '../env.ts';
import { child, defaultsOf, jsonSchemaOf, keysOf, type Node, typesOf, unknownKeys } from './json-schema.ts';
import { difference, isPlain, mapEach, nest, overlay, type Path, valueAt } from './layers.ts';
import { masked, unmasked } from './secrets.ts';

/** What each place says; undefined where it says nothing. */
export interface Places {
  file: unknown;
  stored: unknown;
  env: readonly EnvSetting[];
}

export type Resolved = { ok: true; value: unknown } | { ok: false; errors: FieldError[] };

interface Laid {
  value: unknown;
  /** Where the value at a path comes from, in words; empty when nobody set it. */
  origin(path: Path): string;
}

const ENV_NAME = /[^A-Z0-9]/g;
const camelCase = (part: string): string => part.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export class PluginConfig {
  readonly #base: string;
  readonly #schema: Schema | undefined;
  readonly #input: Node | null;
  readonly #output: Node | null;

  constructor(plugin: string, schema: Schema | undefined) {
    this.#base = `plugins.${plugin}.config`;
    this.#schema = schema;
    this.#input = jsonSchemaOf(schema);
    this.#output = jsonSchemaOf(schema, 'output');
  }

  /** JSON Schema for the form, where the library offers it. */
  get jsonSchema(): object | null {
    return this.#input;
  }

  /** Never throws for a wrong config; every mistake is listed with its key and where it comes from. */
  async resolve(places: Places): Promise<Resolved> {
    const { value, origin } = this.#lay(places);
    if (!isPlain(value)) return { ok: false, errors: [{ path: this.#base, message: 'must be an object' }] };
    const errors: FieldError[] = [];
    const known = this.#withoutUnknown(value, this.#nodes(this.#input), this.#nodes(this.#output), [], (path) =>
      errors.push({ path: fieldPath(this.#base, path), message: `is not a known setting${origin(path)}` }),
    );
    if (!this.#schema) return { ok: true, value: known };
    const parsed = await parse(this.#schema, known, this.#base);
    if (parsed.ok) return errors.length > 0 ? { ok: false, errors } : parsed;
    const placed = parsed.errors.map(({ path, message }) => ({ path, message: `${message}${origin(this.#keys(path))}` }));
    return { ok: false, errors: [...errors, ...placed] };
  }

  /** The config as it may be shown, defaults included, secrets masked. */
  shown(places: Places): unknown {
    const { value } = this.#lay(places);
    return masked(overlay(this.#input ? defaultsOf(this.#input) : undefined, value), this.#nodes(this.#input));
  }

  /** What is to be stored of a form: masks are filled in again, and what defaults, file and environment say anyway is left out. */
  toStore(form: unknown, { file, stored, env }: Places): unknown {
    const below = overlay(this.#input ? defaultsOf(this.#input) : undefined, file);
    const fromEnv = this.#lay({ file, stored, env }).value;
    const filled = unmasked(form, overlay(file, stored));
    if (!isPlain(filled)) return filled;
    const own = env.reduce<unknown>((rest, setting) => {
      const path = this.#pathOf(setting, overlay(file, stored));
      return JSON.stringify(valueAt(rest, path)) === JSON.stringify(valueAt(fromEnv, path)) ? without(rest, path) : rest;
    }, filled);
    return difference(own, below) ?? {};
  }

  #nodes(node: Node | null): Node[] {
    return node ? [node] : [];
  }

  #lay({ file, stored, env }: Places): Laid {
    const written = overlay(overlay({}, file), stored);
    const settings = env.map((setting) => ({ variable: setting.variable, path: this.#pathOf(setting, written), setting }));
    const value = settings.reduce<unknown>(
      (laid, { path, setting }) => overlay(laid, nest(path, this.#read(setting.text, path, valueAt(written, path)))),
      written,
    );
    const origin = (path: Path): string => {
      const variable = settings.find((entry) => entry.path.every((key, i) => i >= path.length || key === path[i]))?.variable;
      if (variable !== undefined && path.length > 0) return ` (${variable} in the environment)`;
      if (valueAt(stored, path) !== undefined) return ' (stored by the administration)';
      return valueAt(file, path) === undefined ? '' : ' (in the configuration)';
    };
    return { value, origin };
  }

  /** Which field a variable means: a known one by its letters, else its name in camel case. */
  #pathOf({ path }: EnvSetting, written: unknown): string[] {
    const keys: string[] = [];
    let nodes = this.#nodes(this.#input);
    for (const part of path) {
      const here = valueAt(written, keys);
      const candidates = [...keysOf(nodes), ...(isPlain(here) ? Object.keys(here) : [])];
      const wanted = part.replace(ENV_NAME, '');
      const key = candidates.find((name) => name.toUpperCase().replace(ENV_NAME, '') === wanted) ?? camelCase(part);
      keys.push(key);
      nodes = child(nodes, key);
    }
    return keys;
  }

  /** The environment knows only text: the schema, else the value that is replaced, says what is meant. */
  #read(text: string, path: Path, replaced: unknown): unknown {
    const types = typesOf(path.reduce<Node[]>(child, this.#nodes(this.#input)));
    if (types.size === 0) types.add(Array.isArray(replaced) ? 'array' : typeof replaced);
    const structured = (types.has('object') || types.has('array')) && /^\s*[[{]/.test(text);
    if (!structured && (types.has('string') || types.has('undefined'))) return text;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return types.has('array') && !structured ? text.split(',').map((item) => item.trim()) : text;
    }
  }

  #withoutUnknown(value: unknown, input: Node[], output: Node[], path: Path, found: (path: Path) => void): unknown {
    if (!isPlain(value)) return value;
    const unknown = unknownKeys(value, input, output);
    return mapEach(value, (inner, key) => {
      if (!unknown.includes(String(key))) {
        return this.#withoutUnknown(inner, child(input, key), child(output, key), [...path, key], found);
      }
      found([...path, key]);
      return undefined;
    });
  }

  /** The keys of a path that `parse` wrote. */
  #keys(path: string): Path {
    const parts = path.slice(this.#base.length).match(/[^.[\]]+/g) ?? [];
    return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  }
}

function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  return mapEach(value, (inner, own) => (own !== key ? inner : rest.length === 0 ? undefined : without(inner, rest)));
}

/** One `INVALID_CONFIG` or `INVALID_DATA` for all mistakes. */
export function configError(code: 'INVALID_CONFIG' | 'INVALID_DATA', errors: FieldError[]): JobsError {
  return new JobsError(code, errors.map(({ path, message }) => `${path} ${message}`).join('; '), { errors });
}
