// The schemas of the operations of an image job.
import { z } from 'zod';
import { fetchableUrl } from './address-guard.ts';
import { FORMATS } from './formats.ts';

export const sourceUrl = z
  .string()
  .max(2_048)
  .refine((text) => fetchableUrl(text) !== null, {
    params: { message: 'must be an http(s) URL without user and password' },
  });

const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'] as const;
export const POSITIONS = [
  'top-left',
  'top',
  'top-right',
  'left',
  'center',
  'right',
  'bottom-left',
  'bottom',
  'bottom-right',
] as const;
export const KEEPABLE = ['profile', 'credits'] as const;

const MAX_TEXT = 200;
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const RATIO = /^[1-9][0-9]{0,3}:[1-9][0-9]{0,3}$/;
// A few lines of text, without control characters other than the line feed, and without marks that change the direction of text.
const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+(?:\n[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+)*$/u;

const refusal = (message: string) => ({ params: { message } });
const count = (...values: unknown[]) => values.filter((value) => value !== undefined).length;

const colour = z.string().refine((text) => COLOUR.test(text), refusal('must be a colour such as #ffffff or #00000080'));
const share = z.number().min(0).max(1);
const focus = z
  .union([
    z.enum(['center', 'attention']),
    z.strictObject({
      x: share.describe('Part of the width, 0 at the left to 1 at the right.'),
      y: share.describe('Part of the height, 0 at the top to 1 at the bottom.'),
    }),
  ])
  .optional()
  .describe('What stays in view: center (by default), attention (where the eye falls first), or a point.');

const resize = (side: z.ZodOptional<z.ZodInt>) =>
  z
    .strictObject({
      type: z.literal('resize'),
      width: side.describe('Width in pixels; derived from the ratio of the picture if only the height is given.'),
      height: side.describe('Height in pixels; derived from the ratio of the picture if only the width is given.'),
      fit: z
        .enum(FITS)
        .optional()
        .describe('How to fit the image if both sides are given: cover (default) crops the excess.'),
      focus,
      enlarge: z
        .boolean()
        .optional()
        .describe('Whether a smaller picture is enlarged; by default only where both sides are given exactly.'),
    })
    .refine((one) => one.width !== undefined || one.height !== undefined, refusal('needs a width or a height'));

const crop = (side: z.ZodOptional<z.ZodInt>) =>
  z
    .strictObject({
      type: z.literal('crop'),
      left: z.int().min(0).optional().describe('Pixels from the left edge; used with top and without a focus.'),
      top: z.int().min(0).optional().describe('Pixels from the top edge; used with left and without a focus.'),
      width: side.describe('Width of the crop in pixels.'),
      height: side.describe('Height of the crop in pixels.'),
      ratio: z
        .string()
        .refine((text) => RATIO.test(text), refusal('must be two whole numbers, such as 16:9'))
        .optional()
        .describe('The largest crop with this ratio, such as 16:9; instead of width and height.'),
      focus,
    })
    .refine(({ left, top, width, height, ratio, focus: around }) => {
      const [sides, corner] = [count(width, height), count(left, top)];
      if (ratio !== undefined) return sides === 0 && corner === 0;
      return sides === 2 && (corner === 0 || (corner === 2 && around === undefined));
    }, refusal('needs left, top, width and height, or width and height with a focus, or a ratio with a focus'));

const watermark = z
  .strictObject({
    type: z.literal('watermark'),
    text: z
      .string()
      .max(MAX_TEXT)
      .refine((text) => PLAIN_TEXT.test(text) && text.trim() !== '', refusal('must be plain text'))
      .optional()
      .describe('Plain text to lay over the picture, at most 200 characters; or give source or sourceUrl.'),
    source: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('Path of the mark inside one of the folders of the config key sources.'),
    sourceUrl: sourceUrl.optional().describe('URL of the mark, such as https://example.com/logo.png.'),
    position: z.enum(POSITIONS).optional().describe('Its position; bottom-right by default.'),
    opacity: z.number().min(0.01).max(1).optional().describe('From 0.01, hardly seen, to 1; 0.6 by default.'),
    scale: z
      .number()
      .min(0.01)
      .max(1)
      .optional()
      .describe("Part of the picture's width that it takes, 0.01 to 1; 0.25 by default."),
    margin: z
      .number()
      .min(0)
      .max(0.5)
      .optional()
      .describe("Part of the picture's smaller side that is left free at the edges; 0.03 by default."),
    color: colour.optional().describe('Colour of the text; #ffffff by default.'),
  })
  .refine(({ text, source, sourceUrl: url }) => count(text, source, url) === 1, {
    params: { message: 'needs exactly one of text, source and sourceUrl' },
  })
  .refine(({ text, color }) => color === undefined || text !== undefined, refusal('may have a color only with a text'));

/** `maxSide`: the largest width or height allowed. */
export const operationSchema = (maxSide: number) => {
  const side = z.int().min(1).max(maxSide).optional();
  return z.discriminatedUnion('type', [
    resize(side),
    crop(side),
    z.strictObject({
      type: z.literal('rotate'),
      angle: z.number().min(-360).max(360).describe('Degrees clockwise, such as 90; negative ones turn the other way.'),
      background: colour
        .optional()
        .describe('Colour of the corners that become free, such as #ffffff or #00000080; transparent by default.'),
    }),
    z.strictObject({
      type: z.literal('flip'),
      direction: z
        .enum(['horizontal', 'vertical'])
        .describe('Swaps left and right (horizontal), or top and bottom (vertical).'),
    }),
    z.strictObject({
      type: z.literal('blur'),
      sigma: z.number().min(0.3).max(100).optional().describe('Strength in pixels, 0.3 to 100; 5 by default.'),
    }),
    z.strictObject({ type: z.literal('grayscale') }),
    watermark,
    z.strictObject({
      type: z.literal('strip'),
      keep: z
        .array(z.enum(KEEPABLE))
        .max(KEEPABLE.length)
        .optional()
        .describe('Metadata to keep: profile (colours), credits; none by default.'),
    }),
    z.strictObject({
      type: z.literal('optimize'),
      quality: z.int().min(1).max(100).optional().describe('Quality of the result, 1 to 100; 80 by default.'),
      lossless: z.boolean().optional().describe('Lossless, for WebP and AVIF; off by default.'),
    }),
    z.strictObject({
      type: z.literal('format'),
      format: z.enum(FORMATS).describe('Format of the result: jpeg, png, webp, avif or gif.'),
    }),
  ]);
};

export type Operation = z.input<ReturnType<typeof operationSchema>>;
export type OperationOf<T extends Operation['type']> = Extract<Operation, { type: T }>;
export type Resize = OperationOf<'resize'>;
export type Crop = OperationOf<'crop'>;
export type Watermark = OperationOf<'watermark'>;
export type Focus = NonNullable<Resize['focus']>;
export type Keepable = (typeof KEEPABLE)[number];
export type Position = (typeof POSITIONS)[number];
