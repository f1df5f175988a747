// Jobs as callers see them: what they add, and what they get.
import type { InputOf, OutputOf } from './schema.ts';

/**
 * Open map of job types. Plugins extend it so that `addJob` and `registerProcessor` know a type's data and result, each a type or a schema:
 *
 *     declare module '@phraseworks/sdk' {
 *       interface JobTypes { email: typeof email; sms: { data: SmsData; result: SmsResult } }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: an open map that plugins fill by declaration merging
export interface JobTypes {}

// biome-ignore lint/suspicious/noExplicitAny: the data of an undeclared type can be anything
type Anything = any;
/** The entry of a type in `JobTypes`; a value of `defineJob()` may omit its schemas. */
type Declared<T extends string, K extends string, Otherwise> = T extends keyof JobTypes
  ? K extends keyof JobTypes[T]
    ? [JobTypes[T][K]] extends [undefined]
      ? Otherwise
      : NonNullable<JobTypes[T][K]>
    : Otherwise
  : Otherwise;

/** What `addJob` accepts for this type: the input of a schema. */
export type DataOf<T extends string> = InputOf<Declared<T, 'data', Anything>>;
/** What the processor of this type receives: the output of a schema. */
export type ParsedDataOf<T extends string> = OutputOf<Declared<T, 'data', Anything>>;
export type ResultOf<T extends string> = OutputOf<Declared<T, 'result', unknown>>;

/** `urgent` runs first, `low` last. Default `normal`. */
export type Priority = 'low' | 'normal' | 'high' | 'urgent';

/** `pending` covers jobs that are ready, delayed or waiting for a retry. */
export type JobState = 'pending' | 'processing' | 'completed' | 'failed' | 'cancelled' | 'parked';

/** To filter by: also the two parts of `pending`. `delayed` jobs wait for their time or for a retry. */
export type JobStateFilter = JobState | 'ready' | 'delayed';

/** The order of a list. `due`: only delayed jobs, the soonest first. */
export type JobSort = 'newest' | 'oldest' | 'due';

/** Why nothing runs jobs of a type now. `data_version`: stored data does not fit the version of the type that runs. */
export type ParkReason =
  | 'plugin_disabled'
  | 'plugin_failed'
  | 'plugin_waiting'
  | 'no_processor'
  | 'paused'
  | 'data_version';

export type Backoff = 'fixed' | 'linear' | 'exponential';

/** Progress of a running job. `percentage` is 0 to 100. */
export interface Progress {
  percentage: number;
  processed?: number;
  total?: number;
  message?: string;
}

/** All times in milliseconds. */
export interface RetryOptions {
  /** Retries after the first attempt; 3 by default. */
  maxRetries?: number;
  /** Milliseconds between two attempts; 5000 by default. */
  retryDelay?: number;
  /** `fixed` (default), `linear` (retryDelay * attempt) or `exponential` (retryDelay * 2^(attempt-1)); at most 24 h, plus up to 10 %. */
  retryBackoff?: Backoff;
  /** Milliseconds one attempt may take before its signal fires; 300000 by default. */
  timeout?: number;
}

/** A job to be added. */
export interface NewJob<T extends string = string> extends AddJobOptions {
  type: T;
  data: DataOf<T>;
}

/** Options of a job besides its type and data. */
export interface AddJobOptions extends RetryOptions {
  priority?: Priority;
  /** Milliseconds to wait before the first attempt; 0 by default. */
  delay?: number;
  /** The same key with the same type and data returns the first job; with other data it is refused. */
  idempotencyKey?: string;
}

/** A job. Times are ISO 8601 in UTC. `toString()` gives the state. With several types, comparing `type` narrows its data and result. */
export type Job<T extends string = string> = { [K in T]: JobOf<K, DataOf<K>, ResultOf<K>> }[T];
/** A job in a list, which leaves out large data. */
export type ListedJob<T extends string = string> = { [K in T]: JobOf<K, DataOf<K> | null, ResultOf<K>> }[T];

/** A job of type `T` with data `D` and result `R`. */
export interface JobOf<T extends string, D, R> {
  readonly id: string;
  readonly type: T;
  readonly plugin: string | null;
  readonly status: JobState;
  readonly priority: Priority;
  readonly data: D;
  /** One line about it, from its type's `summary(data)`; null if the type has none or is unknown here. */
  readonly summary: string | null;
  readonly result: R | null;
  /** The message of the last error. */
  readonly error: string | null;
  /** The message that the processor returned with its result. */
  readonly message: string | null;
  /** Why it is parked, or why it ended without a result: `crashed`, `discarded`, `timeout`, ... */
  readonly reason: string | null;
  readonly progress: Progress | null;
  /** The number of the current or last attempt, from 1; 0 before the first. */
  readonly attempt: number;
  /** How often the process crashed while running this job. */
  readonly crashes: number;
  readonly maxRetries: number;
  readonly retryDelay: number;
  readonly retryBackoff: Backoff;
  readonly timeout: number;
  readonly worker: string | null;
  /** `plugin/name` of the schedule that added it. */
  readonly schedule: string | null;
  /** Figures from `recordJobMetrics`. */
  readonly metrics: Record<string, unknown> | null;
  readonly createdAt: string;
  /** When it may run: the end of its delay or retry delay. */
  readonly runAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** In a list: the size of `data`, which is null because it is large. Get the job to read it. */
  readonly dataBytes?: number;
  /** The same for its `result`. */
  readonly resultBytes?: number;
  toString(): string;
}

/** One event in the history of a job. */
export interface HistoryEntry {
  event: JobEventName | 'job_released' | 'job_snoozed' | 'job_requeued';
  /** ISO 8601 in UTC. */
  at: string;
  attempt: number;
  /** The state after it. */
  status: JobState;
  error?: string;
  reason?: string;
  worker?: string;
  /** Milliseconds the attempt took. */
  duration?: number;
  result?: unknown;
  by?: string;
}

/** One run of a processor for a job. */
export interface Attempt {
  attempt: number;
  startedAt: string;
  finishedAt: string | null;
  /** Milliseconds. */
  duration: number | null;
  outcome: 'running' | 'completed' | 'retry' | 'failed' | 'cancelled' | 'snoozed' | 'released' | 'crashed';
  error: string | null;
  stack: string | null;
  worker: string | null;
}

/** A line that the processor wrote with `job.log`. */
export interface LogLine {
  attempt: number;
  at: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
}

export interface TypeMetrics {
  total: number;
  pending: number;
  /** Those of `pending` that wait for their time or for a retry. */
  delayed: number;
  processing: number;
  completed: number;
  failed: number;
  cancelled: number;
  parked: number;
  /** Milliseconds, over all completed attempts. */
  avgProcessingTime: number;
}

export interface QueueMetrics extends TypeMetrics {
  types: Record<string, TypeMetrics>;
  /** Attempts whose processor ignored the signal to stop and is still running. */
  stuck: number;
}

export type JobEventName =
  | 'job_added'
  | 'job_started'
  | 'job_progress'
  | 'job_completed'
  | 'job_failed'
  | 'job_retry'
  | 'job_cancelled';

/** An event of a job, as sent to listeners. With several types, comparing `jobType` narrows its result. */
export type JobEvent<T extends string = string> = { [K in T]: JobEventOf<K, ResultOf<K>> }[T];

/** An event of a job of type `T` with result `R`. */
export interface JobEventOf<T extends string, R> {
  event: JobEventName;
  jobId: string;
  jobType: T;
  plugin: string | null;
  status: JobState;
  attempt: number;
  at: string;
  progress?: Progress;
  /** Omitted if larger than 16 kB, with `resultBytes` instead: get the job. */
  result?: R;
  resultBytes?: number;
  error?: string;
  reason?: string;
  /** For an attempt that ended: milliseconds from when the job could run to its start; omitted if unknown. */
  wait?: number;
  /** For an attempt that ended: milliseconds that it ran. */
  duration?: number;
}

/** A message of the WebSocket. `id` rises; use it as `since`. */
export interface JobMessage {
  id: number;
  type: 'job_update';
  data: JobEvent;
}
