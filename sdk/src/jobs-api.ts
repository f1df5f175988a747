// The specification's functions: one interface, held as module functions, as a plugin's context and as the host's instance.
import type { Dispose } from './hooks.ts';
import type { HistoryEntry, Job, JobTypes, Known, NewJob, Progress, QueueMetrics } from './job.ts';
import type { Lazy, Processor, ProcessorOptions } from './processor.ts';

/** What to do with runs that were missed while no process ran: none, one for all (default), or each, at most `max`. */
export type MissedRuns = 'skip' | 'once' | { all: number };

interface ScheduleOptions {
  /** IANA name; UTC by default. */
  timezone?: string;
  missed?: MissedRuns;
}

/** Both forms of the specification. Without `name`, the name is the type. `schedule` has 5 or 6 fields (seconds first). */
export type Schedule<T extends string = string> =
  | ({ name: string; schedule: string; jobData: NewJob<T> } & ScheduleOptions)
  | ({ name?: string; schedule: string } & ScheduleOptions & NewJob<T>);

export interface ScheduledJob {
  name: string;
  schedule: string;
  timezone: string;
  /** ISO 8601 in UTC. */
  nextRun: string;
}

/** An open transaction of Kysely, whatever its tables: `db.transaction().execute((trx) => ...)`. */
export interface HostTransaction {
  readonly isTransaction: boolean;
  withoutPlugins(): unknown;
}

export interface AddOptions {
  /**
   * The jobs become part of this transaction on the jobs' own database: stored and rolled back with it; workers see them after its commit.
   * A transaction on another database is refused with `INVALID_DATA`.
   */
  trx?: HostTransaction;
}

export interface JobsApi {
  /** Names the processor of a type. A type has one owner: a second registration throws and names the first. */
  registerProcessor<T extends Known<JobTypes>>(
    type: T,
    processor: Processor<T> | Lazy<Processor<T>>,
    options?: ProcessorOptions<T>,
  ): Dispose;
  /** Resolves after a durable commit. Throws `JobsError`: `INVALID_DATA`, `QUEUE_FULL`, `IDEMPOTENCY_CONFLICT`, `VETOED`, `PAYLOAD_TOO_LARGE`, `UNAVAILABLE`. */
  addJob<T extends Known<JobTypes>>(job: NewJob<T>, options?: AddOptions): Promise<Job<T>>;
  /** All or nothing, in one transaction; the error lists every bad element by its index. */
  addJobs(jobs: readonly NewJob[], options?: AddOptions): Promise<Job[]>;
  /** The job, or null when no job has this id. */
  getJobStatus(jobId: string): Promise<Job | null>;
  /** Oldest first, of a long life the newest 2,000 attempts and other steps; empty when there is no such job. */
  getJobHistory(jobId: string): Promise<HistoryEntry[]>;
  /** Cancels a pending, parked or running job. False when it is already over or not known. */
  cancelJob(jobId: string): Promise<boolean>;
  updateJobProgress(jobId: string, progress: Progress): Promise<void>;
  /** Keeps figures with the job; objects are merged key by key. */
  recordJobMetrics(jobId: string, metrics: Record<string, unknown>): Promise<void>;
  getQueueMetrics(): Promise<QueueMetrics>;
  /** Logs the error with its context, in the job's own log, too, and fires the action `error`. Never throws. */
  handleError(
    error: unknown,
    context?: string,
    options?: { silent?: boolean; additionalData?: Record<string, unknown> },
  ): Promise<void>;
  /** Saves the schedule; the same name changes it. Throws `INVALID_DATA` for a pattern that is wrong or never fires. */
  scheduleJob<T extends Known<JobTypes>>(schedule: Schedule<T>): Promise<ScheduledJob>;
  /** False when no schedule has this name. */
  unscheduleJob(name: string): Promise<boolean>;
}
