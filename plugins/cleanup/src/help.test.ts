// Each field of the config and of a job's data says what it is for: the dashboard's forms show it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { CleanupConfig } from './config.ts';
import { CleanupData } from './data.ts';

interface Node {
  const?: unknown;
  default?: unknown;
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
  anyOf?: Node[];
  oneOf?: Node[];
}

/** One sentence for people that names the default, where there is one to name. */
function isHelpful({ description = '', default: given, const: fixed }: Node): boolean {
  if (fixed !== undefined) return true;
  const isNamed = (typeof given !== 'number' && typeof given !== 'string') || description.includes(String(given));
  return isNamed && /^[A-Z0-9'"].{15,220}\.$/.test(description);
}

/** Paths of the fields without such a sentence. */
function silent({ properties = {}, items, anyOf = [], oneOf = [] }: Node, at = ''): string[] {
  const own = Object.entries(properties).flatMap(([key, field]) => [
    ...(isHelpful(field) ? [] : [at + key]),
    ...silent(field, `${at}${key}.`),
  ]);
  return [...own, ...[...anyOf, ...oneOf, ...(items ? [items] : [])].flatMap((part) => silent(part, at))];
}

const fieldsOf = (schema: z.ZodType): Node =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Node;

test.each([
  ['the config', CleanupConfig],
  ['a job', CleanupData],
])('every field of %s is explained', (_what, schema) => {
  expect(silent(fieldsOf(schema))).toEqual([]);
});
