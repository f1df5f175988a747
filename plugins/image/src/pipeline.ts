// The only file that loads sharp, for worker.ts: opens pictures within the limits and runs pipelines.
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Limits } from './config.ts';
import { ImageFailure } from './failure.ts';
import type { Size } from './plan.ts';

sharp.cache(false);
// Do not read SVG, PDF, TIFF and the other formats of libvips from untrusted files.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((loader) => `VipsForeignLoad${loader}`) });

/** Threads per picture. */
export const useThreads = (threads: number): void => void sharp.concurrency(threads);

/** What every step needs. */
export interface Work {
  limits: Limits;
  /** Runs a pipeline once a core is free. */
  turn<T>(pipeline: () => Promise<T>): Promise<T>;
}

/** A source, or the result of a step. Width and height are those of one frame, upright. */
export interface Picture extends Size {
  data: Buffer;
  /** Channels of raw pixels; null for a file. */
  channels: 1 | 2 | 3 | 4 | null;
  alpha: boolean;
  frames: number;
  /** Keeps the source's colour profile between steps; otherwise its colours are sRGB. */
  profiled: boolean;
}

/** Opens the picture in sharp, a moving one with all its frames stacked vertically. */
export function opened({ data, channels, width, height, frames }: Picture, { limits }: Work): Sharp {
  if (channels !== null) {
    const raw = { width, height: height * frames, channels };
    return sharp(data, { raw: frames > 1 ? { ...raw, pageHeight: height } : raw, limitInputPixels: false });
  }
  const safe = { failOn: 'error' as const, limitInputPixels: limits.maxPixels, pages: frames };
  // sharp rotates single frames only.
  return sharp(data, { ...safe, autoOrient: frames === 1 });
}

/** Draws text, trimmed, on a transparent background. The caller has escaped markup in it. */
export const openedText = (markup: string, box: Size, font: string | undefined): Sharp =>
  sharp({
    text: { text: markup, rgba: true, wrap: 'none', ...box, ...(font === undefined ? {} : { fontfile: font }) },
  });

/** The head of a file; no pixel is decoded. */
export const headOf = (bytes: Buffer, work: Work) =>
  run(() => sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata(), work);

/** Translates sharp's errors to our codes. */
function failure(cause: unknown, limits: Limits): ImageFailure {
  if (cause instanceof ImageFailure) return cause;
  const message = cause instanceof Error ? cause.message : '';
  if (/pixel limit/i.test(message)) {
    const text = `the source has more than config.limits.maxPixels (${limits.maxPixels}) pixels`;
    return new ImageFailure('TOO_MANY_PIXELS', text, { cause });
  }
  return new ImageFailure('BROKEN_IMAGE', 'the source is damaged, or not a picture that can be read', { cause });
}

/** Runs one pipeline. It cannot be stopped, so the host kills the process after `limits.time`. */
const run = <T>(start: () => Promise<T>, { turn, limits }: Work): Promise<T> =>
  turn(start).catch((cause: unknown) => {
    throw failure(cause, limits);
  });

/** The output of a pipeline. */
export const output = (image: Sharp, work: Work) => run(() => image.toBuffer({ resolveWithObject: true }), work);

type Change = (image: Sharp) => Sharp;

async function single(picture: Picture, change: Change, work: Work): Promise<Picture> {
  const image = change(opened(picture, work));
  // Raw pixels carry no profile, so pictures that keep theirs are passed as an uncompressed file.
  const ready = picture.profiled ? image.keepIccProfile().png({ compressionLevel: 0 }) : image.raw();
  const { data, info } = await output(ready, work);
  const { width, height } = info;
  const channels = picture.profiled ? null : info.channels;
  return { ...picture, data, width, height, channels, alpha: info.channels === 2 || info.channels === 4 };
}

/** The frame at `index` of raw pixels. */
function frameOf(picture: Picture, index: number): Picture {
  const bytes = picture.width * picture.height * (picture.channels ?? 0);
  return { ...picture, data: picture.data.subarray(index * bytes, (index + 1) * bytes), frames: 1 };
}

/** A moving picture as raw pixels, so that its frames can be separated. */
async function unrolled(picture: Picture, work: Work): Promise<Picture> {
  if (picture.channels !== null) return picture;
  const { data, info } = await output(opened(picture, work).toColourspace('srgb').raw(), work);
  return { ...picture, data, channels: info.channels, alpha: info.channels === 4, profiled: false };
}

/** Applies `change` to the picture, or to each frame separately, so that none bleeds into the next. */
export async function step(picture: Picture, change: Change, work: Work): Promise<Picture> {
  if (picture.frames === 1) return single(picture, change, work);
  const roll = await unrolled(picture, work);
  let whole: Picture | undefined;
  for (let index = 0; index < roll.frames; index++) {
    const frame = await single(frameOf(roll, index), change, work);
    whole ??= { ...frame, frames: roll.frames, data: Buffer.allocUnsafe(frame.data.length * roll.frames) };
    whole.data.set(frame.data, index * frame.data.length);
  }
  return whole ?? roll;
}

/** The first frame. */
export async function still(picture: Picture, work: Work): Promise<Picture> {
  if (picture.frames === 1) return picture;
  return picture.channels === null ? { ...picture, frames: 1 } : frameOf(await unrolled(picture, work), 0);
}
