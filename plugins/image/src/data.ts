// What an image job is given, checked when it is added, and what it answers.
import { z } from 'zod';
import { fetchableUrl } from './address-guard.ts';
import type { OutputFormat } from './formats.ts';
import { formatOfName, OUTPUT_FORMATS } from './formats.ts';
import { pathProblem } from './output-path.ts';

const FITS = ['cover', 'contain', 'fill', 'inside', 'outside'] as const;
const MAX_OPERATIONS = 10;
const refusal = (message: string) => ({ params: { message } });

const operation = (maxSide: number) => {
  const side = z.int().min(1).max(maxSide).optional();
  return z.discriminatedUnion('type', [
    z
      .strictObject({
        type: z.literal('resize'),
        width: side,
        height: side,
        fit: z.enum(FITS).optional(),
        enlarge: z.boolean().optional(),
      })
      .refine(
        (resize) => resize.width !== undefined || resize.height !== undefined,
        refusal('needs a width or a height'),
      ),
    z.strictObject({ type: z.literal('optimize'), quality: z.int().min(1).max(100).optional() }),
    z.strictObject({ type: z.literal('format'), format: z.enum(OUTPUT_FORMATS) }),
  ]);
};

const Upload = z.object({
  upload: z.string().min(1).max(200),
  name: z.string().max(1_000),
  type: z.string().max(200),
  size: z.number().min(0),
});

const sourceUrl = z
  .string()
  .max(2_048)
  .refine((text) => fetchableUrl(text) !== null, refusal('must be an http(s) URL without user and password'));

const outputPath = z.string().superRefine((text, context) => {
  const message = pathProblem(text);
  if (message) context.addIssue({ code: 'custom', params: { message } });
});

/** The schema of `image_process`. `maxSide`: the largest width or height that may be asked for. */
export const imageJobData = (maxSide: number) =>
  z
    .strictObject({
      sourceUrl: sourceUrl.optional(),
      file: Upload.optional(),
      source: z.string().min(1).max(1_024).optional(),
      operations: z.array(operation(maxSide)).min(1).max(MAX_OPERATIONS),
      outputPath: outputPath.optional(),
      overwrite: z.boolean().optional(),
    })
    .refine(
      (data) => [data.sourceUrl, data.file, data.source].filter((source) => source !== undefined).length === 1,
      refusal('needs exactly one of sourceUrl, file and source'),
    )
    .refine((data) => {
      const format = data.operations.findLast((one) => one.type === 'format')?.format;
      return !format || !data.outputPath || formatOfName(data.outputPath) === format;
    }, refusal('outputPath must have the extension of the last format operation'));

/**
 * `sourceUrl`, `file` or `source`: exactly one. `outputPath` counts from the configured root, also with a leading slash; without
 * it the result is named by us. `overwrite` allows to replace what another job of this plugin made.
 */
export type ImageJobData = z.input<ReturnType<typeof imageJobData>>;
export type Operation = ImageJobData['operations'][number];
export type Resize = Extract<Operation, { type: 'resize' }>;

export interface ImageResult {
  /** From the configured root, with a leading slash. */
  outputPath: string;
  /** Bytes. */
  fileSize: number;
  width: number;
  height: number;
  format: OutputFormat;
}
