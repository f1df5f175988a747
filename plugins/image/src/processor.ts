// One image job, step by step: read the source, apply the operations, store the files.
import { stat } from 'node:fs/promises';
import type { JobResult, Processor, Progress, RunningJob } from '@phraseworks/sdk';
import type { ImageJobData, ImageResult } from './data.ts';
import { ImageFailure } from './failure.ts';
import { plainKey } from './output-path.ts';
import type { Pool } from './pool.ts';
import { answer, fileOf } from './result.ts';
import type { SourceTools } from './source.ts';
import { originalOf, readMark, readSource } from './source.ts';
import { Target, type TargetTools, type Terms } from './target.ts';
import { isSet } from './wanted.ts';

export type ImageTools = SourceTools & TargetTools & { pool: Pool };

// The progress in percent once the source is read and once the files are made.
const READ = 40;
const MADE = 95;

interface Prepared {
  tools: ImageTools;
  target: Target;
}

function readingProgress(job: RunningJob) {
  let last = -1;
  return async (processed: number, total: number | null) => {
    const percentage = !total ? 0 : Math.min(READ, Math.floor((READ * processed) / total));
    if (percentage === last) return;
    last = percentage;
    const more = total === null ? { processed } : { processed, total };
    await job.progress({ percentage, message: 'reading the source', ...more });
  };
}

/** The results with which an earlier attempt already replaced the source: a second pass would only lose quality. */
async function replacedBefore(data: ImageJobData, jobId: string, original: string | null, tools: ImageTools) {
  if (original === null || data.outputPath === undefined) return null;
  const row = await tools.outputs.find(plainKey(data.outputPath));
  if (row?.job_id !== jobId) return null;
  const { size } = await stat(original);
  return size === row.bytes ? row : null;
}

async function run(data: ImageJobData, job: RunningJob, { tools, target }: Prepared): Promise<ImageResult> {
  const { config, clock } = tools;
  // Sources are files on this machine, so nothing in a bucket can be the original.
  const replaces = data.overwrite === 'original' && !tools.files.isRemote;
  const original = replaces ? await originalOf(data.source, config) : null;
  const terms: Terms = { overwrite: data.overwrite === true, original };
  const done = await replacedBefore(data, job.id, original, tools);
  if (done) return fileOf({ ...done, outputPath: data.outputPath ?? '', frames: 1 }, config);
  const named = [data.outputPath, ...(data.outputs ?? []).map(({ outputPath }) => outputPath)];
  for (const path of named) if (path !== undefined) await target.check(path, terms, job);

  const source = await readSource(data, tools, job.signal, readingProgress(job));
  const host = {
    signal: job.signal,
    readMark: readMark(tools, job.signal),
    progress: async ({ percentage, ...more }: Progress) =>
      job.progress({ ...more, percentage: Math.round(READ + ((MADE - READ) * percentage) / 100) }),
  };
  const made = await tools.pool.render({ jobId: job.id, data, source }, host);
  await job.progress({ percentage: MADE, message: 'saving' });
  // A set has one source: count it with the largest file, so that sums are right and not flattering.
  const [largest] = [...made.files].sort((a, b) => b.bytes.length - a.bytes.length);
  const ready = made.files.map((file) => {
    const { outputPath, bytes, width, height, format } = file;
    const size = { bytes: bytes.length, source_bytes: file === largest ? source.length : 0 };
    return { outputPath, bytes, facts: { job_id: job.id, ...size, width, height, format, made_at: clock.now() } };
  });
  await target.keep(ready, terms, job);
  await job.progress({ percentage: 100, message: 'saved' });
  const files = made.files.map((file) => fileOf({ ...file, bytes: file.bytes.length }, config));
  return answer(files, isSet(data), made.placeholder);
}

/** The processor of `image_process`. Returns failures with a code; throws all others, which are retried. */
export function imageProcessor(tools: ImageTools): Processor<'image_process'> {
  const prepared = { tools, target: new Target(tools.config.limits, tools) };
  return async (data, _jobId, _attempt, job): Promise<JobResult<ImageResult>> => {
    try {
      const result = await run(data, job, prepared);
      const { width, height, format, files } = result;
      return { success: true, result, message: files ? `${files.length} files` : `${width}x${height} ${format}` };
    } catch (error) {
      if (!(error instanceof ImageFailure)) throw error;
      const { code, message, retryable, retryDelay } = error;
      // The job keeps only the text, so the text starts with the code.
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
