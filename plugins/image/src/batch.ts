// The same work for many pictures, such as new sizes for a whole library: a batch of `image_process` jobs, each added exactly once.
import { type Block, block, fillBatch, type Job, type JobsApi, type Processor } from '@phraseworks/sdk';
import { z } from 'zod';
import { fetchableUrl } from './address-guard.ts';
import type { Limits } from './config.ts';
import { imageJobShape } from './data.ts';

/** As many as fit into the data of a job. */
const MOST = 5_000;

/** The data of a batch within the limits of the configuration. */
export const imageBatchData = (limits: Pick<Limits, 'maxSide' | 'maxOutputs'>) =>
  z.strictObject({
    name: z.string().min(1).max(190).describe('Of the batch, such as New sizes for all posts.'),
    sources: z
      .array(z.string().min(1).max(1_024))
      .min(1)
      .max(MOST)
      .describe(`URLs of pictures, or paths inside the folders of the setting sources; at most ${MOST}.`),
    work: imageJobShape(limits)
      .pick({ operations: true, responsive: true, placeholder: true, animated: true })
      .describe('What is done to each of them. Their files are named after them.'),
  });

export interface ImageBatchResult {
  /** The id of the batch. */
  batch: string;
  pictures: number;
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    image_batch: { data: ReturnType<typeof imageBatchData>; result: ImageBatchResult };
  }
}

export const imageBatchProcessor =
  (batches: Pick<JobsApi, 'addBatch' | 'getBatch'>): Processor<'image_batch'> =>
  async ({ name, sources, work }, _id, _attempt, job) => {
    const pictures = [...new Set(sources)].map((source) => ({
      type: 'image_process',
      data: { ...work, ...(fetchableUrl(source) ? { sourceUrl: source } : { source }) },
      priority: 'low' as const,
    }));
    return {
      success: true,
      result: { batch: await fillBatch(job, batches, { name }, pictures), pictures: pictures.length },
    };
  };

export const batchSummary = ({ name, sources }: { name: string; sources: readonly string[] }): string =>
  `${name}: ${sources.length} pictures`;

export const batchView = ({ result }: Job<'image_batch'>): Block[] =>
  result ? [block.stat('Pictures', result.pictures), block.link('How far it is', `/batch/${result.batch}`)] : [];
