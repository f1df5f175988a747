// Batches of jobs.
import type { Who } from '../access.ts';
import type { BatchInfo, BatchPage } from '../contract/batches.ts';
import type { JobPage } from '../job.ts';
import { token } from '../token.ts';

/**
 * A service of the core: `needs: { batches: Batches }`. Reading needs `view`; a caller with `where` sees the batches whose plugin and data it
 * covers, and of their jobs its own. The rest needs `operate` for all jobs. Methods with an id throw `NOT_FOUND`.
 */
export interface Batches {
  /** Newest first; `limit`: 50 by default, 200 at most. */
  list(who: Who, page?: { limit?: number; cursor?: string }): Promise<BatchPage>;
  get(who: Who, id: string): Promise<BatchInfo>;
  /** Its jobs in the order of adding, without large data, 50 by default; `status`: only those that ended like this, or, `open`, have not ended. */
  jobs(
    who: Who,
    id: string,
    filter?: { status?: 'open' | 'completed' | 'failed' | 'cancelled'; limit?: number; cursor?: string },
  ): Promise<JobPage>;
  /** Closes it and cancels all jobs that have not ended, in passes that go on after the answer. */
  cancel(who: Who, id: string): Promise<BatchInfo>;
  /** Queues its failed jobs again, in passes that go on after the answer. */
  retry(who: Who, id: string): Promise<BatchInfo>;
}
export const Batches = token<Batches>('core/batches');
