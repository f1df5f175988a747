// What a job will cost, worked out from its data and the head of its source before a pixel is decoded.
import { cropSize, turnedSize } from './box.ts';
import type { Limits } from './config.ts';
import type { ImageJobData } from './data.ts';
import { ImageFailure } from './failure.ts';
import type { Format } from './formats.ts';
import { MOVING } from './formats.ts';
import type { Operation } from './operations.ts';
import type { Size } from './plan.ts';
import { checkResult, checkSource, targetOf } from './plan.ts';
import { wantedFiles } from './wanted.ts';

/** Reading and writing AVIF takes about four times the memory and time that other formats take. */
const AVIF = 4;

interface Source extends Size {
  format: Format;
  /** Frames that the job reads. */
  frames: number;
}

/** The size that the operations give. Throws `ImageFailure` `CROP_OUTSIDE`. */
function sizeAfter(size: Size, operations: readonly Operation[]): Size {
  return operations.reduce((now, operation) => {
    if (operation.type === 'resize') return targetOf(now, operation);
    if (operation.type === 'crop') return cropSize(now, operation);
    return operation.type === 'rotate' ? turnedSize(now, operation.angle) : now;
  }, size);
}

const pixelsOf = ({ width, height, format, frames }: Source): number =>
  width * height * frames * (format === 'avif' ? AVIF : 1);

/** Throws `ImageFailure` when the source, the result, or the job as a whole is more than the limits allow. */
export function checkBudget(source: Source, data: ImageJobData, limits: Limits): void {
  checkSource(source, limits, source.frames);
  const size = sizeAfter(source, data.operations ?? []);
  checkResult(size, limits, source.frames);
  const files = wantedFiles(data, '', source.format, size);
  const pixels = files.reduce(
    (sum, file) => sum + pixelsOf({ ...file, frames: MOVING.has(file.format) ? source.frames : 1 }),
    pixelsOf(source),
  );
  if (pixels <= limits.maxWork) return;
  const made = `the source and the ${files.length} files of the job have ${Math.round(pixels)} pixels together (AVIF counts ${AVIF} times)`;
  throw new ImageFailure(
    'TOO_MUCH_WORK',
    `${made}, more than config.limits.maxWork (${limits.maxWork}): ask for fewer or smaller files, or raise the limit`,
  );
}
