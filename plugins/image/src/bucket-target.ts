// Results in a bucket: each file is uploaded once per job, whatever becomes of the attempt that did it.
import { createHash } from 'node:crypto';
import { bucketOf } from './bucket.ts';
import type { Limits, S3Target } from './config.ts';
import { contentType } from './formats.ts';
import { plainKey } from './output-path.ts';
import type { Target, TargetTools } from './target.ts';

/** Keys are in the same table as the files of the folder. */
export const BUCKET_MARK = 's3:';
const MAX_RECEIPT = 180;

/** The name of a receipt has less room than a path. */
const receiptOf = (key: string) =>
  `s3/${key.length <= MAX_RECEIPT ? key : createHash('sha256').update(key).digest('hex')}`;

/** Files are uploaded one after the other: when a later one is refused, the earlier ones stay and are this job's own. */
export function bucketTarget(s3: S3Target, limits: Limits, { outputs, clock }: TargetTools): Target {
  const bucket = bucketOf(s3, limits.time, clock);
  return {
    async check(outputPath, { overwrite }, job) {
      const key = plainKey(outputPath);
      const path = `${BUCKET_MARK}${key}`;
      const exists = await bucket.has(key, job.signal);
      await outputs.check({ path, jobId: job.id, overwrite, exists, now: clock.now() });
    },
    async keep(files, { overwrite }, job) {
      for (const { outputPath, bytes, facts } of files) {
        const key = plainKey(outputPath);
        await job.once(receiptOf(key), async () => {
          const row = { ...facts, path: `${BUCKET_MARK}${key}` };
          const held = await outputs.claim(row, { overwrite, exists: await bucket.has(key, job.signal) });
          try {
            await bucket.put(key, bytes, contentType(facts.format), job.signal);
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
