// The JSON Schema of any schema, where its library offers one.
import type { Schema } from '@phraseworks/sdk';

export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DRAFT = { target: 'draft-2020-12' };

/** Of what goes into the schema, or of what comes out of it; null where its library does not offer it. */
export function jsonSchemaOf(schema: Schema | undefined, side: 'input' | 'output' = 'input'): Node | null {
  try {
    const { jsonSchema } = (schema?.['~standard'] ?? {}) as {
      jsonSchema?: Record<string, (options: object) => unknown>;
    };
    const made = jsonSchema?.[side]?.(DRAFT);
    return isNode(made) ? made : null;
  } catch {
    // A transformation, a function or a class has no JSON Schema.
    return null;
  }
}
