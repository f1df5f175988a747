// Hooks: actions report events, filters change a value; both are open to every plugin.
import type { Progress } from './contract/requests.ts';
import type { PluginState, StorageState } from './contract/site.ts';
import type { JobEvent, NewJob } from './job.ts';
import type { Awaitable } from './processor.ts';
import type { Known, Spelt } from './spelling.ts';

/** A number for a period, collected by the filter `report:figures`. */
export interface Figure {
  /** Unique among all figures: `email.delivered`. It is compared with the figure of the same key in the previous period. */
  key: string;
  /** Its heading: `Email`. */
  section: string;
  label: string;
  value: number;
  unit: 'count' | 'bytes' | 'ms' | 'percent';
  /** Which direction is an improvement. */
  better: 'more' | 'less' | 'neither';
  /** The value per day of the period, oldest first. */
  days?: number[];
}

/** Undoes a registration. */
export type Dispose = () => void | Promise<void>;

/** The payload of the `job:*` actions. */
export interface JobFact {
  jobId: string;
  type: string;
  plugin: string | null;
  attempt: number;
  event: JobEvent;
}

/**
 * Open map of actions, name to payload; a plugin widens it by declaration merging. Those of jobs come after the change is stored, in every
 * process on the database; `jobs:removed` in the process that deletes.
 */
export interface Actions {
  'job:added': JobFact;
  'job:started': JobFact;
  'job:progress': JobFact & { progress: Progress };
  'job:completed': JobFact & { result: unknown };
  'job:failed': JobFact & { error: string };
  'job:retry': JobFact & { error: string };
  'job:cancelled': JobFact;
  /** Jobs were deleted, and so was all that the core keeps of them. Listeners remove what else belongs to them; the deletion waits for them. */
  'jobs:removed': { jobIds: readonly string[] };
  /** `handleError()` was called. */
  error: { error: unknown; context: string | undefined; jobId: string | undefined; plugin: string | undefined };
  /** This process can no longer store jobs. Listeners cannot store anything either. */
  'storage:unavailable': StorageState;
  /** It can again, after `lasted` milliseconds. */
  'storage:available': StorageState & { lasted: number };
  /** A plugin changed its state. */
  'plugin:state': { plugin: string; state: PluginState; reason: string | undefined };
}

/** Open map of filters, name to `[value, about]`. */
export interface Filters {
  /** Runs before a job is checked and stored; `throw new Veto('reason')` refuses it. */
  'job:before-add': [NewJob, { plugin: string | undefined }];
  /** Figures of a report: called for the period and the previous one. Milliseconds since 1970; `to` is exclusive. */
  'report:figures': [Figure[], { from: number; to: number }];
}

/** Jobs that passed every check and are about to be stored together. */
export interface JobsToAdd {
  jobs: readonly { id: string; type: string; plugin: string | null }[];
  /** Stores a W3C `traceparent` with the jobs, for the processes that run them. */
  setTrace(traceparent: string): void;
}

/** An attempt that is about to start. */
export interface AttemptToRun {
  jobId: string;
  type: string;
  plugin: string | null;
  attempt: number;
  /** The `traceparent` stored with the job. */
  trace: string | null;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** `released`: returned to the queue without using up an attempt. */
  outcome: 'completed' | 'retry' | 'failed' | 'cancelled' | 'released';
  error: string | null;
  stack: string | null;
  /** Why it ended without a result: `timeout`, `crashed`, ... */
  reason: string | null;
  /** Milliseconds that the job had waited. */
  wait: number | null;
}

/** Work that a plugin can wrap: name to `[about, result of the work]`. */
export interface Wrapped {
  /** Checking limits and writing; rejects if the jobs are refused. */
  'job:add': [JobsToAdd, undefined];
  /** From the call of the processor to its end; does not reject. */
  'job:run': [AttemptToRun, AttemptEnd];
}

/**
 * Wraps work: `next()` does it, in the async context of the call. The work is done once and its result counts, whatever the wrapper
 * returns or throws. If the wrapper does not call `next()` within its `timeout`, the work starts without it.
 */
export type Wrapper<K extends keyof Wrapped> = (about: Wrapped[K][0], next: () => Promise<Wrapped[K][1]>) => unknown;

// biome-ignore lint/suspicious/noExplicitAny: an undeclared hook can carry anything
type Anything = any;
export type PayloadOf<K extends string> = K extends keyof Actions ? Actions[K] : Anything;
export type ValueOf<K extends string> = K extends keyof Filters ? Filters[K][0] : Anything;
export type AboutOf<K extends string> = K extends keyof Filters ? Filters[K][1] : Anything;

/** How a listener is called. */
export interface HookOptions {
  /** Smaller runs first; 10 by default. */
  priority?: number;
  /** Milliseconds before a listener is abandoned; 5000 by default. */
  timeout?: number;
  /** Removes the listener after its first call. */
  once?: boolean;
}

/** The functions of hooks: imported from the SDK, of a plugin's `ctx`, and of what `createJobs()` returns. */
export interface HooksApi {
  /** Adds a listener; the same function listens once. Listeners with the same priority run concurrently; errors are logged and charged to the plugin, never thrown at the caller. */
  addAction<K extends Known<Actions>>(
    name: K & Spelt<K, Actions>,
    fn: (payload: PayloadOf<K>, signal: AbortSignal) => unknown,
    options?: HookOptions,
  ): Dispose;
  /** Removes a listener added by the same plugin (or the application); false if `fn` is not listening. */
  removeAction<K extends Known<Actions>>(
    name: K & Spelt<K, Actions>,
    fn: (payload: PayloadOf<K>, signal: AbortSignal) => unknown,
  ): boolean;
  /** Calls the listeners in this process, and waits for them. Never throws what they throw. */
  doAction<K extends Known<Actions>>(name: K & Spelt<K, Actions>, payload: PayloadOf<K>): Promise<void>;
  /** Changes a value. Returning nothing keeps it, and so does an error; only `Veto` stops the operation. */
  addFilter<K extends Known<Filters>>(
    name: K & Spelt<K, Filters>,
    // biome-ignore lint/suspicious/noConfusingVoidType: returning nothing keeps the value
    fn: (value: ValueOf<K>, about: AboutOf<K>, signal: AbortSignal) => Awaitable<ValueOf<K> | void>,
    options?: HookOptions,
  ): Dispose;
  /** Throws `Veto` if a listener refuses. */
  applyFilters<K extends Known<Filters>>(
    name: K & Spelt<K, Filters>,
    value: ValueOf<K>,
    about?: AboutOf<K>,
  ): Promise<ValueOf<K>>;
}
