// Reads the head of a source: its format, size, frames, and the metadata worth keeping.
import { type Credits, readCredits } from './credits.ts';
import { ImageFailure } from './failure.ts';
import type { Format } from './formats.ts';
import { formatOfBytes } from './formats.ts';
import type { Work } from './pipeline.ts';
import { headOf } from './pipeline.ts';
import type { Size } from './plan.ts';

export interface Head extends Size {
  format: Format;
  frames: number;
  alpha: boolean;
  /** It has a colour profile that is wider than sRGB and that browsers understand. */
  profiled: boolean;
  credits: Credits;
  /** Of a moving picture: milliseconds of each frame, and how often it plays, 0 for ever. */
  delay: number[] | undefined;
  loop: number | undefined;
}

// Larger profiles are tables of printers and scanners.
const MAX_PROFILE = 64 * 1024;

/** Whether this is an RGB profile other than sRGB, which is what a picture without a profile is taken for. */
function worthKeeping(profile: Buffer | undefined): boolean {
  if (!profile || profile.length < 128 || profile.length > MAX_PROFILE) return false;
  if (profile.toString('latin1', 16, 20) !== 'RGB ') return false;
  const plain = profile.toString('latin1');
  return !plain.includes('sRGB') && !plain.includes('s\0R\0G\0B');
}

/** The head of a source; no pixel is decoded. Throws `ImageFailure`: `WRONG_TYPE`, `BROKEN_IMAGE`. */
export async function readHead(bytes: Buffer, work: Work): Promise<Head> {
  if (bytes.length === 0) throw new ImageFailure('WRONG_TYPE', 'the source is empty: it has 0 bytes');
  const format = formatOfBytes(bytes);
  if (!format) throw new ImageFailure('WRONG_TYPE', 'the source is not a JPEG, PNG, WebP, AVIF or GIF picture');
  const head = await headOf(bytes, work);
  if ((head.format === 'heif' ? head.compression === 'av1' && 'avif' : head.format) !== format) {
    throw new ImageFailure('WRONG_TYPE', 'the source is not the kind of picture that its header says');
  }
  const frames = format === 'gif' || format === 'webp' ? (head.pages ?? 1) : 1;
  const { width, height } =
    frames > 1 ? { width: head.width, height: head.pageHeight ?? head.height } : head.autoOrient;
  return {
    format,
    width,
    height,
    frames,
    alpha: head.hasAlpha,
    profiled: frames === 1 && worthKeeping(head.icc),
    credits: readCredits(head.exif),
    delay: frames > 1 ? head.delay : undefined,
    loop: head.loop,
  };
}
