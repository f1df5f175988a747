// The one file that loads sharp: reading the head of a picture, resizing, writing a format. Its loaders are cut down to ours.
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Limits } from './config.ts';
import { ImageFailure } from './failure.ts';
import type { InputFormat, OutputFormat } from './formats.ts';
import { formatOfBytes } from './formats.ts';
import { orAbort } from './or-abort.ts';
import type { Size, Target } from './plan.ts';

// One thread a picture: as many jobs at once as cores is as fast, and fairer to the rest of the process.
sharp.concurrency(1);
sharp.cache(false);
// For the whole process: SVG, PDF, TIFF and what else libvips reads has no business in a file from outside.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((loader) => `VipsForeignLoad${loader}`) });

const WHITE = '#ffffff';
const TRANSPARENT = { r: 255, g: 255, b: 255, alpha: 0 };

/** Pixels between two steps, upright and without metadata. */
export interface Pixels extends Size {
  data: Buffer;
  channels: 1 | 2 | 3 | 4;
}

export interface Head extends Size {
  format: InputFormat;
}

/** A source as it came, or the pixels of the step before. */
export type Picture = Buffer | Pixels;

const readable = (picture: Picture, { maxPixels }: Limits): Sharp =>
  Buffer.isBuffer(picture)
    ? sharp(picture, { autoOrient: true, failOn: 'error', limitInputPixels: maxPixels, pages: 1 })
    : sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: picture.channels } });

/** sharp's errors in our codes. A picture that took too long would take as long again. */
function failure(cause: unknown, limits: Limits): ImageFailure {
  const message = cause instanceof Error ? cause.message : '';
  if (/^timeout/i.test(message)) {
    return new ImageFailure('TOO_SLOW', `a step took longer than config.limits.time (${limits.time} ms)`, { cause });
  }
  if (/pixel limit/i.test(message)) {
    const text = `the source has more than config.limits.maxPixels (${limits.maxPixels}) pixels`;
    return new ImageFailure('TOO_MANY_PIXELS', text, { cause });
  }
  return new ImageFailure('BROKEN_IMAGE', 'the source is damaged, or not a picture that can be read', { cause });
}

/** The pipeline itself cannot be stopped: it runs into its own time limit, and its outcome is ignored. */
const run = <T>(work: Promise<T>, limits: Limits, signal: AbortSignal): Promise<T> =>
  orAbort(
    signal,
    work.catch((cause: unknown) => {
      throw failure(cause, limits);
    }),
  );

const seconds = (limits: Limits) => ({ seconds: Math.ceil(limits.time / 1_000) });

/** Format and upright size of a source; no pixel is decoded. Throws `ImageFailure`: `WRONG_TYPE`, `BROKEN_IMAGE`. */
export async function readHead(bytes: Buffer, limits: Limits, signal: AbortSignal): Promise<Head> {
  const format = formatOfBytes(bytes);
  if (!format) throw new ImageFailure('WRONG_TYPE', 'the source is not a JPEG, PNG, WebP, AVIF or GIF picture');
  const head = await run(sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata(), limits, signal);
  if ((head.format === 'heif' ? head.compression === 'av1' && 'avif' : head.format) !== format) {
    throw new ImageFailure('WRONG_TYPE', 'the source is not the kind of picture that its first bytes say');
  }
  return { format, width: head.autoOrient.width, height: head.autoOrient.height };
}

/** The pixels of `picture` in the size of `target`, upright. */
export async function resized(picture: Picture, target: Target, limits: Limits, signal: AbortSignal): Promise<Pixels> {
  const work = readable(picture, limits)
    .resize({ ...target, background: TRANSPARENT })
    .timeout(seconds(limits))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await run(work, limits, signal);
  return { data, width: info.width, height: info.height, channels: info.channels };
}

const WRITERS: Record<OutputFormat, (image: Sharp, quality: { quality?: number }) => Sharp> = {
  jpeg: (image, quality) => image.flatten({ background: WHITE }).jpeg({ ...quality, mozjpeg: true }),
  // Lossless: quality would mean a palette of 256 colours.
  png: (image) => image.png({ compressionLevel: 9 }),
  webp: (image, quality) => image.webp(quality),
  // The usual effort of 4 takes ten times as long on a photograph, and nothing can stop it.
  avif: (image, quality) => image.avif({ ...quality, effort: 2 }),
};

export interface Written extends Size {
  bytes: Buffer;
}

/** The file of a picture. `quality` 1 to 100, sharp's own by default; metadata is left behind. */
export async function written(
  picture: Picture,
  format: OutputFormat,
  quality: number | undefined,
  limits: Limits,
  signal: AbortSignal,
): Promise<Written> {
  const image = WRITERS[format](readable(picture, limits), quality === undefined ? {} : { quality });
  const work = image.timeout(seconds(limits)).toBuffer({ resolveWithObject: true });
  const { data, info } = await run(work, limits, signal);
  return { bytes: data, width: info.width, height: info.height };
}
