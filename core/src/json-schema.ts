// The JSON Schema of any schema, where its library offers one.
import type { Schema } from '@phraseworks/sdk';
import { isNode, type Node } from '@phraseworks/sdk/secrets';

export type { Node } from '@phraseworks/sdk/secrets';

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
