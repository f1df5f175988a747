// Jobs as callers see them: what they add, and what they get.
import type { JobFields, JobPageFields } from './contract/jobs.ts';
import type { NewJobFields, Progress } from './contract/requests.ts';
import type { JobEventName, JobState } from './options.ts';
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

/** Why nothing runs jobs of a type now. `data_version`: stored data does not fit the version of the type that runs. */
export type ParkReason =
  | 'plugin_disabled'
  | 'plugin_failed'
  | 'plugin_waiting'
  | 'no_processor'
  | 'paused'
  | 'data_version';

/** A job to be added. */
export interface NewJob<T extends string = string> extends AddJobOptions {
  type: T;
  data: DataOf<T>;
}

/** Options of a job besides its type and data. */
export interface AddJobOptions extends Omit<NewJobFields, 'type' | 'data' | 'after'> {
  /** Jobs, or their ids, that have to end before it runs, at most 1,000. */
  after?: readonly (string | { readonly id: string })[];
}

/** An open Kysely transaction with any tables: `db.transaction().execute((trx) => ...)`. */
export interface HostTransaction {
  readonly isTransaction: boolean;
  withoutPlugins(): unknown;
}

/** Where jobs are added. */
export interface AddOptions {
  /**
   * Adds the jobs in this transaction on the jobs' own database: stored and rolled back with it, visible to workers after its commit.
   * A transaction on a different database is refused with `INVALID_DATA`. Inside a transaction of `ctx.db` it may be left out: jobs then join that one.
   */
  trx?: HostTransaction;
}

/** A job. Times are ISO 8601 in UTC. `toString()` gives the state. With several types, comparing `type` narrows its data and result. */
export type Job<T extends string = string> = { [K in T]: JobOf<K, DataOf<K>, ResultOf<K>> }[T];
/** A job in a list, which leaves out large data. */
export type ListedJob<T extends string = string> = { [K in T]: JobOf<K, DataOf<K> | null, ResultOf<K>> }[T];

/** A job of type `T` with data `D` and result `R`. */
export interface JobOf<T extends string, D, R> extends Readonly<Omit<JobFields, 'type' | 'data' | 'result'>> {
  readonly type: T;
  readonly data: D;
  readonly result: R | null;
  toString(): string;
}

/** One page of a list. */
export interface JobPage<T extends string = string> extends Omit<JobPageFields, 'jobs'> {
  /** Newest first. */
  jobs: ListedJob<T>[];
}

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
