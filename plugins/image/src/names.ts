// Names of pictures: of the source, of results that the job does not name, and the line in lists.
import type { ImageJobData } from './data.ts';
import type { Format } from './formats.ts';
import { EXTENSION, formatOfName } from './formats.ts';

const MAX_SLUG = 60;
const MAX_SHOWN = 60;

/** The last part of the source's path, as the caller wrote it; may be empty. */
function sourceName(data: ImageJobData): string {
  let path = data.file?.name ?? data.source ?? '';
  if (data.sourceUrl !== undefined && URL.canParse(data.sourceUrl)) path = new URL(data.sourceUrl).pathname;
  return path.split(/[/\\]/).at(-1) ?? '';
}

/** `/processed/holiday-photo-<job id>.webp`, in a set `...-<job id>-320.webp`. The job id separates two jobs with the same source. */
export function generatedPath(data: ImageJobData, jobId: string, format: Format, width?: number): string {
  const stem = sourceName(data).replace(/\.[A-Za-z0-9]{1,5}$/, '');
  const slug = stem.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const size = width === undefined ? '' : `-${width}`;
  return `/processed/${slug.slice(0, MAX_SLUG) || 'image'}-${jobId}${size}.${EXTENSION[format]}`;
}

/** The format of the last format operation, else that of outputPath's extension, else null. */
export function askedFormat(data: ImageJobData): Format | null {
  const format = (data.operations ?? []).findLast((operation) => operation.type === 'format')?.format;
  return format ?? formatOfName(data.outputPath ?? '');
}

/** The files of a set: `5 widths avif webp`. */
function setOf({ responsive, outputs }: ImageJobData): string | null {
  if (responsive) {
    const { length } = responsive.widths;
    return [`${length} width${length === 1 ? '' : 's'}`, ...(responsive.formats ?? [])].join(' ');
  }
  return outputs ? `${outputs.length} file${outputs.length === 1 ? '' : 's'}` : null;
}

/** `photo.jpg -> webp`, `photo.jpg -> 5 widths avif webp`. */
export function summary(data: ImageJobData): string {
  const shown =
    sourceName(data)
      .replace(/[^\x20-\x7e\u00a0-\uffff]/g, '')
      .slice(0, MAX_SHOWN) || 'image';
  return `${shown} -> ${setOf(data) ?? askedFormat(data) ?? formatOfName(shown) ?? 'same format'}`;
}
