// The query of a request as the plain object that its schema checks.
import type { Context } from 'hono';
import { z } from 'zod';

/** Empty values are left out, as forms send them; a list may be repeated or separated by commas. */
export function readQuery(c: Context, schema: z.ZodType): Record<string, string | string[]> {
  const lists = listNames(schema);
  const input: Record<string, string | string[]> = Object.create(null);
  for (const [name, values] of Object.entries(c.req.queries())) {
    const given = values.filter((value) => value !== '');
    if (given.length === 0) continue;
    const parts = lists.has(name) ? given.flatMap((value) => value.split(',')) : given;
    input[name] = lists.has(name) || parts.length > 1 ? parts : (parts[0] as string);
  }
  return { ...input };
}

function listNames(schema: z.ZodType): Set<string> {
  const shape: Record<string, unknown> = schema instanceof z.ZodObject ? schema.shape : {};
  const isList = (field: unknown): boolean =>
    field instanceof z.ZodArray || (field instanceof z.ZodOptional && field.unwrap() instanceof z.ZodArray);
  return new Set(Object.keys(shape).filter((name) => isList(shape[name])));
}
