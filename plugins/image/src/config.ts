// What the operator sets: where pictures are written, what may be read, and the limits.
import { availableParallelism } from 'node:os';
import { z } from 'zod';

const MB = 1024 * 1024;
const HOST_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):[0-9]{1,5}$/;
const custom = (message: string) => ({ params: { message } });

const hostPort = z
  .string()
  .toLowerCase()
  .refine((text) => HOST_PORT.test(text), custom('must be host:port, such as www.example.com:443'));

const whole = (min: number, max: number, byDefault: number) => z.int().min(min).max(max).default(byDefault);
const bytes = (title: string, max: number, byDefault: number) =>
  whole(1024, max, byDefault).meta({ unit: 'bytes', title });

const LimitsConfig = z.strictObject({
  maxBytes: bytes('Max size', 1024 * MB, 20 * MB).describe(
    'Maximum size of a source, after decompression; 20 MiB by default.',
  ),
  maxPixels: whole(1, 1_000_000_000, 50_000_000).describe(
    'Maximum pixels of a source and of a result, width x height x frames; 50000000 by default.',
  ),
  maxSide: whole(1, 16_384, 8_192).describe('Maximum width and height of a result in pixels; 8192 by default.'),
  maxWork: whole(1, 10_000_000_000, 150_000_000).describe(
    'Maximum pixels of a source and all its files together, AVIF counted four times; 150000000 by default.',
  ),
  maxMemory: whole(256 * MB, 65_536 * MB, 1536 * MB)
    .meta({ unit: 'bytes' })
    .describe('Maximum memory of the process of one job, which is killed above it; 1.5 GiB by default.'),
  maxFrames: whole(1, 10_000, 300).describe('Maximum frames of an animated picture; 300 by default.'),
  maxOutputs: whole(1, 100, 20).describe('Maximum number of files of one job; 20 by default.'),
  maxOutputBytes: bytes('Max output size', 4096 * MB, 100 * MB).describe(
    'Maximum total size of the files of one job; 100 MiB by default.',
  ),
  time: whole(1_000, 300_000, 30_000)
    .meta({ unit: 'milliseconds' })
    .describe('Maximum time of a download, of each step, and of each request to the storage; 30 s by default.'),
});

export const ImageConfig = z.strictObject({
  sources: z
    .array(z.string().min(1))
    .default([])
    .describe('Folders from which sources and watermarks may be read, such as data/uploads; none by default.'),
  allowHosts: z
    .array(hostPort)
    .default([])
    .describe(
      'Private addresses or unusual ports that may be fetched, as exact host:port such as www.example.com:443; none by default.',
    ),
  publicUrl: z
    .string()
    .max(500)
    .refine((text) => /^(?:https?:\/\/[^\s"'<>,]+|(?:\/[A-Za-z0-9._~-]+)*)$/.test(text), custom('must be an address'))
    .default('')
    .describe(
      'The public URL of the results, such as https://cdn.example.com/media or /media; it is put before each path in url and srcset.',
    ),
  cores: z
    .int()
    .min(1)
    .max(256)
    .default(() => Math.max(1, availableParallelism() - 1))
    .describe('Processor cores that all image jobs of this process use together; all but one by default.'),
  font: z
    .string()
    .min(1)
    .optional()
    .describe('Font file for the text of watermarks, such as fonts/Inter.ttf; a system font by default.'),
  limits: LimitsConfig.prefault({}).describe('Limits of one job.'),
});

export type ImageConfig = z.output<typeof ImageConfig>;
export type Limits = ImageConfig['limits'];
