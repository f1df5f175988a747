// JSON Schemas of data and configs, as far as the schema library offers them, and what they say about fields.
import type { Schema } from '@phraseworks/sdk';
import { branches, child, isNode, type Node, withReferences } from '@phraseworks/sdk/secrets';

export { child, type Node } from '@phraseworks/sdk/secrets';

export const keysOf = (nodes: readonly Node[]): string[] =>
  nodes.flatMap(branches).flatMap((node) => (isNode(node.properties) ? Object.keys(node.properties) : []));

export const typesOf = (nodes: readonly Node[]): Set<unknown> =>
  new Set(
    nodes.flatMap(branches).flatMap(({ type }) => (Array.isArray(type) ? type : type === undefined ? [] : [type])),
  );

function hasType(node: Node, value: unknown): boolean {
  const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const types = [node.type].flat();
  return node.type === undefined || types.includes(actual) || (actual === 'number' && types.includes('integer'));
}

/** Is `value`, described by `nodes`, marked as a secret? */
export const isSecret = (nodes: readonly Node[], value: unknown): boolean =>
  nodes.flatMap(branches).some((node) => node.secret === true && hasType(node, value));

/** The unknown keys of `value`, if the schema refuses or drops unknown keys. */
export function unknownKeys(value: object, input: readonly Node[], output: readonly Node[]): string[] {
  const closed = [...input, ...output].some((node) => node.additionalProperties === false);
  const [only] = input;
  if (!closed || input.length !== 1 || !only || branches(only).length > 1) return [];
  const known = new Set(keysOf(input));
  return Object.keys(value).filter((key) => !known.has(key));
}

/** The defaults in the schema, including nested ones; an optional object that is not set is omitted. */
export function defaultsOf(node: Node, whole = true): unknown {
  const own = node.default;
  if (own !== undefined && !isNode(own)) return own;
  if (own === undefined && !whole) return undefined;
  const entries = Object.entries(isNode(node.properties) ? node.properties : {}).flatMap(([key, inner]) => {
    const value = isNode(inner) ? defaultsOf(inner, false) : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return { ...Object.fromEntries(entries), ...own };
}

/** By default zod throws for dates, transforms and the like, which would lose the marks of all other fields. */
const DRAFT = { target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } };

type Side = 'input' | 'output';

/** Cached: conversion is expensive, and schemas never change. */
const made: Record<Side, WeakMap<Schema, Node | null>> = { input: new WeakMap(), output: new WeakMap() };

/** `side`: the schema's input or output. Null if its library offers no JSON Schema. */
export function jsonSchemaOf(schema: Schema | undefined, side: Side = 'input'): Node | null {
  if (!schema) return null;
  const known = made[side].get(schema);
  if (known !== undefined) return known;
  const fresh = makeSchema(schema, side);
  made[side].set(schema, fresh);
  return fresh;
}

function makeSchema(schema: Schema, side: Side): Node | null {
  try {
    const { jsonSchema } = (schema['~standard'] ?? {}) as {
      jsonSchema?: Record<string, (options: object) => unknown>;
    };
    const node = jsonSchema?.[side]?.(DRAFT);
    return isNode(node) ? withReferences(node) : null;
  } catch {
    // A transformation, a function or a class has no JSON Schema.
    return null;
  }
}

/** Does any field of the schema carry the mark `privileged`? */
const hasPrivileged = (schema: unknown): boolean =>
  Array.isArray(schema)
    ? schema.some(hasPrivileged)
    : isNode(schema) && (schema.privileged === true || Object.values(schema).some(hasPrivileged));

/** The path of a field marked `privileged` that unchecked data sets; null if it sets none. */
export function privilegedIn(data: unknown, schema: Node | null): string | null {
  return schema && hasPrivileged(schema) ? find(data, [schema], 'data') : null;
}

/** False and missing values set nothing. */
function find(value: unknown, nodes: readonly Node[], path: string): string | null {
  if (value === undefined || value === null || value === false || nodes.length === 0) return null;
  if (nodes.flatMap(branches).some((node) => node.privileged === true)) return path;
  if (typeof value !== 'object') return null;
  const isList = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    const found = find(inner, child(nodes, isList ? Number(key) : key), isList ? `${path}[${key}]` : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

const HIDDEN: Node = { secret: true };
const HIDDEN_FIELDS = ['data', 'result', 'error', 'stack', 'message', 'reason', 'metrics', 'key', 'cause', 'summary'];

/** Of a job of which nothing is known, and of its events, attempts, log lines and steps: whatever its processor or who added it wrote is secret. */
export const OF_UNKNOWN_TYPE: Node = withReferences({
  properties: Object.fromEntries(HIDDEN_FIELDS.map((name) => [name, HIDDEN])),
  items: { $ref: '#' },
  additionalProperties: { $ref: '#' },
});
