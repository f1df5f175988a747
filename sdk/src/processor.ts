// Processors of a type: their arguments, results and options.
import type { Transaction } from 'kysely';
import type { Block } from './contract/blocks.ts';
import type { DeadlineOptions, Progress, RetryOptions } from './contract/requests.ts';
import type { Access } from './contract/site.ts';
import type { Discard, Snooze } from './errors.ts';
import type { DataOf, JobOf, ParsedDataOf, ResultOf } from './job.ts';
import type { LimitRule } from './limit.ts';
import type { AnySchema, InputOf, OutputOf, Schema } from './schema.ts';
import type { Time, Unique } from './unique.ts';

/** A log, of the site or of an attempt. */
export interface Logger {
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

export type Awaitable<T> = T | Promise<T>;

/** Why an attempt's signal fired, in `signal.reason`. `uncaught`: an error of the attempt that nothing caught. */
export type AbortCause = 'cancel' | 'timeout' | 'lost_lease' | 'shutdown' | 'disabled' | 'uncaught';

/** The fourth argument of a processor: the running attempt. */
export interface RunningJob {
  /** The job's id. */
  readonly id: string;
  /** The job's type. */
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  /** Retries after the first attempt. */
  readonly maxRetries: number;
  /** No retry follows if this attempt fails. */
  readonly isLast: boolean;
  /** When it was added: ISO 8601 in UTC. */
  readonly createdAt: string;
  /** Fires for cancel, timeout, lost lease, shutdown, disable and an error that nothing caught; `signal.reason` is an `AttemptAborted` that says `why`. */
  readonly signal: AbortSignal;
  /** Stored with the attempt: at most 500 lines of 2,000 characters each. */
  readonly log: Logger;
  /** Combined to about four writes a second; the last one is always stored. */
  progress(progress: Progress): Promise<void>;
  /**
   * Closes the limit of this type in every process until then, with `by` only for the value of this job; the job runs again afterwards
   * without using up an attempt. For an answer such as 429 with `Retry-After`. A number is milliseconds from now, at most a year. A type
   * without a limit is closed itself. Throws what ends the attempt, so let it pass a `catch`.
   */
  limited(until: number | Date, reason?: string): never;
  /** Results of the jobs that this one comes `after`, by their names in the graph, else by id: of those that completed. */
  results(): Promise<Record<string, unknown>>;
  /**
   * Runs a side effect once per job: `await job.once(`mail/${to}`, () => send(to))`. A receipt is stored before and after it; a later
   * attempt gets the stored result without calling `fn`. The result is what JSON gives back, at most 64 kB: a `Date` becomes text, nothing
   * becomes `null`.
   *
   * If `fn` throws, the receipt is removed and the error rethrown. If an earlier attempt died between the effect and its receipt, it is
   * unknown whether it was done: see `uncertain`. Concurrent calls with the same key share one run.
   *
   * `key`: 1 to 191 characters; shown with the job. Rejects with `JobsError`: `INVALID_DATA` for an invalid key or a result that cannot be
   * stored (its effect stays done), `INVALID_STATE` if the attempt no longer holds its job, with `retryable: false` if the
   * receipt is uncertain and must not be repeated; with `signal.reason` if the signal has fired.
   */
  once<T>(key: string, fn: () => Awaitable<T>, options?: OnceOptions): Promise<Jsonified<T>>;
  /**
   * Runs `work` in one transaction on the jobs' database: what it writes with `trx` or `ctx.db`, the jobs that it adds, its `once()` receipts
   * and, if it calls `complete()`, the outcome of the job are stored in one commit, or none of them. So work in this database is done exactly
   * once. Resolves after the commit with what `work` returned.
   *
   * Rejects, and undoes everything, if `work` throws, or if the attempt no longer holds its job: with `signal.reason` if the signal has
   * fired, else with `JobsError` `INVALID_STATE`, also inside another transaction. A transaction that is open for 8 s is rolled back, so do
   * slow work before it. `trx` is a Kysely transaction of any tables.
   */
  transaction<T>(work: (trx: AnyTransaction) => Promise<T>): Promise<T>;
  /**
   * Inside `transaction()`: the commit completes the job with this result, of the shape that a processor returns. The last call counts. After
   * the commit, the signal no longer fires for a lost lease, log lines are dropped, and what the processor returns or throws is ignored; a
   * warning in the site's log names what it threw.
   *
   * Throws `JobsError`: `INVALID_STATE` outside a transaction of this attempt, `INVALID_DATA` for `{ success: false }` and for a result that
   * cannot be stored; both end the attempt without a retry if nothing catches them.
   */
  complete(result?: unknown): void;
  /**
   * Ends the attempt here, frees its slot, and runs the job again after this time without using up a retry: `await job.sleep('cool down', '3d')`.
   * A later attempt that comes here within the time goes on sleeping; after it, the call resolves at once. `time`: milliseconds from the first
   * call, text such as `'3 days'`, or a `Date`; at most ten years. What else is done before belongs into `once()`.
   *
   * Throws what ends the attempt, so let it pass a `catch`: what the processor does afterwards is ignored, with a warning in its log.
   * `key`: as for `once()`, and none of its keys. Rejects with `JobsError`: `INVALID_DATA`, `INVALID_STATE` if the attempt no longer holds its job;
   * with `signal.reason` if the signal has fired.
   */
  sleep(key: string, time: Time | Date): Promise<void>;
  /**
   * Ends the attempt here until a signal with this key comes (`signalJob()`, the API, the link of `linkFor()`, a button on the dashboard): the job
   * is `blocked` and frees its slot; a later attempt gets the data of the signal, at most 64 kB, or `true` if it has none. A signal that came
   * before is kept for this call. After `timeout`, counted from the first call, it is null.
   *
   * `schema` checks the data and makes the form; what it refuses is refused to the sender as far as its JSON Schema tells, and else dropped
   * with a warning in the job's log. It throws and rejects as `sleep()` does.
   */
  waitFor<O extends WaitOptions = Record<never, never>>(key: string, options?: O): Promise<SignalOf<O>>;
  /**
   * A link that sends the signal with this key once, for a mail or a chat: it shows a button, or a form for the `schema` of the wait. Anyone who has
   * it can use it. The same for each attempt, and of use until the signal has come, by this way or another, or the job has ended. A completed job
   * that is retried starts over, with links of its own: those before stay closed. Throws `INVALID_CONFIG` without the setting `publicUrl`.
   */
  linkFor(key: string): Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: plugins and hosts have tables of their own
type AnyTransaction = Transaction<any>;

/** Options of `job.waitFor()`. */
export interface WaitOptions {
  /** Of the signal's data. */
  schema?: AnySchema;
  /** Milliseconds, or text such as `'3 days'`, after which the wait ends without a signal; by default it has no end. */
  timeout?: Time;
}

/** What `job.waitFor()` gives: the output of the schema, and null if it has a timeout. */
export type SignalOf<O> =
  | (O extends { schema: infer S extends AnySchema } ? OutputOf<S> : unknown)
  | (O extends { timeout: Time } ? null : never);

/** What is left of a value that was stored as JSON. */
export type Jsonified<T> = 0 extends 1 & T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends { toJSON(): infer J }
      ? Jsonified<J>
      : T extends void
        ? null
        : T extends readonly unknown[]
          ? { [I in keyof T]: Jsonified<T[I]> }
          : T extends object
            ? { [K in keyof T]: Jsonified<Exclude<T[K], undefined>> | Extract<T[K], undefined> }
            : T;

/** Options of `job.once()`. */
export interface OnceOptions {
  /** If it is unknown whether it was done: repeat it (default), or fail the job so that a person checks. */
  uncertain?: 'again' | 'fail';
}

/** The value of `signal.reason`. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
  readonly why: AbortCause;

  constructor(why: AbortCause) {
    super(why === 'cancel' ? 'the attempt was cancelled' : `the attempt was stopped: ${why}`);
    this.why = why;
  }
}

/**
 * What a processor returns. `success: true` completes the job; other fields become part of its result. `success: false` and a thrown error
 * are a failure: the job is retried, unless no retry is left or `retryable` is false; `retryDelay` says after how many milliseconds.
 * Nothing, or any other value, completes the job with that value as its result.
 */
export type JobResult<R = unknown> =
  | ({ success: true; result?: R; message?: string } & Record<string, unknown>)
  | ({ success: false; error: string; retryable?: boolean; retryDelay?: number } & Record<string, unknown>)
  | Snooze
  | Discard;

/** Runs jobs with data `D`. A thrown error is a failure that may be retried, unless it has `retryable: false`. */
export type Run<D, R> = (
  jobData: D,
  jobId: string,
  attempt: number,
  job: RunningJob,
  // biome-ignore lint/suspicious/noConfusingVoidType: a processor that returns nothing has succeeded
) => Awaitable<JobResult<R> | void>;

/** The same without a declared result: any result is accepted, see `JobResult`. */
export type RunAny<D> = (jobData: D, jobId: string, attempt: number, job: RunningJob) => unknown;

/** The same for a type of `JobTypes`. */
export type Processor<T extends string = string> = Run<ParsedDataOf<T>, ResultOf<T>>;

/** Options of `registerProcessor()`, and of `defineJob()`. The site's `processors.<type>` settings override them. */
export interface ProcessorOptions<T extends string = string> extends TypeOptions<T, DataOf<T>, ResultOf<T>> {
  /** Validates the data when a job is added, and again before it runs; the processor gets the schema's output. */
  // biome-ignore lint/suspicious/noExplicitAny: a schema may take more than a declared type says, such as text for a number
  data?: Schema<any, ParsedDataOf<T>>;
}

/** Options of a type with data `D` and result `R`. */
export interface TypeOptions<T extends string, D, R> extends RetryOptions, DeadlineOptions {
  /** Concurrent attempts of this type in one process; by default only the worker's slots limit it. */
  concurrency?: number;
  /** Types with the same lane share one limit: the smallest `concurrency` among them. */
  lane?: string;
  /**
   * Paths in the data, such as `['post', 'lang']`, or `'data'` for all of it: jobs with the same values there run one after the other, in the
   * order of adding; priority does not count among them. A job may have a `key` of its own instead, over HTTP only for who may operate on all
   * jobs of the type. `'given'`: the key comes from who adds a job, whoever that is.
   */
  key?: readonly string[] | 'data' | 'given';
  /** At most one job of a key waits, or is active; without `key`, of the type. */
  unique?: Unique;
  /**
   * How many jobs may run or start over all processes: a limit of this type alone, or the name of one that several types share, from
   * `limits` in the configuration or `ctx.defineLimit()`.
   */
  limit?: string | LimitRule;
  /** How long jobs are kept after their end, by state; by default as the site keeps all jobs. */
  retention?: Retention;
  /** What happens to a job whose worker died: run again (default) or fail. */
  onLost?: 'retry' | 'fail';
  /**
   * Who may add or retry it over HTTP; `add` by default. Require more if it destroys data, costs money or speaks for the site.
   * Does not restrict the process itself, including schedules of plugins and the configuration.
   */
  access?: Access;
  /** The line that lists show. */
  summary?: (data: D) => string;
  /**
   * Shown on a job's page in addition to its data and result: at most 200 blocks, within 2 s. It does not load the processor or its
   * libraries. An error is shown as such and does not affect the job.
   */
  view?: (job: JobOf<T, D, R>) => Awaitable<Block[]>;
  /** An example for forms and documentation. */
  example?: NoInfer<D>;
  /**
   * The version of the data, a whole number from 1 (the default). Raise it when stored jobs would no longer fit, and say in `upgrade` how
   * to convert them. If data does not fit, all jobs of the type wait in their order, with the reason `data_version`, until its plugin starts again.
   */
  version?: number;
  /** Converts data that version `from` stored, before the schema checks it. The stored data stays as it is. */
  upgrade?: (data: unknown, from: number) => Awaitable<NoInfer<D>>;
}

/** Milliseconds, or text such as `'30 days'`; `false` or `'forever'` keeps them. */
export type KeptFor = Time | false;
/** How long jobs are kept after their end, by how they ended. */
export interface Retention {
  completed?: KeptFor;
  failed?: KeptFor;
  cancelled?: KeptFor;
}

/** A processor loaded with its first job. */
export interface Lazy<F> {
  readonly lazy: () => Promise<{ default: F }>;
}

/** `lazy(() => import('./processor.ts'))`: loads heavy libraries with the first job. */
export const lazy = <F>(load: () => Promise<{ default: F }>): Lazy<F> => ({ lazy: load });

// biome-ignore lint/suspicious/noExplicitAny: without a schema the data can be anything
type Anything = any;
/** The input of a type with this schema. */
export type AddedData<S> = S extends AnySchema ? InputOf<S> : Anything;
export type ParsedData<S> = S extends AnySchema ? OutputOf<S> : Anything;
export type ResultFrom<S> = S extends AnySchema ? OutputOf<S> : unknown;

/** A schema, or none. */
export type Schemas = AnySchema | undefined;
export type AddedJob<T extends string, S extends Schemas, RS extends Schemas> = JobOf<T, AddedData<S>, ResultFrom<RS>>;

export interface TypedJob<T extends string, S extends Schemas, RS extends Schemas>
  extends TypeOptions<T, AddedData<S>, ResultFrom<RS>> {
  type: T;
  /** Validates the data when a job is added, and again before it runs; `run` gets the schema's output. */
  data?: S;
}

export interface JobDefinition<T extends string, S extends Schemas, RS extends Schemas> extends TypedJob<T, S, RS> {
  /** Types the result. It is not checked, since the work is done by then. */
  result?: RS;
  run: AnswerOf<ParsedData<NoInfer<S>>, NoInfer<RS>> | Lazy<AnswerOf<ParsedData<NoInfer<S>>, NoInfer<RS>>>;
}
type AnswerOf<D, RS> = RS extends AnySchema ? Run<D, OutputOf<RS>> : RunAny<D>;

// biome-ignore lint/suspicious/noExplicitAny: a job of any data and result
export type AnyJob = JobDefinition<any, any, any>;
