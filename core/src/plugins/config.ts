// The config of a plugin: defaults < configuration < stored settings < environment. Reports all errors together.
import { type FieldError, parse, type Schema } from '@phraseworks/sdk';
import { fieldPath, hint, valueAt } from '@phraseworks/sdk/host';
import { isNode } from '@phraseworks/sdk/secrets';
import type { EnvSetting } from '../kernel/env.ts';
import { isPlain } from '../kernel/json.ts';
import { child, defaultsOf, jsonSchemaOf, keysOf, type Node, typesOf, unknownKeys } from '../kernel/json-schema.ts';
import { difference, isEqual, mapEach, nest, overlay, type Path } from './layers.ts';
import { masked, unmasked, withoutInherited } from './secrets.ts';

interface EnvField {
  variable: string;
  path: Path;
  value: unknown;
}

const NOT_LETTERS = /[^A-Z0-9]/g;
const lettersOf = (name: string): string => name.toUpperCase().replace(NOT_LETTERS, '');
const camelCase = (part: string): string =>
  part.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `written`: the config without the environment; `nodes`: its JSON Schema, if known. */
function envFields(settings: readonly EnvSetting[], written: unknown, nodes: readonly Node[]): EnvField[] {
  return settings.map(({ variable, path, text }) => {
    const field = fieldOf(path, written, nodes);
    return {
      variable,
      path: field,
      value: readText(text, field.reduce<readonly Node[]>(child, nodes), valueAt(written, field)),
    };
  });
}

/** Finds a known field by its letters (`DIGEST_CRON` is `digestCron`), else uses camel case. */
function fieldOf(path: readonly string[], written: unknown, nodes: readonly Node[]): string[] {
  const field: string[] = [];
  let inside = nodes;
  for (const part of path) {
    const here = valueAt(written, field);
    const candidates = [...keysOf(inside), ...(isPlain(here) ? Object.keys(here) : [])];
    const key = candidates.find((name) => lettersOf(name) === lettersOf(part)) ?? camelCase(part);
    field.push(key);
    inside = child(inside, key);
  }
  return field;
}

/** Environment variables are text; the schema, else the replaced value, determines the type. */
function readText(text: string, nodes: readonly Node[], replaced: unknown): unknown {
  const types = typesOf(nodes);
  if (types.size === 0) types.add(Array.isArray(replaced) ? 'array' : typeof replaced);
  const structured = (types.has('object') || types.has('array')) && /^\s*[[{]/.test(text);
  if (!structured && (types.has('string') || types.has('undefined'))) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return types.has('array') && !structured ? text.split(',').map((item) => item.trim()) : text;
  }
}

const AGAIN = 'must be entered again because the address or login next to it changed';
const FILE_ONLY = 'can only be set in the configuration file or the environment';
const FILE_ONLY_HELP = 'Can only be set in the configuration file or the environment.';

/** The config from each source; undefined if a source has none. */
export interface Places {
  file: unknown;
  stored: unknown;
  env: readonly EnvSetting[];
}

export type Resolved = { ok: true; value: unknown } | { ok: false; errors: FieldError[] };

export class PluginConfig {
  /** JSON Schema for the form, if the schema library offers it. */
  readonly jsonSchema: object | null;
  readonly #base: string;
  readonly #schema: Schema | undefined;
  readonly #input: readonly Node[];
  readonly #output: readonly Node[];
  readonly #defaults: unknown;
  readonly #fileOnly: readonly Path[];

  /** `fileOnly`: settings whose stored values are ignored, such as `folder` or `dkim.keyFile`. */
  constructor(plugin: string, schema: Schema | undefined, fileOnly: readonly string[] = []) {
    this.#fileOnly = fileOnly.map((setting) => setting.split('.'));
    const input = jsonSchemaOf(schema);
    const output = jsonSchemaOf(schema, 'output');
    this.jsonSchema = input && this.#fileOnly.reduce(marked, input);
    this.#base = `plugins.${plugin}.config`;
    this.#schema = schema;
    this.#input = input ? [input] : [];
    this.#output = output ? [output] : [];
    this.#defaults = input ? defaultsOf(input) : {};
  }

  /** Never throws for an invalid config; lists every wrong key with its source. `dropped`: secrets that `toStore` omitted of a form, whose values are not stored yet. */
  async resolve(places: Places, dropped?: readonly string[]): Promise<Resolved> {
    const { value, fields, inherited } = this.#lay(places);
    const again = new Set([...(dropped ?? []), ...inherited.map((path) => fieldPath(this.#base, path))]);
    if (!isPlain(value)) return { ok: false, errors: [{ path: this.#base, message: 'must be an object' }] };
    const errors: FieldError[] = [];
    const inForm = dropped !== undefined;
    const wrong = (path: string, message: string, keys: Path) =>
      errors.push({ path, message: again.has(path) ? AGAIN : `${message}${origin(places, fields, keys, inForm)}` });

    const known = withoutUnknown(value, this.#input, this.#output, [], (keys) =>
      wrong(fieldPath(this.#base, keys), `is not a known setting${this.#hint(keys)}`, keys),
    );
    if (!this.#schema) return { ok: true, value: known };
    const parsed = await parse(this.#schema, known, this.#base);
    if (!parsed.ok) for (const { path, message } of parsed.errors) wrong(path, message, keysIn(path, this.#base));
    return parsed.ok && errors.length === 0 ? parsed : { ok: false, errors };
  }

  /** What was probably meant by the last key. */
  #hint(path: Path): string {
    const at = path.slice(0, -1).reduce((nodes, key) => child(nodes, key), this.#input as Node[]);
    return hint(String(path.at(-1)), keysOf(at));
  }

  /** The config for display: with defaults, and with masked secrets. */
  shown(places: Places): unknown {
    return masked(this.#whole(places), this.#input);
  }

  #whole(places: Places): unknown {
    return overlay(this.#defaults, this.#lay(places).value);
  }

  /** Errors for file-only settings that a form would change. */
  refused(form: unknown, places: Places): FieldError[] {
    const now = this.#whole(places);
    const filled = unmasked(form, now);
    const shown = this.shown(places);
    return this.#fileOnly
      .filter((path) => {
        const given = valueAt(form, path);
        if (given === undefined || given === null) return false;
        return !isEqual(valueAt(filled, path), valueAt(now, path)) && !isEqual(given, valueAt(shown, path));
      })
      .map((path) => ({ path: fieldPath(this.#base, path), message: FILE_ONLY }));
  }

  /**
   * What to store of a form, and the secrets that it lost because their address or login changed. Fills in masked secrets;
   * omits values that another source already provides.
   */
  toStore(form: unknown, places: Places): { stored: unknown; dropped: string[] } {
    const written = overlay(places.file, this.#counting(places.stored));
    // Compare with what the form showed: defaults and the environment are not changes.
    const known = this.#whole(places);
    const masks: Path[] = [];
    const filled = unmasked(form, known, (path) => masks.push(path));
    const own = envFields(places.env, written, this.#input).reduce<unknown>(
      (rest, { path, value }) => (difference(valueAt(rest, path), value) === undefined ? without(rest, path) : rest),
      filled,
    );
    const changed = this.#counting(difference(own, overlay(this.#defaults, places.file))) ?? {};
    const { inherited } = this.#lay({ ...places, stored: changed });
    // If the user entered the secret from the file again, use it for the new address.
    const stored = inherited.reduce<unknown>((rest, path) => {
      const whole = untilList(path);
      return valueAt(filled, path) === undefined ? rest : overlay(rest, nest(whole, valueAt(filled, whole)));
    }, changed);
    const laid = this.#lay({ ...places, stored }).value;
    const lost = [...masks, ...inherited].filter((path) => valueAt(laid, path) === undefined);
    return { stored, dropped: [...new Set(lost.map((path) => fieldPath(this.#base, path)))] };
  }

  #counting(stored: unknown): unknown {
    return this.#fileOnly.reduce<unknown>(without, stored);
  }

  /** `inherited`: secrets of the file or environment that are dropped because stored settings changed their address. */
  #lay({ file, stored, env }: Places): { value: unknown; fields: EnvField[]; inherited: Path[] } {
    const own = this.#counting(stored);
    const below = overlay({}, file);
    const fields = envFields(env, overlay(below, own), this.#input);
    const withEnv = (written: unknown): unknown =>
      fields.reduce((laid, { path, value }) => overlay(laid, nest(path, value)), written);
    const laid = withEnv(overlay(below, own));
    const [now, before] = [overlay(this.#defaults, laid), overlay(this.#defaults, withEnv(below))];
    const inherited: Path[] = [];
    const value = withoutInherited({ value: laid, now, before, stored: own }, this.#input, (path) =>
      inherited.push(path),
    );
    return { value, fields, inherited };
  }
}

/** The schema for forms, with the setting at `path` marked as read-only. */
function marked(schema: Node, path: Path): Node {
  const [key, ...rest] = path;
  if (key === undefined) {
    const description = [schema.description, FILE_ONLY_HELP].filter(Boolean).join(' ');
    return { ...schema, readOnly: true, fileOnly: true, description };
  }
  return mapEach(schema, (part, name) => {
    if (name === 'properties')
      return mapEach(part, (field, own) => (own === key && isNode(field) ? marked(field, rest) : field));
    const isBranch = name === 'anyOf' || name === 'oneOf' || name === 'allOf';
    return isBranch ? mapEach(part, (branch) => (isNode(branch) ? marked(branch, path) : branch)) : part;
  }) as Node;
}

/** The source of the value at `path`, in words; empty if it was not set. In a form, `stored` is what was typed. */
function origin({ file, stored }: Places, fields: readonly EnvField[], path: Path, inForm: boolean): string {
  const field = fields.find((other) => other.path.every((key, i) => i >= path.length || key === path[i]));
  if (field && path.length > 0) return ` (${field.variable} in the environment)`;
  if (valueAt(stored, path) !== undefined) return inForm ? '' : ' (in the stored settings)';
  return valueAt(file, path) === undefined ? '' : ' (in the configuration)';
}

/** Reports and removes unknown keys, so that the schema does not report them without names. */
function withoutUnknown(
  value: unknown,
  input: readonly Node[],
  output: readonly Node[],
  path: Path,
  found: (path: Path) => void,
): unknown {
  if (!isPlain(value)) return value;
  const unknown = unknownKeys(value, input, output);
  return mapEach(value, (inner, key) => {
    const here = [...path, key];
    if (!unknown.includes(String(key)))
      return withoutUnknown(inner, child(input, key), child(output, key), here, found);
    found(here);
    return undefined;
  });
}

/** The keys of a path that `parse` built below `base`. */
function keysIn(path: string, base: string): Path {
  const parts = path.slice(base.length).match(/[^.[\]]+/g) ?? [];
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Lists are stored as a whole. */
function untilList(path: Path): Path {
  const entry = path.findIndex((key) => typeof key === 'number');
  return entry === -1 ? path : path.slice(0, entry);
}

function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  return mapEach(value, (inner, own) => (own !== key ? inner : rest.length === 0 ? undefined : without(inner, rest)));
}
