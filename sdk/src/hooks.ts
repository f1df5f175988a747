// Hooks: actions tell what happened, filters pass a value through; both are open to every plugin.
import type { JobEvent, NewJob, Progress } from './job.ts';
import type { Awaitable } from './processor.ts';
import type { Known, Spelt } from './spelling.ts';

/** One number of a period, as the filter `report:figures` collects them. */
export interface Figure {
  /** Of its own among all: `email.delivered`. The figure of the same key in the period before is what it is compared with. */
  key: string;
  /** Its heading: `E-mail`. */
  section: string;
  label: string;
  value: number;
  unit: 'count' | 'bytes' | 'ms' | 'percent';
  /** Which way is an improvement. */
  better: 'more' | 'less' | 'neither';
  /** The value per day of the period, oldest first. */
  days?: number[];
}

export type Dispose = () => void | Promise<void>;

/** What the `job:*` actions carry. */
export interface JobFact {
  jobId: string;
  type: string;
  plugin: string | null;
  attempt: number;
  event: JobEvent;
}

/** Why a process cannot store jobs: `no_answer` where the database cannot be reached or does not answer in time, `refused` where it refuses this user. */
export type StorageReason =
  | 'disk_full'
  | 'read_only'
  | 'file_missing'
  | 'file_replaced'
  | 'damaged'
  | 'no_answer'
  | 'refused';

/** Can this process store jobs? */
export interface StorageState {
  writable: boolean;
  /** Null while it can; like `message`, which says what to do. */
  reason: StorageReason | null;
  message: string | null;
  /** Of this answer; ISO 8601 in UTC. */
  since: string;
}

/** Open map of actions, name to payload; a plugin widens it by declaration merging. */
export interface Actions {
  'job:added': JobFact;
  'job:started': JobFact;
  'job:progress': JobFact & { progress: Progress };
  'job:completed': JobFact & { result: unknown };
  'job:failed': JobFact & { error: string };
  'job:retry': JobFact & { error: string };
  'job:cancelled': JobFact;
  'job:parked': JobFact;
  /** `handleError()` was called. */
  error: { error: unknown; context: string | undefined; jobId: string | undefined; plugin: string | undefined };
  /** This process can no longer store jobs. Listeners cannot store anything either. */
  'storage:unavailable': StorageState;
  /** It can again, after `lasted` milliseconds. */
  'storage:available': StorageState & { lasted: number };
  'plugin:state': { plugin: string; state: PluginState; reason: string | undefined };
}

/** Open map of filters, name to `[value, about]`. */
export interface Filters {
  /** Before a job is checked and stored; `throw new Veto('reason')` refuses it. */
  'job:before-add': [NewJob, { plugin: string | undefined }];
  /** The figures of a report: asked for the period and for the one before it. Milliseconds since 1970; `to` is exclusive. */
  'report:figures': [Figure[], { from: number; to: number }];
}

/** Jobs that passed every check and are about to be stored together. */
export interface JobsToAdd {
  jobs: readonly { id: string; type: string; plugin: string | null }[];
  /** Stores a `traceparent` of the W3C with the jobs, for the processes that run them. */
  setTrace(traceparent: string): void;
}

/** An attempt that is about to begin. */
export interface AttemptToRun {
  jobId: string;
  type: string;
  plugin: string | null;
  lane: string;
  attempt: number;
  /** The `traceparent` that was stored with the job. */
  trace: string | null;
}

export interface AttemptEnd {
  /** `released`: it was put back without spending an attempt. */
  outcome: 'completed' | 'retry' | 'failed' | 'cancelled' | 'parked' | 'released';
  error: string | null;
  stack: string | null;
  /** Why it ended, other than by its result: `timeout`, `crashed`, ... */
  reason: string | null;
  /** How long the job had waited, in milliseconds. */
  wait: number | null;
}

/** What a plugin may wrap: name to `[about, answer of the work]`. */
export interface Wrapped {
  /** The check of limits and the write; rejects when the jobs are refused. */
  'job:add': [JobsToAdd, undefined];
  /** From the call of the processor to its end; does not reject. */
  'job:run': [AttemptToRun, AttemptEnd];
}

/**
 * Runs around work: `next()` does it, in the async context of the call. The work is done once and its answer counts, whatever the wrapper
 * answers or throws; when it has not called `next()` within its `timeout`, the work begins without it.
 */
export type Wrapper<K extends keyof Wrapped> = (about: Wrapped[K][0], next: () => Promise<Wrapped[K][1]>) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: an undeclared hook can carry anything
type Anything = any;
export type PayloadOf<K extends string> = K extends keyof Actions ? Actions[K] : Anything;
export type ValueOf<K extends string> = K extends keyof Filters ? Filters[K][0] : Anything;
export type AboutOf<K extends string> = K extends keyof Filters ? Filters[K][1] : Anything;

export interface HookOptions {
  /** Smaller runs first; 10 by default. */
  priority?: number;
  /** Milliseconds after which the listener is given up; 5000 by default. */
  timeout?: number;
  once?: boolean;
}

export interface HooksApi {
  /** Listen; the same function listens once. Listeners of one priority run at the same time; an error is logged and charged to its plugin, never thrown at the caller. */
  addAction<K extends Known<Actions>>(
    name: K & Spelt<K, Actions>,
    fn: (payload: PayloadOf<K>, signal: AbortSignal) => unknown,
    options?: HookOptions,
  ): Dispose;
  /** Ends what `addAction` of the same plugin (or of the application) began; false if `fn` does not listen. */
  removeAction<K extends Known<Actions>>(
    name: K & Spelt<K, Actions>,
    fn: (payload: PayloadOf<K>, signal: AbortSignal) => unknown,
  ): boolean;
  doAction<K extends Known<Actions>>(name: K & Spelt<K, Actions>, payload: PayloadOf<K>): Promise<void>;
  /** Change a value. Returning nothing keeps it; an error keeps it, too; only `Veto` stops the operation. */
  addFilter<K extends Known<Filters>>(
    name: K & Spelt<K, Filters>,
    // biome-ignore lint/suspicious/noConfusingVoidType: returning nothing keeps the value
    fn: (value: ValueOf<K>, about: AboutOf<K>, signal: AbortSignal) => Awaitable<ValueOf<K> | void>,
    options?: HookOptions,
  ): Dispose;
  /** Throws `Veto` when a listener refuses. */
  applyFilters<K extends Known<Filters>>(
    name: K & Spelt<K, Filters>,
    value: ValueOf<K>,
    about?: AboutOf<K>,
  ): Promise<ValueOf<K>>;
}
/** Each with a reason and a time in `plugins.list()`. */
export type PluginState = 'off' | 'waiting' | 'starting' | 'on' | 'stopping' | 'failed';
