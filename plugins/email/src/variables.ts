// Template variables: plain JSON of limited size, without prototypes.
import { types } from 'node:util';

const MAX_DEPTH = 5;
const MAX_VALUES = 2_000;

/** Handlebars prints the object in which a name is missing; apart from that there is nothing to find in it. */
const BASE: object = Object.freeze(Object.assign(Object.create(null), { [Symbol.toPrimitive]: () => '[object]' }));

export const NOT_PLAIN = `must be plain JSON, at most ${MAX_DEPTH} levels deep and ${MAX_VALUES} values in all`;

/**
 * A copy whose objects have nothing of `Object.prototype`, so that `{{constructor}}` is as missing as any other unknown name.
 * Null when the value holds anything but plain JSON (functions, class instances; a date becomes ISO text), or too much of it.
 */
export function plainVariables(value: unknown): Record<string, unknown> | null {
  let left = MAX_VALUES;

  function copy(part: unknown, depth: number): unknown {
    if (--left < 0) throw new TypeError(NOT_PLAIN);
    if (part === null || typeof part === 'string' || typeof part === 'boolean' || Number.isFinite(part)) return part;
    if (types.isDate(part)) return part.toJSON();
    if (typeof part !== 'object' || depth === 0) throw new TypeError(NOT_PLAIN);
    if (Array.isArray(part)) return part.map((item) => copy(item, depth - 1));
    const prototype = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError(NOT_PLAIN);
    const plain: Record<string, unknown> = Object.create(BASE);
    for (const [key, item] of Object.entries(part)) {
      if (item !== undefined) plain[key] = copy(item, depth - 1);
    }
    return plain;
  }

  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  try {
    return copy(value, MAX_DEPTH) as Record<string, unknown>;
  } catch {
    return null;
  }
}
