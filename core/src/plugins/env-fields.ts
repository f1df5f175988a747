// What the environment sets in a plugin's config: which field a variable means, and what its text means there.
import type { EnvSetting } from '../kernel/env.ts';
import type { Node } from '../kernel/json-schema.ts';
import { child, keysOf, typesOf } from './json-schema.ts';
import { isPlain, type Path, valueAt } from './layers.ts';

export interface EnvField {
  variable: string;
  path: Path;
  value: unknown;
}

const NOT_LETTERS = /[^A-Z0-9]/g;
const lettersOf = (name: string): string => name.toUpperCase().replace(NOT_LETTERS, '');
const camelCase = (part: string): string =>
  part.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `written` is the config without the environment; `nodes` describe it, as far as that is known. */
export function envFields(settings: readonly EnvSetting[], written: unknown, nodes: readonly Node[]): EnvField[] {
  return settings.map(({ variable, path, text }) => {
    const field = fieldOf(path, written, nodes);
    return {
      variable,
      path: field,
      value: readText(text, field.reduce<readonly Node[]>(child, nodes), valueAt(written, field)),
    };
  });
}

/** A known field by its letters (`DIGEST_CRON` is `digestCron`), else the name in camel case. */
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

/** The environment knows only text: the schema, else the value that is replaced, says what is meant. */
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
