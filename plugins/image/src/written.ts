// Writes pictures as files: each format with its settings, and only the metadata that may stay.
import type { Sharp } from 'sharp';
import type { Credits } from './credits.ts';
import type { Format } from './formats.ts';
import { MOVING } from './formats.ts';
import type { Keepable } from './operations.ts';
import type { Picture, Work } from './pipeline.ts';
import { opened, output, still } from './pipeline.ts';
import type { Size } from './plan.ts';

const WHITE = '#ffffff';
const SKETCH_SIDES = [32, 24, 16];
const SKETCH_LENGTH = 1_000;

export interface Quality {
  /** 1 to 100; the format's own by default. */
  quality?: number | undefined;
  lossless?: boolean | undefined;
}

/** What may be copied from the source to the result. */
export interface Extras {
  credits: Credits;
  keep: readonly Keepable[];
  /** Of a moving picture: milliseconds of each frame, and how often it plays, 0 for ever. */
  delay?: number[] | undefined;
  loop?: number | undefined;
}

type Settings = { quality?: number; lossless?: boolean };
type Motion = { delay?: number[]; loop?: number };

const WRITERS: Record<Format, (image: Sharp, settings: Settings, motion: Motion) => Sharp> = {
  jpeg: (image, { quality }) =>
    image.flatten({ background: WHITE }).jpeg({ ...(quality === undefined ? {} : { quality }), mozjpeg: true }),
  // Lossless: quality would mean a palette of 256 colours.
  png: (image) => image.png({ compressionLevel: 9 }),
  webp: (image, settings, motion) => image.webp({ ...settings, ...motion }),
  // The default effort of 4 takes ten times as long for a photograph and cannot be stopped.
  avif: (image, settings) => image.avif({ ...settings, effort: 2 }),
  gif: (image, _settings, motion) => image.gif({ ...motion, effort: 4 }),
};

export interface Written extends Size {
  bytes: Buffer;
  format: Format;
  frames: number;
}

/** Writes a picture as a file; only the first frame if the format cannot hold more. */
export async function written(
  picture: Picture,
  format: Format,
  { quality, lossless }: Quality,
  extras: Extras,
  work: Work,
): Promise<Written> {
  const shown = MOVING.has(format) ? picture : await still(picture, work);
  const settings = { ...(quality === undefined ? {} : { quality }), ...(lossless ? { lossless } : {}) };
  const { credits, keep, delay, loop } = extras;
  const moves = shown.frames > 1 && delay?.length === shown.frames;
  const motion = moves ? { delay, ...(loop === undefined ? {} : { loop }) } : {};
  let image = WRITERS[format](opened(shown, work), settings, motion);
  if (keep.includes('credits') && Object.keys(credits).length > 0) image = image.withExif({ IFD0: credits });
  if (picture.profiled) image = image.keepIccProfile();
  const { data, info } = await output(image, work);
  return { bytes: data, format, width: info.width, height: info.pageHeight ?? info.height, frames: shown.frames };
}

/** A picture of a few pixels as a data URL of at most 1,000 characters, to show enlarged while the real one loads. */
export async function placeholder(picture: Picture, work: Work): Promise<string> {
  const first = { ...(await still(picture, work)), profiled: false };
  let url = '';
  for (const side of SKETCH_SIDES) {
    const tiny = opened(first, work).resize({ width: side, height: side, fit: 'inside' }).blur(0.6);
    const { data } = await output(tiny.webp({ quality: 40, alphaQuality: 40, effort: 4 }), work);
    url = `data:image/webp;base64,${data.toString('base64')}`;
    if (url.length <= SKETCH_LENGTH) break;
  }
  return url;
}
