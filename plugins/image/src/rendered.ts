// From the bytes of a source to the files of a job: one decode, the operations in order, then each width and format.
import type { Progress } from '@phraseworks/sdk';
import { cropSize, turnedSize } from './box.ts';
import type { Limits } from './config.ts';
import type { ImageJobData } from './data.ts';
import { ImageFailure } from './failure.ts';
import { type Format, MOVING } from './formats.ts';
import { readHead } from './head.ts';
import type { Keepable, Operation } from './operations.ts';
import type { Picture, Work } from './pipeline.ts';
import { checkResult, checkSource, type Size, targetOf } from './plan.ts';
import { withoutTexts } from './png-chunks.ts';
import { applyStep, isStep, sized } from './steps.ts';
import { type WantedFile, wantedFiles, wantedFormats } from './wanted.ts';
import { type ReadMark, watermarked } from './watermark.ts';
import { type Extras, placeholder, type Written, written } from './written.ts';

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

/** The progress in percent once the operations are done and once the files are written. */
const APPLIED = 70;

const WORDS: Record<Operation['type'], string> = {
  resize: 'resizing',
  crop: 'cropping',
  rotate: 'rotating',
  flip: 'flipping',
  blur: 'blurring',
  grayscale: 'converting to greyscale',
  watermark: 'adding the watermark',
  strip: 'removing metadata',
  optimize: 'optimizing',
  format: 'converting',
};

/** Keeps what `strip` names; without `strip`, only the colour profile. */
function kept(operations: readonly Operation[]): readonly Keepable[] {
  const strip = operations.findLast((one) => one.type === 'strip');
  return strip ? (strip.keep ?? []) : ['profile'];
}

async function applied(picture: Picture, operation: Operation, tools: RenderTools): Promise<Picture> {
  const { work, font, readMark } = tools;
  if (operation.type === 'watermark') return watermarked(picture, operation, readMark, font, work);
  // The others say how files are written.
  return isStep(operation) ? applyStep(picture, operation, work) : picture;
}

/** Applies the operations in order. */
async function applyAll(source: Picture, operations: readonly Operation[], tools: RenderTools): Promise<Picture> {
  let picture = source;
  for (const [index, operation] of operations.entries()) {
    const percentage = (APPLIED * index) / operations.length;
    await tools.progress({ percentage, message: WORDS[operation.type] });
    picture = await applied(picture, operation, tools);
  }
  return picture;
}

/** Writes the formats of one width, each once a core is free. */
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

/** Works through the widths, widest first, so that few pictures are in memory at once. Returns the files in the order of `wanted`. */
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
    // Decode once, then make every width from the widest.
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

/** Does everything of a job except reading its source and storing its files. Throws `ImageFailure`. */
export async function rendered(file: Buffer, data: ImageJobData, tools: RenderTools): Promise<Rendered> {
  const { work } = tools;
  const source = withoutTexts(file);
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
  const extras = { credits: head.credits, keep, delay: head.delay, loop: head.loop };
  const files = await writeAll(picture, wanted, extras, tools);
  return { files, placeholder: data.placeholder ? await placeholder(picture, work) : null };
}

/** Reading and writing AVIF takes about four times the memory and time that other formats take. */
const AVIF = 4;

interface Source extends Size {
  format: Format;
  /** Frames that the job reads. */
  frames: number;
}

/** The size after the operations. Throws `ImageFailure` `CROP_OUTSIDE`. */
function sizeAfter(size: Size, operations: readonly Operation[]): Size {
  return operations.reduce((now, operation) => {
    if (operation.type === 'resize') return targetOf(now, operation);
    if (operation.type === 'crop') return cropSize(now, operation);
    return operation.type === 'rotate' ? turnedSize(now, operation.angle) : now;
  }, size);
}

const pixelsOf = ({ width, height, format, frames }: Source): number =>
  width * height * frames * (format === 'avif' ? AVIF : 1);

/** Throws `ImageFailure` if the source, the result, or the job as a whole exceeds the limits. */
function checkBudget(source: Source, data: ImageJobData, limits: Limits): void {
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
