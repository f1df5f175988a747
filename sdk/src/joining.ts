// Rows of a plugin that are stored with a job, in the transaction of the job.
import type { Kysely } from 'kysely';
import type { NewJob } from './job.ts';

/** Takes part in additions of single jobs, of every owner: `ctx.joinAdditions()`. */
export interface AdditionJoiner {
  /** Asked for every job that is added, so it must be quick. */
  wants(job: NewJob): boolean;
  /** Gets the jobs it asked for, before they are checked. What it throws refuses the job. */
  join(job: NewJob): Promise<JoinedAddition>;
}

export interface JoinedAddition {
  /** The job to check and store. */
  job: NewJob;
  /**
   * Writes rows in the transaction that stores the job: they are committed and rolled back with it. Not called if a job with the same
   * `idempotencyKey` exists. `db` takes statements on the plugin's tables. What it throws refuses the job.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each plugin has tables of its own
  store(db: Kysely<any>, jobId: string): Promise<void>;
  /**
   * What became of the job; undo what `join()` did outside the database if it was refused. Not called while that is unknown: the database
   * became unavailable, or a transaction of the caller has stored the job and is still open. Look for such remains from time to time.
   */
  ended(isStored: boolean): Promise<void>;
}
