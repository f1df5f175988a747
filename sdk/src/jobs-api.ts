// The functions of jobs: one interface for module functions, a plugin's context and the host's instance.
import type { Batch, GraphJob, NewBatch } from './batch.ts';
import type { HistoryEntry, QueueMetrics } from './contract/jobs.ts';
import type { BulkRequest, Content, Progress, ScheduleOptions } from './contract/requests.ts';
import type { ScheduledJob } from './contract/site.ts';
import type { Dispose } from './hooks.ts';
import type { AddJobOptions, AddOptions, Job, JobTypes, NewJob } from './job.ts';
import type {
  AddedData,
  AddedJob,
  AnyJob,
  JobDefinition,
  Lazy,
  Processor,
  ProcessorOptions,
  RunAny,
  Schemas,
  TypeOptions,
} from './processor.ts';
import type { AnySchema, InputOf, OutputOf } from './schema.ts';
import type { Known, Named, Spelt } from './spelling.ts';

/** Both forms: with the job as `jobData`, or beside the schedule. Without `name`, the name is the type. `schedule` has 5 or 6 fields (seconds first). */
export type Schedule<T extends string = string> = ScheduleOf<NewJob<T>>;
type ScheduleOf<J> =
  | ({ name: string; schedule: string; jobData: J } & ScheduleOptions)
  | ({ name?: string; schedule: string } & ScheduleOptions & J);
/** A job whose type is checked for misspelling. */
type SpeltJob<T extends string> = NewJob<T> & { type: Spelt<T, JobTypes> };

// biome-ignore lint/suspicious/noExplicitAny: the data of an undeclared type can be anything
type Anything = any;
type Undeclared<T extends string> = T extends keyof JobTypes ? never : T;

/** The functions of jobs: imported from the SDK, of a plugin's `ctx`, and of what `createJobs()` returns. */
export interface JobsApi {
  /**
   * Registers the processor of a type. A type has one owner: a second registration throws and names the first.
   * The returned function undoes it: jobs that run get their signal and return to the queue without using up an attempt.
   */
  registerProcessor(job: AnyJob): Dispose;
  registerProcessor<const T extends string>(
    type: Undeclared<T>,
    processor: RunAny<Anything> | Lazy<RunAny<Anything>>,
    options?: TypeOptions<T, Anything, Anything> & { data?: undefined },
  ): Dispose;
  registerProcessor<const T extends string, S extends AnySchema>(
    type: Undeclared<T>,
    processor: RunAny<OutputOf<NoInfer<S>>> | Lazy<RunAny<OutputOf<NoInfer<S>>>>,
    options: TypeOptions<T, InputOf<NoInfer<S>>, unknown> & { data: S },
  ): Dispose;
  registerProcessor<const T extends keyof JobTypes & string>(
    type: T,
    processor: Processor<T> | Lazy<Processor<T>>,
    options?: ProcessorOptions<T>,
  ): Dispose;
  /** Resolves after a durable commit. Throws `JobsError`: `INVALID_DATA`, `QUEUE_FULL`, `IDEMPOTENCY_CONFLICT`, `DUPLICATE_JOB`, `VETOED`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE`. */
  addJob<const T extends Known<JobTypes>>(job: SpeltJob<T>, options?: AddOptions): Promise<Job<T>>;
  /** The same for a type defined with `defineJob()`. */
  add<T extends string, S extends Schemas, RS extends Schemas>(
    job: JobDefinition<T, S, RS>,
    data: NoInfer<AddedData<S>>,
    options?: AddJobOptions & AddOptions,
  ): Promise<AddedJob<T, S, RS>>;
  /** All or none, in one transaction; the error lists every invalid element by index. */
  addJobs<const T extends readonly string[]>(
    jobs: readonly [...{ [I in keyof T]: SpeltJob<T[I]> }],
    options?: AddOptions,
  ): Promise<{ -readonly [I in keyof T]: Job<T[I]> }>;
  /**
   * Adds jobs that follow each other, by names of your own, in one transaction: `after` names others of them. At most 1,000; more are a batch
   * with `start: 'closed'`. Throws `INVALID_DATA` for a circle, and what `addJobs()` throws.
   */
  addGraph<N extends string>(jobs: { readonly [K in N]: GraphJob }, options?: AddOptions): Promise<Record<N, Job>>;
  /**
   * Adds jobs that belong together, at most 10,000 at once, and tells by jobs of their own when they have ended. Throws what `addJobs()`
   * throws, and `INVALID_DATA` for callbacks that could not be added.
   */
  addBatch(batch: NewBatch, jobs?: readonly NewJob[], options?: AddOptions): Promise<Batch>;
  /** The batch, to fill, close, cancel or retry it; null if it does not exist. */
  getBatch(batchId: string): Promise<Batch | null>;
  /** The job, or null if it does not exist. `getJobStatus<'email'>(id)` types its data and result; `defineJob()`'s `is(job)` also checks the type. */
  getJobStatus<T extends Named<T, JobTypes> = string>(jobId: string): Promise<Job<T> | null>;
  /** Oldest first, at most the newest 2,000 attempts and other steps; empty if the job does not exist. */
  getJobHistory(jobId: string): Promise<HistoryEntry[]>;
  /** Cancels a pending, parked, blocked or running job. False if it has finished or does not exist. */
  cancelJob(jobId: string): Promise<boolean>;
  /**
   * Deletes all jobs that match, with their files, logs and history, and returns how many: those that have ended, or those of `status`. Jobs
   * that run are left out. `{ type: 'mail', endedTo: Date.now() - 86_400_000 }`. Throws `JobsError` `INVALID_DATA`, also for an empty filter.
   */
  deleteJobs(filter: BulkRequest['filter']): Promise<number>;
  /**
   * Cancels all jobs about this content, those that wait and those that run, and returns how many: `cancelAbout({ kind: 'post', id: 17 }, { trx })`
   * in the transaction that deletes the post. With its commit they are cancelled, and the signals of those that run fire; if it is rolled back,
   * nothing has happened. Jobs about it that are added later run. Without a transaction, in as many as needed. Throws `JobsError` `INVALID_DATA`.
   */
  cancelAbout(content: Content, options?: AddOptions): Promise<number>;
  /**
   * Sends the signal that `job.waitFor(key)` waits for, or will: it is kept until then. `data`: JSON, at most 64 kB, but not null; `true` by
   * default. With `{ trx }`, it is sent with the commit of that transaction. Throws `JobsError`: `JOB_NOT_FOUND`; `INVALID_STATE` if the job has
   * ended, or has had the signal or the end of its time; `INVALID_DATA` if the data does not fit the schema of the wait.
   */
  signalJob(jobId: string, key: string, data?: unknown, options?: AddOptions): Promise<void>;
  /** Progress of a running job, as `job.progress()` reports it from inside. */
  updateJobProgress(jobId: string, progress: Progress): Promise<void>;
  /** Stores figures with the job; objects are merged key by key. */
  recordJobMetrics(jobId: string, metrics: Record<string, unknown>): Promise<void>;
  /** Jobs by state, overall and by type, and their average time. */
  getQueueMetrics(): Promise<QueueMetrics>;
  /** Logs the error with its context, also in the job's log, and fires the action `error`. Never throws. */
  handleError(
    error: unknown,
    context?: string,
    options?: { silent?: boolean; additionalData?: Record<string, unknown> },
  ): Promise<void>;
  /** Saves a schedule by name, or changes it. Throws `INVALID_DATA` if its pattern is invalid or never fires. */
  scheduleJob<const T extends Known<JobTypes>>(schedule: ScheduleOf<SpeltJob<T>>): Promise<ScheduledJob>;
  /** False if there is no such schedule. */
  unscheduleJob(name: string): Promise<boolean>;
}
