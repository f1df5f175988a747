// One image job, step by step: read the source, apply the operations in order, write the file.
import { join } from 'node:path';
import type { JobResult, Processor, RunningJob } from '@phraseworks/sdk';
import type { Limits } from './config.ts';
import type { ImageJobData, ImageResult, Operation } from './data.ts';
import { ImageFailure } from './failure.ts';
import { askedFormat, generatedPath } from './names.ts';
import { plainKey } from './output-path.ts';
import type { Outputs } from './outputs.ts';
import type { Head, Picture } from './pipeline.ts';
import { readHead, resized, written } from './pipeline.ts';
import type { Size } from './plan.ts';
import { checkResult, checkSource, targetOf } from './plan.ts';
import { exists, save } from './save.ts';
import type { SourceTools } from './source.ts';
import { readSource } from './source.ts';

export interface ImageTools extends SourceTools {
  outputs: Outputs;
}

// Per cent of the whole at which a part ends.
const READ = 40;
const APPLIED = 80;
const WRITTEN = 95;
const DEFAULT_QUALITY = 80;

const WORDS: Record<Operation['type'], string> = { resize: 'resizing', optimize: 'optimizing', format: 'converting' };

function readingProgress(job: RunningJob) {
  let last = -1;
  return async (processed: number, total: number | null) => {
    const percentage = total === null ? 0 : Math.min(READ, Math.floor((READ * processed) / total));
    if (percentage === last) return;
    last = percentage;
    const more = total === null ? { processed } : { processed, total };
    await job.progress({ percentage, message: 'reading the source', ...more });
  };
}

/** A path that is taken is refused before any work; `save` decides for good. */
async function refuseTaken(outputPath: string, data: ImageJobData, jobId: string, tools: ImageTools): Promise<void> {
  const path = plainKey(outputPath);
  await tools.outputs.check({
    path,
    jobId,
    overwrite: data.overwrite ?? false,
    exists: await exists(join(tools.config.root, path)),
    now: tools.clock.now(),
  });
}

interface Applied {
  picture: Picture;
  size: Size;
  quality: number | undefined;
}

/** Each resize works on the outcome of the one before; the last quality counts. */
async function apply(
  source: Buffer,
  head: Head,
  data: ImageJobData,
  job: RunningJob,
  limits: Limits,
): Promise<Applied> {
  const done: Applied = { picture: source, size: head, quality: undefined };
  for (const [index, operation] of data.operations.entries()) {
    job.signal.throwIfAborted();
    const percentage = Math.round(READ + ((APPLIED - READ) * index) / data.operations.length);
    await job.progress({ percentage, message: WORDS[operation.type] });
    if (operation.type === 'optimize') done.quality = operation.quality ?? DEFAULT_QUALITY;
    if (operation.type !== 'resize') continue;
    const target = targetOf(done.size, operation);
    checkResult(target, limits);
    const pixels = await resized(done.picture, target, limits, job.signal);
    done.picture = pixels;
    done.size = pixels;
  }
  checkResult(done.size, limits);
  return done;
}

async function run(data: ImageJobData, jobId: string, job: RunningJob, tools: ImageTools): Promise<ImageResult> {
  const { config, clock, outputs } = tools;
  const { limits, root } = config;
  if (data.outputPath !== undefined) await refuseTaken(data.outputPath, data, jobId, tools);
  const source = await readSource(data, tools, job.signal, readingProgress(job));
  const head = await readHead(source, limits, job.signal);
  checkSource(head, limits);
  const format = askedFormat(data) ?? (head.format === 'gif' ? 'png' : head.format);
  const { picture, quality } = await apply(source, head, data, job, limits);
  await job.progress({ percentage: APPLIED, message: `writing ${format}` });
  const { bytes, width, height } = await written(picture, format, quality, limits, job.signal);
  await job.progress({ percentage: WRITTEN, message: 'saving' });
  const outputPath = data.outputPath ?? generatedPath(data, jobId, format);
  const facts = { job_id: jobId, bytes: bytes.length, source_bytes: source.length, width, height, format };
  const terms = { root, outputPath, overwrite: data.overwrite ?? false, outputs, signal: job.signal };
  await save(bytes, { ...facts, made_at: clock.now() }, terms);
  await job.progress({ percentage: 100, message: 'saved' });
  return { outputPath, fileSize: bytes.length, width, height, format };
}

/** The processor of `image_process`. Failures with a code are answered, all others are thrown and may be retried. */
export function imageProcessor(tools: ImageTools): Processor<'image_process'> {
  return async (data, jobId, _attempt, job): Promise<JobResult<ImageResult>> => {
    try {
      const result = await run(data, jobId, job, tools);
      return { success: true, result, message: `${result.width}x${result.height} ${result.format}` };
    } catch (error) {
      if (!(error instanceof ImageFailure)) throw error;
      const { code, message, retryable, retryDelay } = error;
      // The code stands in the text, too: that is what the job keeps.
      return {
        success: false,
        error: `${code}: ${message}`,
        code,
        retryable,
        ...(retryDelay === undefined ? {} : { retryDelay }),
      };
    }
  };
}
