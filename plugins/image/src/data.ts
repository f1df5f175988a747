// The data of an image job, with its schema, and the result.
import { z } from 'zod';
import type { Limits } from './config.ts';
import type { Format } from './formats.ts';
import { FORMATS, formatOfName } from './formats.ts';
import { operationSchema, sourceUrl } from './operations.ts';
import { namesOf, pathProblem, patternProblem } from './output-path.ts';

const MAX_OPERATIONS = 10;
const refusal = (message: string) => ({ params: { message } });

const Upload = z.object({
  upload: z.string().min(1).max(200).describe('Id of the stored file; the job system puts it there.'),
  name: z.string().max(1_000).describe('Name that the file came with.'),
  type: z.string().max(200).describe('Content type that the file came with.'),
  size: z.number().min(0).describe('Size of the file in bytes.'),
});

const checkedPath = (problem: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message) context.addIssue({ code: 'custom', params: { message } });
  });

const outputPath = checkedPath(pathProblem);
const quality = z
  .int()
  .min(1)
  .max(100)
  .optional()
  .describe('Quality of the files, 1 to 100; by default that of the last optimize, else of the format.');

/** The schema of `image_process` within the limits of the configuration. */
export const imageJobData = ({ maxSide, maxOutputs }: Pick<Limits, 'maxSide' | 'maxOutputs'>) => {
  const width = z.int().min(1).max(maxSide);
  const output = z
    .strictObject({
      width: width.optional().describe('Width in pixels, never more than the picture has; its own by default.'),
      format: z
        .enum(FORMATS)
        .optional()
        .describe(
          'Format of the file; by default that of its extension, else of the last format operation, else of the source.',
        ),
      quality,
      outputPath: outputPath
        .optional()
        .describe('Where the file goes, from the root, such as /photos/harbour-320.webp; named by us when left out.'),
    })
    .refine(
      ({ format, outputPath: path }) => !format || !path || formatOfName(path) === format,
      refusal('outputPath must have the extension of the format'),
    );
  const responsive = z
    .strictObject({
      widths: z
        .array(width)
        .min(1)
        .max(maxOutputs)
        .describe(
          'Widths in pixels, such as 320, 640, 1280; those that the picture does not have become its own width.',
        ),
      formats: z
        .array(z.enum(FORMATS))
        .min(1)
        .max(FORMATS.length)
        .optional()
        .describe('A file of each width in each of these formats, such as avif, webp and jpeg; one format by default.'),
      quality,
      outputPath: checkedPath(patternProblem)
        .optional()
        .describe('Pattern for the paths, such as /photos/harbour-{width}.{format}; named by us when left out.'),
    })
    .refine(
      ({ widths, formats = [] }) => widths.length * Math.max(1, formats.length) <= maxOutputs,
      refusal(`makes more than config.limits.maxOutputs (${maxOutputs}) files`),
    )
    .refine(
      ({ outputPath: pattern, formats }) => !pattern || namesOf(pattern).has('format') || fixedFormat(pattern, formats),
      refusal('outputPath needs {format} for several formats, and the extension of its one format else'),
    );
  return z
    .strictObject({
      sourceUrl: sourceUrl
        .optional()
        .describe('Address of the picture, such as https://example.com/image.jpg. Give this, a file or a source.'),
      file: Upload.optional().describe('A picture that comes with the job.'),
      source: z
        .string()
        .min(1)
        .max(1_024)
        .optional()
        .describe('Path of a picture inside one of the folders of the setting sources.'),
      operations: z
        .array(operationSchema(maxSide))
        .max(MAX_OPERATIONS)
        .optional()
        .describe('In order, at most 10. Without any, the picture is only compressed again.'),
      outputPath: outputPath
        .optional()
        .describe('Where the result goes, such as /uploads/image.webp; chosen automatically if empty.'),
      outputs: z
        .array(output)
        .min(1)
        .max(maxOutputs)
        .optional()
        .describe('Creates several named files from one source; instead of responsive.'),
      responsive: responsive
        .optional()
        .describe('Creates several widths and formats of one source; instead of outputs.'),
      placeholder: z
        .boolean()
        .optional()
        .meta({ default: false })
        .describe('Adds a tiny picture as a data URL to the result, to show while the real one loads.'),
      animated: z.boolean().optional().meta({ default: true }).describe('Keeps all frames of a moving picture.'),
      overwrite: z
        .union([z.boolean(), z.literal('original')])
        .optional()
        // All jobs share one folder, and replacing a file cannot be undone.
        .meta({ privileged: true, default: false })
        .describe('Allows to replace what another job of this plugin made (yes), or the source itself (original).'),
    })
    .superRefine((data, context) => {
      const wrong = (message: string, ...path: string[]) =>
        context.addIssue({ code: 'custom', path, params: { message } });
      const operations = data.operations ?? [];
      const sets = [data.outputs, data.responsive].filter((set) => set !== undefined);
      if ([data.sourceUrl, data.file, data.source].filter((source) => source !== undefined).length !== 1) {
        wrong('needs exactly one of sourceUrl, file and source');
      }
      if (sets.length === 2) wrong('has outputs or responsive, not both');
      if (sets.length > 0 && data.outputPath !== undefined) {
        wrong('names the files of a set in outputs or responsive.outputPath', 'outputPath');
      }
      const format = operations.findLast((one) => one.type === 'format')?.format;
      if (format && data.outputPath && formatOfName(data.outputPath) !== format) {
        wrong('outputPath must have the extension of the last format operation');
      }
      if (data.overwrite === 'original' && (data.source === undefined || data.outputPath === undefined)) {
        wrong('is for a source whose own path is the outputPath', 'overwrite');
      }
      const paths = (data.outputs ?? []).flatMap((one) => one.outputPath?.replace(/^\//, '') ?? []);
      if (new Set(paths).size < paths.length) wrong('has two outputs with one outputPath', 'outputs');
    });
};

const fixedFormat = (pattern: string, formats: readonly Format[] | undefined): boolean =>
  formats === undefined || (formats.length === 1 && formatOfName(pattern) === formats[0]);

/**
 * `sourceUrl`, `file` or `source`: exactly one. `outputPath` counts from the configured root, also with a leading slash; by
 * default the plugin names the file. `overwrite` allows replacing a file of another job of this plugin, `'original'` the source itself.
 */
export type ImageJobData = z.input<ReturnType<typeof imageJobData>>;

export interface ImageFile {
  /** From the configured root, with a leading slash. */
  outputPath: string;
  /** Bytes. */
  fileSize: number;
  width: number;
  height: number;
  format: Format;
  /** Its address on the web, if the config key `publicUrl` is set. */
  url?: string;
  /** Of a moving picture. */
  frames?: number;
}

/** The file; for a set, the widest of its first format, with all files in `files`. */
export interface ImageResult extends ImageFile {
  files?: ImageFile[];
  /** By format, ready for the attribute: `/a-320.webp 320w, /a-640.webp 640w`. */
  srcset?: Partial<Record<Format, string>>;
  /** A tiny picture as a data URL, to show while the real one loads. */
  placeholder?: string;
}
