// Batches and graphs: jobs that belong together, or follow each other.
import type { BatchInfo } from './contract/batches.ts';
import type { AddJobOptions, AddOptions, Job, JobTypes, NewJob } from './job.ts';
import type { Known } from './spelling.ts';

type TypeName = Known<JobTypes>;
/** A job that a batch adds: a type, or a type with options. */
export type Callback = TypeName | ({ type: TypeName } & Omit<AddJobOptions, 'after' | 'onFailed' | 'idempotencyKey'>);

/** The data of a callback. */
export interface BatchEnd<D = unknown> {
  /** Its id. */
  batch: string;
  name: string;
  data: D;
  /** How many jobs it has, and how they ended. */
  counts: BatchInfo['counts'];
}

/** A batch to be added. */
export interface NewBatch {
  /** Shown with it; 1 to 190 characters. */
  name: string;
  /** Handed to the callbacks; as large as the data of a job. */
  data?: unknown;
  /** Added once, when all jobs have ended. Its data is a `BatchEnd`, as of the other two. */
  onEnd?: Callback;
  /** Added once, when all jobs have completed; also if some did only after a retry. */
  onSuccess?: Callback;
  /** Added once, at the first job that failed for good. */
  onFailure?: Callback;
  /** More jobs follow, until `close()`: it does not end before. By default it is closed at once. */
  open?: boolean;
  /** `closed`: its jobs wait until it is closed. By default they run as they are added. */
  start?: 'closed';
}

/** A batch, with what was known of it when it was read; `getBatch()` reads it again. */
export interface Batch extends Readonly<BatchInfo> {
  /** Adds at most 10,000 jobs, all or none. Throws `INVALID_STATE` if it is closed, and what `addJobs()` throws. */
  add(jobs: readonly NewJob[], options?: AddOptions): Promise<Job[]>;
  /** The same for a graph of at most 1,000; `after` may also name ids of jobs that were added before. */
  addGraph<N extends string>(jobs: { readonly [K in N]: GraphJob }, options?: AddOptions): Promise<Record<N, Job>>;
  /** No more jobs will be added. */
  close(): Promise<void>;
  /** Closes it and cancels all jobs that have not ended, some hundreds at a time; resolves once that is stored, and goes on. */
  cancel(): Promise<void>;
  /** Queues its failed jobs again, one after the other; resolves once that is stored, and goes on. Jobs that cannot run now are left out. */
  retryFailed(): Promise<void>;
}

/** A job of a graph. */
export interface GraphJob extends Omit<NewJob, 'after'> {
  /** Names of other jobs of the graph that run before it, or ids of jobs that are there already. */
  after?: readonly string[];
}
