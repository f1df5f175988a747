// The blocks of views and panels, as a schema.
import { z } from 'zod';

const action = { label: z.string(), post: z.string(), confirm: z.string().optional() };
const cell = z.union([
  z.string(),
  z.number(),
  z.null(),
  z.strictObject({ text: z.string(), href: z.string(), confidential: z.literal(true).optional() }),
  z.strictObject(action),
]);
const page = z.int().min(1).optional();

export const BlockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stat'), label: z.string(), value: z.union([z.string(), z.number()]) }),
  z.strictObject({ type: z.literal('text'), text: z.string(), tone: z.enum(['good', 'warn', 'bad']).optional() }),
  z.strictObject({ type: z.literal('link'), text: z.string(), href: z.string() }),
  z.strictObject({ type: z.literal('list'), items: z.array(cell) }),
  z.strictObject({
    type: z.literal('table'),
    columns: z.array(z.string()),
    rows: z.array(z.array(cell)),
    page,
    pages: page,
  }),
  z.strictObject({ type: z.literal('image'), src: z.string(), alt: z.string(), caption: z.string().optional() }),
  z.strictObject({ type: z.literal('frame'), src: z.string(), title: z.string() }),
  z.strictObject({ type: z.literal('action'), ...action }),
  z.strictObject({
    type: z.literal('form'),
    ...{
      label: z.string(),
      post: z.string(),
      schema: z.record(z.string(), z.unknown()),
      value: z.unknown().optional(),
    },
  }),
]);
