// Results in a bucket: each file is uploaded once per job, whatever becomes of the attempt that did it.
import { createHash } from 'node:crypto';
import { isStorageError } from '@phraseworks/sdk';
import type { Limits, S3Target } from './config.ts';
import { ImageFailure } from './failure.ts';
import { contentType } from './formats.ts';
import { plainKey } from './output-path.ts';
import type { Target, TargetTools } from './target.ts';

/** Keys are in the same table as the files of the folder. */
export const BUCKET_MARK = 's3:';
const MAX_RECEIPT = 180;

/** The name of a receipt has less room than a path. */
const receiptOf = (key: string) =>
  `s3/${key.length <= MAX_RECEIPT ? key : createHash('sha256').update(key).digest('hex')}`;

const CODES = {
  REFUSED: 'TARGET_REFUSED',
  UNAVAILABLE: 'TARGET_UNAVAILABLE',
  CHANGED: 'TARGET_UNAVAILABLE',
  MISSING_LIBRARY: 'LIBRARY_MISSING',
} as const;

/** Files are uploaded one after the other: when a later one is refused, the earlier ones stay and are this job's own. */
export function bucketTarget(s3: S3Target, { time }: Limits, { outputs, clock, storage }: TargetTools): Target {
  const bucket = storage.bucket(s3);

  /** Gives up what takes longer than `limits.time`. */
  async function ask<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const stop = clock.after(time, () =>
      late.abort(new ImageFailure('TARGET_UNAVAILABLE', `the server of config.s3 took longer than ${time} ms`)),
    );
    try {
      return await work(AbortSignal.any([outer, late.signal]));
    } catch (error) {
      if (!isStorageError(error)) throw error;
      throw new ImageFailure(CODES[error.code], `${error.message} (config.s3)`, { cause: error });
    } finally {
      stop();
    }
  }

  const exists = (key: string, outer: AbortSignal): Promise<boolean> =>
    ask(outer, async (signal) => (await bucket.size(key, signal)) !== null);

  return {
    async check(outputPath, { overwrite }, job) {
      const key = plainKey(outputPath);
      const path = `${BUCKET_MARK}${key}`;
      await outputs.check({ path, jobId: job.id, overwrite, exists: await exists(key, job.signal), now: clock.now() });
    },
    async keep(files, { overwrite }, job) {
      for (const { outputPath, bytes, facts } of files) {
        const key = plainKey(outputPath);
        await job.once(receiptOf(key), async () => {
          const row = { ...facts, path: `${BUCKET_MARK}${key}` };
          const held = await outputs.claim(row, { overwrite, exists: await exists(key, job.signal) });
          try {
            const type = contentType(facts.format);
            await ask(job.signal, (signal) => bucket.put(key, bytes, { bytes: bytes.byteLength, type, signal }));
          } catch (error) {
            await outputs.release(row, held);
            throw error;
          }
          return { bytes: bytes.byteLength };
        });
      }
    },
  };
}
