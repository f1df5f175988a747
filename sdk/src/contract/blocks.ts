// The blocks of views and panels.
import { z } from 'zod';

/** A button that posts to a route of the plugin, such as `/send`. If the answer has a `jobId`, that job is linked. */
export const BlockAction = z.strictObject({
  label: z.string(),
  post: z.string(),
  /** A question to ask first. */
  confirm: z.string().exactOptional(),
});
export interface BlockAction extends z.infer<typeof BlockAction> {}

export const Cell = z.union([
  z.string(),
  z.number(),
  z.null(),
  z.strictObject({ text: z.string(), href: z.string(), confidential: z.literal(true).exactOptional() }),
  BlockAction,
]);
/**
 * A table cell: plain, a link (relative to the mount path if it starts with `/`), or a button.
 * `confidential`: the text is shown only to callers who may operate.
 */
export type Cell = z.infer<typeof Cell>;

const page = z.int().min(1).exactOptional();

export const Block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stat'), label: z.string(), value: z.union([z.string(), z.number()]) }),
  z.strictObject({ type: z.literal('text'), text: z.string(), tone: z.enum(['good', 'warn', 'bad']).exactOptional() }),
  z.strictObject({ type: z.literal('link'), text: z.string(), href: z.string() }),
  z.strictObject({ type: z.literal('list'), items: z.array(Cell) }),
  // With `page`, the number of this page from 1, and `pages`, a panel links its other pages and gets `data({ page })`.
  z.strictObject({
    type: z.literal('table'),
    columns: z.array(z.string()),
    rows: z.array(z.array(Cell)),
    page,
    pages: page,
  }),
  z.strictObject({ type: z.literal('image'), src: z.string(), alt: z.string(), caption: z.string().exactOptional() }),
  // Shows a page from below the mount path in place, without scripts. Its route must answer with `frame-ancestors 'self'`.
  z.strictObject({ type: z.literal('frame'), src: z.string(), title: z.string() }),
  z.strictObject({ type: z.literal('action'), ...BlockAction.shape }),
  z.strictObject({
    type: z.literal('form'),
    label: z.string(),
    /** Of a panel: posts what `schema` describes, and shows errors of the answer beside their fields. */
    post: z.string(),
    /** A JSON Schema. */
    schema: z.record(z.string(), z.unknown()),
    /** What the form starts with. */
    value: z.unknown().exactOptional(),
  }),
]);
/**
 * The blocks of a panel or a job's view. Consecutive stats, images, links and actions are shown side by side. A link is relative to
 * the mount path if it begins with `/`, otherwise `http:` or `https:`. An image comes from below the mount path, or is a `data:` URL.
 */
export type Block = z.infer<typeof Block>;
