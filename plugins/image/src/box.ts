// Calculates boxes: what a crop cuts out, how much room a rotation needs, and where a watermark goes.
import { ImageFailure } from './failure.ts';
import type { Crop, Position } from './operations.ts';
import type { Size } from './plan.ts';

export interface Box extends Size {
  left: number;
  top: number;
}

/** A place in a picture, as parts of its width and height, 0 to 1. */
export interface Point {
  x: number;
  y: number;
}

const clamp = (value: number, most: number) => Math.min(Math.max(0, value), most);
const whole = (side: number, most: number) => Math.min(Math.max(1, Math.round(side)), most);

/** The largest box with the aspect ratio of `shape` in a picture of this size. */
export function largest(picture: Size, shape: Size): Size {
  const scale = Math.min(picture.width / shape.width, picture.height / shape.height);
  return { width: whole(shape.width * scale, picture.width), height: whole(shape.height * scale, picture.height) };
}

/** `size` with its middle as near to `point` as the edges of the picture allow. */
export function around(picture: Size, size: Size, point: Point): Box {
  return {
    left: clamp(Math.round(point.x * picture.width - size.width / 2), picture.width - size.width),
    top: clamp(Math.round(point.y * picture.height - size.height / 2), picture.height - size.height),
    ...size,
  };
}

const outside = () => new ImageFailure('CROP_OUTSIDE', 'a crop in data.operations is outside the image at that step');

/** The size that a crop leaves, wherever it lies. Throws `ImageFailure` `CROP_OUTSIDE`. */
export function cropSize(picture: Size, crop: Crop): Size {
  if (crop.ratio !== undefined) {
    const [width = 1, height = 1] = crop.ratio.split(':').map(Number);
    return largest(picture, { width, height });
  }
  const size = { width: crop.width ?? 0, height: crop.height ?? 0 };
  if (size.width > picture.width || size.height > picture.height) throw outside();
  return size;
}

/** What a crop cuts out, around `point` if the crop names no corner. Throws `ImageFailure` `CROP_OUTSIDE`. */
export function cropBox(picture: Size, crop: Crop, point: Point): Box {
  const size = cropSize(picture, crop);
  if (crop.left === undefined || crop.top === undefined) return around(picture, size, point);
  if (crop.left + size.width > picture.width || crop.top + size.height > picture.height) throw outside();
  return { left: crop.left, top: crop.top, ...size };
}

/** The size of the box around a picture that is rotated by `angle` degrees. */
export function turnedSize({ width, height }: Size, angle: number): Size {
  if (angle % 180 === 0) return { width, height };
  if (angle % 90 === 0) return { width: height, height: width };
  const [sin, cos] = [Math.abs(Math.sin((angle * Math.PI) / 180)), Math.abs(Math.cos((angle * Math.PI) / 180))];
  return { width: Math.ceil(width * cos + height * sin), height: Math.ceil(width * sin + height * cos) };
}

/** The box that a watermark may fill: `scale` of the picture's width, but no more than the margins leave. */
export function markBox(picture: Size, scale: number, margin: number): Size & { margin: number } {
  const edge = Math.floor(margin * Math.min(picture.width, picture.height));
  const free = { width: Math.max(1, picture.width - 2 * edge), height: Math.max(1, picture.height - 2 * edge) };
  return { width: whole(picture.width * scale, free.width), height: free.height, margin: edge };
}

/** Where a watermark of this size goes. */
export function markPlace(
  picture: Size,
  mark: Size,
  position: Position,
  margin: number,
): { left: number; top: number } {
  const along = (free: number, first: string, last: string) => {
    if (position.includes(first)) return Math.min(margin, free);
    return position.includes(last) ? Math.max(0, free - margin) : Math.floor(free / 2);
  };
  return {
    left: along(picture.width - mark.width, 'left', 'right'),
    top: along(picture.height - mark.height, 'top', 'bottom'),
  };
}
