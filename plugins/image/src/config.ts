// What the operator sets: where pictures are written, what may be read, and the limits.
import { availableParallelism } from 'node:os';
import { z } from 'zod';

const MB = 1024 * 1024;
const HOST_PORT = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):[0-9]{1,5}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/;
const custom = (message: string) => ({ params: { message } });

const hostPort = z
  .string()
  .toLowerCase()
  .refine((text) => HOST_PORT.test(text), custom('must be host:port, such as www.example.com:443'));

const webAddress = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !/[?#@]/.test(text),
    custom('must be an http(s) URL without user, password, query and fragment'),
  );

/** Where results go instead of `root`. Only the operator names it: a job has no say in it. */
const S3Config = z.strictObject({
  /** Such as `https://s3.eu-central-1.amazonaws.com`; the bucket is added as the first part of the path. */
  endpoint: webAddress,
  region: z.string().min(1).max(60).default('us-east-1'),
  bucket: z.string().refine((text) => BUCKET.test(text), custom('must be the name of a bucket')),
  /** Before every key; empty, or plain folders that end with a slash. */
  prefix: z
    .string()
    .max(100)
    .refine((text) => PREFIX.test(text), custom('must be empty or plain folders that end with /'))
    .default(''),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1).meta({ secret: true }),
});

export const ImageConfig = z.strictObject({
  /** Folder for all outputs. A relative path counts from the working directory. */
  root: z.string().min(1).default('./data/files'),
  /** Folders that `data.source` and a watermark's `source` may read from; none by default. */
  sources: z.array(z.string().min(1)).default([]),
  /** Exact `host:port` that may be fetched though private or on an unusual port; none by default. */
  allowHosts: z.array(hostPort).default([]),
  /** Goes before each path in a `srcset`: where visitors find what lies in `root` or in the bucket; nothing by default. */
  publicUrl: z
    .string()
    .max(500)
    .refine((text) => /^(?:https?:\/\/[^\s"'<>,]+|(?:\/[A-Za-z0-9._~-]+)*)$/.test(text), custom('must be an address'))
    .default(''),
  /** Processor cores that all image jobs of this process use together; all but one by default. */
  cores: z
    .int()
    .min(1)
    .max(256)
    .default(() => Math.max(1, availableParallelism() - 1)),
  /** A font file for the text of watermarks; a font of the system by default. */
  font: z.string().min(1).optional(),
  /** An S3-compatible bucket for all outputs, in place of `root`; needs the package `aws4fetch`. */
  s3: S3Config.optional(),
  limits: z
    .strictObject({
      /** Bytes of a source, counted after decompression; 20 MB by default. */
      maxBytes: z
        .int()
        .min(1024)
        .max(1024 * MB)
        .default(20 * MB),
      /** Pixels of a source and of a result, width times height times frames; 50 million by default. */
      maxPixels: z.int().min(1).max(1_000_000_000).default(50_000_000),
      /** Width or height of a result; 8192 by default. */
      maxSide: z.int().min(1).max(16_384).default(8_192),
      /** Frames of a moving picture; 300 by default. */
      maxFrames: z.int().min(1).max(10_000).default(300),
      /** Files of one job; 20 by default. */
      maxOutputs: z.int().min(1).max(100).default(20),
      /** Bytes of all files of one job together; 100 MB by default. */
      maxOutputBytes: z
        .int()
        .min(1024)
        .max(4096 * MB)
        .default(100 * MB),
      /** Milliseconds for a whole download, and for each step of the processing; 30000 by default. */
      time: z.int().min(1_000).max(300_000).default(30_000),
    })
    .prefault({}),
});

export type ImageConfig = z.output<typeof ImageConfig>;
export type Limits = ImageConfig['limits'];
export type S3Target = z.output<typeof S3Config>;
