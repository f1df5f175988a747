// The files that a job asks for: one, or a set of widths and formats, each with its path.
import type { ImageJobData } from './data.ts';
import type { Format } from './formats.ts';
import { formatOfName } from './formats.ts';
import { askedFormat, generatedPath } from './names.ts';
import type { OperationOf } from './operations.ts';
import { filled, namesOf } from './output-path.ts';
import type { Size } from './plan.ts';
import { targetOf } from './plan.ts';
import type { Quality } from './written.ts';

/** One file of a job. */
export interface WantedFile extends Size, Quality {
  outputPath: string;
  format: Format;
}

/** One file of a set as requested; it may be wider than the picture. */
interface Asked extends Quality {
  width: number | undefined;
  format: Format;
  path: (width: number) => string;
}

const DEFAULT_QUALITY = 80;

/** Whether the job makes several files. */
export const isSet = (data: ImageJobData): boolean => data.outputs !== undefined || data.responsive !== undefined;

/** The quality settings of the last `optimize`. */
function optimized(data: ImageJobData): Quality {
  const last = (data.operations ?? []).findLast((one): one is OperationOf<'optimize'> => one.type === 'optimize');
  if (!last) return {};
  return { quality: last.quality ?? DEFAULT_QUALITY, lossless: last.lossless };
}

const withQuality = (quality: number | undefined, data: ImageJobData): Quality =>
  quality === undefined ? optimized(data) : { quality };

function askedOf(data: ImageJobData, jobId: string, source: Format): Asked[] {
  const fallback = askedFormat(data) ?? source;
  const named = (format: Format) => (width: number) => generatedPath(data, jobId, format, width);
  if (data.responsive) {
    const { widths, outputPath: pattern, quality } = data.responsive;
    const fixed = pattern !== undefined && !namesOf(pattern).has('format') ? formatOfName(pattern) : null;
    const formats = data.responsive.formats ?? [fixed ?? fallback];
    return formats.flatMap((format) =>
      widths.map((width) => {
        const path = pattern === undefined ? named(format) : (made: number) => filled(pattern, made, format);
        return { width, format, path, ...withQuality(quality, data) };
      }),
    );
  }
  return (data.outputs ?? []).map(({ width, format, quality, outputPath }) => {
    const kind = format ?? formatOfName(outputPath ?? '') ?? fallback;
    return {
      width,
      format: kind,
      path: outputPath === undefined ? named(kind) : () => outputPath,
      ...withQuality(quality, data),
    };
  });
}

/** The formats that a job will write for a source of this format. */
export function wantedFormats(data: ImageJobData, source: Format): Format[] {
  if (!isSet(data)) return [askedFormat(data) ?? source];
  return askedOf(data, '', source).map(({ format }) => format);
}

/** The files of a job for a picture of this size. Pictures are not enlarged for a set, so equal files are made once. */
export function wantedFiles(data: ImageJobData, jobId: string, source: Format, size: Size): WantedFile[] {
  if (!isSet(data)) {
    const format = askedFormat(data) ?? source;
    const outputPath = data.outputPath ?? generatedPath(data, jobId, format);
    return [{ outputPath, format, width: size.width, height: size.height, ...optimized(data) }];
  }
  const files = new Map<string, WantedFile>();
  for (const { width, path, ...rest } of askedOf(data, jobId, source)) {
    const made = width === undefined ? size : targetOf(size, { type: 'resize', width });
    const outputPath = path(made.width);
    const file = { outputPath, width: made.width, height: made.height, ...rest };
    if (!files.has(outputPath)) files.set(outputPath, file);
  }
  return [...files.values()];
}
