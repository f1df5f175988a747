// The JSON Schema of any schema, where its library offers one.
import type { Schema } from '@phraseworks/sdk';

export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DRAFT = { target: 'draft-2020-12' };

type Side = 'input' | 'output';

/** Making one is dear, and a schema stays as it is. */
const made: Record<Side, WeakMap<Schema, Node | null>> = { input: new WeakMap(), output: new WeakMap() };

/** Of what goes into the schema, or of what comes out of it; null where its library does not offer it. */
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
    return isNode(node) ? node : null;
  } catch {
    // A transformation, a function or a class has no JSON Schema.
    return null;
  }
}

/** A node and what it may be instead: the parts of `anyOf`, `oneOf` and `allOf`, at any depth. */
export function branches(node: Node): Node[] {
  const parts = [node.anyOf, node.oneOf, node.allOf].flatMap((list) =>
    Array.isArray(list) ? list.filter(isNode) : [],
  );
  return [node, ...parts.flatMap(branches)];
}

/** What may stand at `key` of a value that one of `nodes` describes. */
export function child(nodes: readonly Node[], key: string | number): Node[] {
  return nodes.flatMap(branches).flatMap((node) => {
    if (typeof key === 'number') return isNode(node.items) ? [node.items] : [];
    const own =
      isNode(node.properties) && Object.hasOwn(node.properties, key) ? node.properties[key] : node.additionalProperties;
    return isNode(own) ? [own] : [];
  });
}
