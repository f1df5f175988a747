// Merges plain values: configuration from several sources, key by key.
import { isPlain, type Plain } from '../kernel/json.ts';

export type Path = readonly (string | number)[];

/** An own key `__proto__` can only come from hostile JSON. */
const isSafe = (key: string): boolean => key !== '__proto__';

/** Merges objects key by key; other values, including arrays, are replaced. */
export function overlay(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isPlain(above)) return above;
  const merged: Plain = {};
  const base = isPlain(below) ? below : {};
  for (const key of new Set([...Object.keys(base), ...Object.keys(above)])) {
    if (isSafe(key)) merged[key] = overlay(base[key], Object.hasOwn(above, key) ? above[key] : undefined);
  }
  return merged;
}

/** An object with only `value`, at `path`. */
export function nest(path: Path, value: unknown): unknown {
  return [...path]
    .reverse()
    .reduce<unknown>((inner, key) => (typeof key === 'string' && isSafe(key) ? { [key]: inner } : {}), value);
}

/** Maps the values of an object or array; `undefined` removes a key of an object. */
export function mapEach(value: unknown, visit: (inner: unknown, key: string | number) => unknown): unknown {
  if (Array.isArray(value)) return value.map(visit);
  if (!isPlain(value)) return value;
  const entries = Object.entries(value)
    .filter(([key]) => isSafe(key))
    .map(([key, inner]) => [key, visit(inner, key)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}

/** Also in the order of keys. */
export const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The parts of `value` that differ from `below`. */
export function difference(value: unknown, below: unknown): unknown {
  if (!isPlain(value) || !isPlain(below)) return isEqual(value, below) ? undefined : value;
  const changed = mapEach(value, (inner, key) => difference(inner, below[key])) as Plain;
  return Object.keys(changed).length === 0 ? undefined : changed;
}
