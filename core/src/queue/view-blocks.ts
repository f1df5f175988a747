// Checks the blocks that plugins give to be shown.
import type { Block } from '@phraseworks/sdk';
import { z } from 'zod';

const cell = z.union([z.string(), z.number(), z.null(), z.strictObject({ text: z.string(), href: z.string() })]);

export const BlockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stat'), label: z.string(), value: z.union([z.string(), z.number()]) }),
  z.strictObject({ type: z.literal('text'), text: z.string(), tone: z.enum(['good', 'warn', 'bad']).optional() }),
  z.strictObject({ type: z.literal('link'), text: z.string(), href: z.string() }),
  z.strictObject({ type: z.literal('list'), items: z.array(cell) }),
  z.strictObject({ type: z.literal('table'), columns: z.array(z.string()), rows: z.array(z.array(cell)) }),
  z.strictObject({ type: z.literal('image'), src: z.string(), alt: z.string(), caption: z.string().optional() }),
  z.strictObject({ type: z.literal('action'), label: z.string(), post: z.string(), confirm: z.string().optional() }),
]);

/** Null when it is anything but a list of blocks. */
export function blocksOf(given: unknown): Block[] | null {
  const checked = z.array(BlockSchema).safeParse(given);
  return checked.success ? (checked.data as Block[]) : null;
}
