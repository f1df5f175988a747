// What does the work of a type, and what it is given and may answer.

import type { Discard, Snooze } from './errors.ts';
import type { DataOf, JobOf, ParsedDataOf, Progress, ResultOf, RetryOptions } from './job.ts';
import type { AnySchema, InputOf, OutputOf, Schema } from './schema.ts';

/** A cell of a table: plain, or a link (relative to the mount point when it starts with `/`). */
export type Cell = string | number | null | { text: string; href: string };

/**
 * What a panel or the view of a job is made of. Stats, images, links and actions that follow each other stand side by side. A link leads below
 * the mount point when it begins with `/`, else to `http:` or `https:`. An image comes from below the mount point, or is a `data:` address.
 */
export type Block =
  | { type: 'stat'; label: string; value: string | number }
  | { type: 'text'; text: string; tone?: 'good' | 'warn' | 'bad' }
  | { type: 'link'; text: string; href: string }
  | { type: 'list'; items: Cell[] }
  | { type: 'table'; columns: string[]; rows: Cell[][] }
  | { type: 'image'; src: string; alt: string; caption?: string }
  | { type: 'action'; label: string; post: string; confirm?: string };

export interface Logger {
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

export type Awaitable<T> = T | Promise<T>;

/** Why an attempt's signal fired; found in `signal.reason`. `uncaught`: an error of the attempt was caught by nothing. */
export type AbortCause = 'cancel' | 'timeout' | 'lost_lease' | 'shutdown' | 'disabled' | 'uncaught';

/** The fourth argument of a processor: the attempt that is running. */
export interface RunningJob {
  readonly id: string;
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  /** Fires for cancel, timeout, lost lease, shutdown, disable and an error that nothing caught; `signal.reason` is an `AttemptAborted` that says `why`. */
  readonly signal: AbortSignal;
  /** Kept with the attempt: at most 500 lines of 2,000 characters each. */
  readonly log: Logger;
  /** Coalesced to about four writes a second; the last one is always kept. */
  progress(progress: Progress): Promise<void>;
  /**
   * Does what must not be done twice, once per job: `await job.once(`mail/${to}`, () => send(to))`. A receipt is stored before and after it;
   * a later attempt is answered with what `fn` answered then, and does not call it. The answer is JSON of at most 64 kB; nothing is `null`.
   *
   * When `fn` throws, the receipt goes, and the error is thrown on. When an earlier attempt died between the effect and its receipt, nobody
   * knows whether it was done: see `uncertain`. Calls of one key at the same time share one run.
   *
   * `key`: 1 to 191 characters; it is shown with the job. Rejects with `JobsError`: `INVALID_DATA` for a wrong key or an answer that cannot be
   * kept (its effect is done, and stays so), `INVALID_STATE` when the attempt no longer holds its job, with `retryable: false` when the
   * receipt is uncertain and is not to be done again; with `signal.reason` when the signal has fired.
   */
  once<T>(key: string, fn: () => Awaitable<T>, options?: OnceOptions): Promise<T>;
}

export interface OnceOptions {
  /** When it may or may not have been done: do it again (default), or fail the job, so that a person looks. */
  uncertain?: 'again' | 'fail';
}

/** What `job.once()` has noted, as it is shown with the job. Never with the answer. */
export interface Receipt {
  key: string;
  /** `pending`: under way. `uncertain`: its attempt ended without saying whether it was done. */
  state: 'pending' | 'done' | 'uncertain';
  /** Of which attempt it is. */
  attempt: number;
  /** ISO 8601 in UTC: when it was done, or else begun. */
  at: string;
}

/** What `signal.reason` holds. */
export class AttemptAborted extends Error {
  override readonly name = 'AttemptAborted';
  readonly why: AbortCause;

  constructor(why: AbortCause) {
    super(`the attempt was ended: ${why}`);
    this.why = why;
  }
}

export type JobResult<R = unknown> =
  | ({ success: true; result?: R; message?: string } & Record<string, unknown>)
  | ({ success: false; error: string; retryable?: boolean; retryDelay?: number } & Record<string, unknown>)
  | Snooze
  | Discard;

/** What runs a job with data `D`. A throw is a failure that may be retried, unless the error carries `retryable: false`. */
export type Run<D, R> = (
  jobData: D,
  jobId: string,
  attempt: number,
  job: RunningJob,
  // biome-ignore lint/suspicious/noConfusingVoidType: a processor that returns nothing has succeeded
) => Awaitable<JobResult<R> | void>;

/** The same without a declared result: any answer counts, see `JobResult`. */
export type RunAny<D> = (jobData: D, jobId: string, attempt: number, job: RunningJob) => unknown;

/** The same for a type of `JobTypes`. */
export type Processor<T extends string = string> = Run<ParsedDataOf<T>, ResultOf<T>>;

/** The right that a person needs to add a job over HTTP; `none`: it cannot be added over HTTP at all. */
export type Access = 'add' | 'operate' | 'administer' | 'none';

export interface ProcessorOptions<T extends string = string> extends TypeOptions<T, DataOf<T>, ResultOf<T>> {
  /** Checks the data when a job is added, and again before it runs; the processor gets what the schema gives. */
  // biome-ignore lint/suspicious/noExplicitAny: a schema may take more than a declared type says, such as text for a number
  data?: Schema<any, ParsedDataOf<T>>;
}

/** The options of a type with data `D`, as it is added, and result `R`. */
export interface TypeOptions<T extends string, D, R> extends RetryOptions {
  /** Attempts of this type at once in one process; only the worker's own slots limit it by default. */
  concurrency?: number;
  /** The queue its jobs wait in; the plugin's own by default. */
  lane?: string;
  /** What happens to a job whose worker died: run again (default) or end as failed. */
  onLost?: 'retry' | 'fail';
  /**
   * Who may add it over HTTP, and start it again there; `add` by default. Ask for more where it destroys, costs or speaks for the site.
   * What the process itself adds, schedules of plugins and of the configuration included, is not limited.
   */
  access?: Access;
  /** The one line a list shows. */
  summary?: (data: D) => string;
  /**
   * What a page about one job shows beside its data and result: at most 200 blocks, within 2 s. It needs no processor: a heavy library
   * stays unloaded. One that throws is shown as such, and changes nothing for the job.
   */
  view?: (job: JobOf<T, D, R>) => Awaitable<Block[]>;
  /** An example for forms and documentation. */
  example?: NoInfer<D>;
}

/** A processor that is loaded with its first job. */
export interface Lazy<F> {
  readonly lazy: () => Promise<{ default: F }>;
}

/** `lazy(() => import('./processor.ts'))`: heavy libraries load with their first job. */
export const lazy = <F>(load: () => Promise<{ default: F }>): Lazy<F> => ({ lazy: load });

// biome-ignore lint/suspicious/noExplicitAny: without a schema the data can be anything
type Anything = any;
/** What is added for a type with this schema. */
export type AddedData<S> = S extends AnySchema ? InputOf<S> : Anything;
export type ParsedData<S> = S extends AnySchema ? OutputOf<S> : Anything;
type ResultFrom<S> = S extends AnySchema ? OutputOf<S> : unknown;

export type Schemas = AnySchema | undefined;
export type AddedJob<T extends string, S extends Schemas, RS extends Schemas> = JobOf<T, AddedData<S>, ResultFrom<RS>>;

export interface TypedJob<T extends string, S extends Schemas, RS extends Schemas>
  extends TypeOptions<T, AddedData<S>, ResultFrom<RS>> {
  type: T;
  /** Checks the data when a job is added, and again before it runs; `run` gets what the schema gives. */
  data?: S;
}

export interface JobDefinition<T extends string, S extends Schemas, RS extends Schemas> extends TypedJob<T, S, RS> {
  /** Gives the result its type. It is not checked: the work is done by then. */
  result?: RS;
  run: AnswerOf<ParsedData<S>, RS> | Lazy<AnswerOf<ParsedData<S>, RS>>;
}
type AnswerOf<D, RS> = RS extends AnySchema ? Run<D, OutputOf<RS>> : RunAny<D>;

// biome-ignore lint/suspicious/noExplicitAny: a job of any data and result
export type AnyJob = JobDefinition<any, any, any>;
