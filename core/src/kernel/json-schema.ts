// The JSON Schema of any schema, where its library offers one.
import type { Schema } from '@phraseworks/sdk';
import { branches, child, isNode, type Node, withReferences } from '@phraseworks/sdk/secrets';

export type { Node } from '@phraseworks/sdk/secrets';

/** zod throws for dates, transformations and such unless it is told not to, and the marks of all other fields would be lost with them. */
const DRAFT = { target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } };

type Side = 'input' | 'output';

/** Making one is expensive, and a schema never changes. */
const made: Record<Side, WeakMap<Schema, Node | null>> = { input: new WeakMap(), output: new WeakMap() };

/** Of the schema's input or output; null where its library does not offer JSON Schema. */
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
export const hasPrivileged = (schema: unknown): boolean =>
  Array.isArray(schema)
    ? schema.some(hasPrivileged)
    : isNode(schema) && (schema.privileged === true || Object.values(schema).some(hasPrivileged));

/** Where data that was not checked yet sets a field that the schema marks with `privileged`; null where it sets none. */
export function privilegedIn(data: unknown, schema: Node | null): string | null {
  return schema && hasPrivileged(schema) ? find(data, [schema], 'data') : null;
}

/** What is false or not there sets nothing. */
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
