// From the bytes of a source to the files of a job: one decode, the operations in order, then each width and format.
import type { Progress } from '@phraseworks/sdk';
import { checkBudget } from './budget.ts';
import type { ImageJobData } from './data.ts';
import { ImageFailure } from './failure.ts';
import { MOVING } from './formats.ts';
import { readHead } from './head.ts';
import type { Keepable, Operation } from './operations.ts';
import type { Picture, Work } from './pipeline.ts';
import { STEPS, sized } from './steps.ts';
import type { WantedFile } from './wanted.ts';
import { wantedFiles, wantedFormats } from './wanted.ts';
import type { ReadMark } from './watermark.ts';
import { watermarked } from './watermark.ts';
import type { Extras, Written } from './written.ts';
import { placeholder, written } from './written.ts';

export interface RenderTools {
  jobId: string;
  font: string | undefined;
  work: Work;
  progress(progress: Progress): Promise<void>;
  readMark: ReadMark;
}

export interface RenderedFile extends Written {
  outputPath: string;
}

export interface Rendered {
  files: RenderedFile[];
  placeholder: string | null;
}

/** Per cent of this part of a job at which the operations are done and the files are written. */
const APPLIED = 70;

const WORDS: Record<Operation['type'], string> = {
  resize: 'resizing',
  crop: 'cropping',
  rotate: 'rotating',
  flip: 'flipping',
  blur: 'blurring',
  grayscale: 'taking the colours out',
  watermark: 'adding the watermark',
  strip: 'leaving metadata behind',
  optimize: 'optimizing',
  format: 'converting',
};

/** Without `strip` the colour profile stays, and nothing else; with it what it names. */
function kept(operations: readonly Operation[]): readonly Keepable[] {
  const strip = operations.findLast((one) => one.type === 'strip');
  return strip ? (strip.keep ?? []) : ['profile'];
}

function applied(picture: Picture, operation: Operation, tools: RenderTools): Picture | Promise<Picture> {
  const { work, font, readMark } = tools;
  switch (operation.type) {
    case 'resize':
      return STEPS.resize(picture, operation, work);
    case 'crop':
      return STEPS.crop(picture, operation, work);
    case 'rotate':
      return STEPS.rotate(picture, operation, work);
    case 'flip':
      return STEPS.flip(picture, operation, work);
    case 'blur':
      return STEPS.blur(picture, operation, work);
    case 'grayscale':
      return STEPS.grayscale(picture, operation, work);
    case 'watermark':
      return watermarked(picture, operation, readMark, font, work);
    // These say how files are written.
    case 'strip':
    case 'optimize':
    case 'format':
      return picture;
  }
}

/** Each operation works on the outcome of the one before. */
async function applyAll(source: Picture, operations: readonly Operation[], tools: RenderTools): Promise<Picture> {
  let picture = source;
  for (const [index, operation] of operations.entries()) {
    const percentage = (APPLIED * index) / operations.length;
    await tools.progress({ percentage, message: WORDS[operation.type] });
    picture = await applied(picture, operation, tools);
  }
  return picture;
}

/** The formats of one width, each when a core is free. */
async function ofOneWidth(
  base: Picture,
  files: readonly WantedFile[],
  extras: Extras,
  work: Work,
): Promise<RenderedFile[]> {
  const { width, height } = files[0] ?? base;
  const picture = base.width === width ? base : await sized(base, { width, height, fit: 'fill' }, work);
  const all = files.map(async (file) => ({
    ...(await written(picture, file.format, file, extras, work)),
    outputPath: file.outputPath,
  }));
  return Promise.all(all);
}

/** Width after width, the widest first, so that few pictures are in memory at the same time. In the order of `wanted`. */
async function writeAll(
  picture: Picture,
  wanted: readonly WantedFile[],
  extras: Extras,
  tools: RenderTools,
): Promise<RenderedFile[]> {
  const { work } = tools;
  const { maxOutputBytes } = work.limits;
  const widths = [...new Set(wanted.map(({ width }) => width))].sort((a, b) => b - a);
  const made = new Map<string, RenderedFile>();
  let base = picture;
  let bytes = 0;
  for (const [index, width] of widths.entries()) {
    const files = wanted.filter((file) => file.width === width);
    const percentage = APPLIED + ((100 - APPLIED) * index) / widths.length;
    const formats = files.map(({ format }) => format).join(', ');
    await tools.progress({ percentage, message: `writing ${formats}${widths.length > 1 ? ` ${width} wide` : ''}` });
    // Decoded once: from then on every width is made of the widest.
    const { height } = files[0] ?? picture;
    if (index === 0 && wanted.length > 1) base = await sized(picture, { width, height, fit: 'fill' }, work);
    for (const file of await ofOneWidth(base, files, extras, work)) {
      bytes += file.bytes.length;
      made.set(file.outputPath, file);
    }
    if (bytes > maxOutputBytes) {
      throw new ImageFailure(
        'OUTPUT_TOO_LARGE',
        `the files would be larger than config.limits.maxOutputBytes (${maxOutputBytes} bytes) together`,
      );
    }
  }
  return wanted.flatMap(({ outputPath }) => made.get(outputPath) ?? []);
}

/** Everything of a job but reading its source and keeping its files. Throws `ImageFailure`. */
export async function rendered(source: Buffer, data: ImageJobData, tools: RenderTools): Promise<Rendered> {
  const { work } = tools;
  const operations = data.operations ?? [];
  const head = await readHead(source, work);
  const moves = data.animated !== false && wantedFormats(data, head.format).some((format) => MOVING.has(format));
  const frames = moves ? head.frames : 1;
  checkBudget({ ...head, frames }, data, work.limits);
  const keep = kept(operations);
  const profiled = head.profiled && keep.includes('profile');
  const { width, height, alpha } = head;
  const start: Picture = { data: source, width, height, alpha, frames, profiled, channels: null };
  const picture = await applyAll(start, operations, tools);
  const wanted = wantedFiles(data, tools.jobId, head.format, picture);
  const extras = { exif: head.exif, keep, delay: head.delay, loop: head.loop };
  const files = await writeAll(picture, wanted, extras, tools);
  return { files, placeholder: data.placeholder ? await placeholder(picture, work) : null };
}
