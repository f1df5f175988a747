// Encodes values as JSON for the store, and refuses, with its path, everything that JSON would lose or change.
import { types } from 'node:util';
import type { FieldError } from '@phraseworks/sdk';
import { fieldPath } from '@phraseworks/sdk/host';

const { isDate } = types;

export interface JsonLimits {
  bytes: number;
  depth: number;
}

export const DATA_LIMITS: JsonLimits = { bytes: 256 * 1_024, depth: 20 };
export const RESULT_LIMITS: JsonLimits = { bytes: 1_024 * 1_024, depth: 20 };

export type Encoded = { ok: true; text: string } | { ok: false; error: FieldError; tooLarge: boolean };

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

class Refused extends Error {
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = [...path];
  }
}

/** Throws `Refused` at the first value that cannot be stored. `open`: the enclosing objects, to detect cycles. */
function check(value: unknown, path: (string | number)[], depth: number, open: object[], limit: number): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new Refused(path, 'must be a finite number');
      return;
    case 'bigint':
      throw new Refused(path, 'is a BigInt, which JSON does not support: send it as a string');
    case 'function':
    case 'symbol':
      throw new Refused(path, `is a ${typeof value} and cannot be stored`);
  }
  if (value === null) return;
  if (isDate(value)) {
    if (Number.isNaN(value.getTime())) throw new Refused(path, 'is not a valid date');
    return;
  }
  if (depth >= limit) throw new Refused(path, `is nested too deeply: at most ${limit} levels`);
  if (open.includes(value as object)) throw new Refused(path, 'refers to itself');
  open.push(value as object);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) {
      path.push(i);
      // JSON would store null in its place.
      if (value[i] === undefined && !(i in value)) throw new Refused(path, 'is missing: the array has a gap');
      check(value[i], path, depth + 1, open, limit);
      path.pop();
    }
  } else checkObject(value as object, path, depth, open, limit);
  open.pop();
}

function checkObject(value: object, path: (string | number)[], depth: number, open: object[], limit: number): void {
  if (value instanceof Blob)
    throw new Refused(path, 'is a file: only addJob() takes files, and only while the plugin "files" is on');
  if (Object.getPrototypeOf(value) !== Object.prototype && isEmptied(value)) {
    throw new Refused(path, 'is an object that JSON cannot represent: use plain objects, arrays, numbers and strings');
  }
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key))
      throw new Refused(path, 'must not contain the keys __proto__, constructor or prototype');
    path.push(key);
    check((value as Record<string, unknown>)[key], path, depth + 1, open, limit);
    path.pop();
  }
}

const EMPTIED = [Map, Set, WeakMap, WeakSet, ArrayBuffer, Promise, RegExp, Error];
const isEmptied = (value: object): boolean =>
  ArrayBuffer.isView(value) || EMPTIED.some((kind) => value instanceof kind);

const refused = (path: string, message: string, tooLarge = false): Encoded => ({
  ok: false,
  error: { path, message },
  tooLarge,
});

/** `value` as JSON text, or the field that prevents it. Never throws. */
export function encodeJson(value: unknown, base: string, limits: JsonLimits): Encoded {
  try {
    check(value, [], 0, [], limits.depth);
    const text = JSON.stringify(value === undefined ? null : value);
    if (text === undefined) return refused(base, 'cannot be stored as JSON');
    // A UTF-16 unit takes at most three bytes in UTF-8, so most texts need no exact count.
    if (text.length > limits.bytes || (text.length * 3 > limits.bytes && Buffer.byteLength(text) > limits.bytes)) {
      return refused(base, `is too large: at most ${Math.round(limits.bytes / 1_024)} kB as JSON`, true);
    }
    return { ok: true, text };
  } catch (error) {
    if (error instanceof Refused) return refused(fieldPath(base, error.path), error.message);
    return refused(base, 'cannot be read: a getter or toJSON() throws');
  }
}

/** The value of stored JSON, or undefined when the row is corrupt. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same text for equal values, whatever the order of keys. */
export function canonicalJson(text: string): string {
  const sort = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sort);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sort(inner)]),
    );
  };
  return JSON.stringify(sort(JSON.parse(text)));
}

export type Plain = Record<string, unknown>;

/** A plain object, not an instance of a class. */
export function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
