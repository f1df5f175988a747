// A batch that a job adds, for as many jobs as there are.
import type { NewBatch } from './batch.ts';
import { JobsError, snooze } from './errors.ts';
import type { NewJob } from './job.ts';
import type { JobsApi } from './jobs-api.ts';
import type { RunningJob } from './processor.ts';

/** Jobs per transaction: few enough that others hardly wait for it. */
const PIECE = 200;
/** Milliseconds until a full queue is tried again. */
const AGAIN = 5_000;

/**
 * Adds a batch from within a processor, each job exactly once whatever happens to processes: in pieces, as the queue has room, with a
 * receipt of the running `job` for each. Closes the batch and resolves with its id. If the queue is full, it throws a snooze, so let that
 * pass a `catch`: the job runs again and goes on where it was. `jobs` must be the same in each attempt. Throws what `addBatch()` throws.
 */
export async function fillBatch(
  job: Pick<RunningJob, 'once' | 'transaction'>,
  { addBatch, getBatch }: Pick<JobsApi, 'addBatch' | 'getBatch'>,
  batch: NewBatch,
  jobs: readonly NewJob[],
): Promise<string> {
  /** The receipt and what it is for are one commit. */
  const once = <T>(key: string, work: () => Promise<T>) => job.transaction(() => job.once(key, work));
  const id = String(await once('batch', async () => (await addBatch({ ...batch, open: true })).id));
  for (let from = 0; from < jobs.length; from += PIECE)
    await once(`batch: jobs from ${from}`, async () => {
      await (await getBatch(id))?.add(jobs.slice(from, from + PIECE));
    }).catch((error: unknown) => {
      throw error instanceof JobsError && error.code === 'QUEUE_FULL' ? snooze(AGAIN, 'the queue is full') : error;
    });
  await (await getBatch(id))?.close();
  return id;
}
