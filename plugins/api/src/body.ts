// JSON bodies, without dangerous keys, depths or numbers.
import { JobsError, type RouteContext } from '@phraseworks/sdk';

/** Nesting levels of a body. */
const MAX_DEPTH = 32;

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const JSON_TYPE = /^application\/json *(?:; *charset *= *"?utf-8"?)? *$/i;

const wrong = (message: string): JobsError =>
  new JobsError('INVALID_DATA', 'Invalid request body.', { errors: [{ path: 'body', message }] });

/**
 * The JSON body; undefined if it is empty and `optional` is set.
 * Throws `UNSUPPORTED_MEDIA_TYPE`, `INVALID_DATA`; the core limits its size.
 */
export async function readJson(c: RouteContext, optional: boolean): Promise<unknown> {
  const type = c.req.header('content-type');
  if (type === undefined ? !optional : !JSON_TYPE.test(type)) throw notJson();
  const bytes = new Uint8Array(await c.req.raw.arrayBuffer());
  if (optional && bytes.length === 0) return undefined;
  if (type === undefined) throw notJson();
  return parseJson(bytes);
}

const notJson = (): JobsError =>
  new JobsError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8 with the header Content-Type: application/json.');

/** An object or a list from JSON text. Throws `INVALID_DATA` in our own words, since those of the parser quote the input. */
export function parseJson(bytes: Uint8Array): object {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong('must be UTF-8 text');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('must be valid JSON');
  }
  if (typeof value !== 'object' || value === null) throw wrong('must be an object or an array');
  checkShape(value, 1);
  return value;
}

function checkShape(value: unknown, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw wrong('contains a number that is too large');
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw wrong(`may have at most ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (const element of value) checkShape(element, depth + 1);
    return;
  }
  for (const key of Object.keys(value)) {
    if (REFUSED_KEYS.has(key)) throw wrong(`must not contain the keys ${[...REFUSED_KEYS].join(', ')}`);
    checkShape((value as Record<string, unknown>)[key], depth + 1);
  }
}
