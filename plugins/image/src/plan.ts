// Calculates sizes, so that huge results are refused before a pixel is decoded.
import type { Limits } from './config.ts';
import { ImageFailure } from './failure.ts';
import type { Resize } from './operations.ts';

export interface Size {
  width: number;
  height: number;
}

const whole = (side: number) => Math.max(1, Math.round(side));

/** What sharp has to make: an exact size, and how the picture is fitted into it. */
export interface Target extends Size {
  fit: 'cover' | 'contain' | 'fill';
}

/**
 * The size and fit of `resize` for a picture of this size.
 * With both sides and `cover` (the default), `contain` or `fill`, the result has exactly this size, even if the picture is smaller.
 * Otherwise the ratio stays and smaller pictures are not enlarged. `enlarge` overrides both.
 */
export function targetOf({ width, height }: Size, resize: Resize): Target {
  const fit = resize.fit ?? 'cover';
  if (resize.width !== undefined && resize.height !== undefined && fit !== 'inside' && fit !== 'outside') {
    const tooSmall = width < resize.width || height < resize.height;
    if (resize.enlarge === false && tooSmall) return { width, height, fit: 'fill' };
    return { width: resize.width, height: resize.height, fit };
  }
  const scales = [];
  if (resize.width !== undefined) scales.push(resize.width / width);
  if (resize.height !== undefined) scales.push(resize.height / height);
  const wanted = fit === 'outside' ? Math.max(...scales) : Math.min(...scales);
  const scale = resize.enlarge ? wanted : Math.min(wanted, 1);
  // The size already has the ratio: fitting again could only cut off a rounded pixel.
  return { width: whole(width * scale), height: whole(height * scale), fit: 'fill' };
}

/** Throws `ImageFailure` `TOO_MANY_FRAMES` or `TOO_MANY_PIXELS` for a source that would take too much memory. */
export function checkSource({ width, height }: Size, limits: Limits, frames = 1): void {
  if (frames > limits.maxFrames) {
    throw new ImageFailure(
      'TOO_MANY_FRAMES',
      `the source has more than config.limits.maxFrames (${limits.maxFrames}) frames: set data.animated to false to keep only the first`,
    );
  }
  if (width * height * frames <= limits.maxPixels) return;
  throw new ImageFailure(
    'TOO_MANY_PIXELS',
    `the source has more than config.limits.maxPixels (${limits.maxPixels}) pixels`,
  );
}

/** Throws `ImageFailure` `OUTPUT_TOO_LARGE` if the result of a step would exceed the limits. */
export function checkResult({ width, height }: Size, limits: Limits, frames = 1): void {
  if (width > limits.maxSide || height > limits.maxSide) {
    throw new ImageFailure(
      'OUTPUT_TOO_LARGE',
      `the result would be more than config.limits.maxSide (${limits.maxSide}) pixels wide or high: add a resize`,
    );
  }
  if (width * height * frames <= limits.maxPixels) return;
  throw new ImageFailure(
    'OUTPUT_TOO_LARGE',
    `the result would have more than config.limits.maxPixels (${limits.maxPixels}) pixels: add a resize`,
  );
}
