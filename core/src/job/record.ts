// A job as it is stored, and the parts of it that workers carry.
import type { Backoff, Priority, ProcessorOptions } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import { int, key, keyOf, orNull, text, time, type ValuesOf } from '../kernel/columns.ts';
import type { Node } from '../kernel/json-schema.ts';
import type { Keyed } from './keyed.ts';
import type { StoredState } from './lifecycle.ts';
import type { WantedLinks } from './link.ts';

/** The index is stored, so that the smallest number runs first. */
export const rank = (priority: Priority): number => PRIORITIES.indexOf(priority);
export const priorityOf = (stored: number): Priority => PRIORITIES[stored] ?? 'normal';

/** The columns of the jobs table. Times are milliseconds since 1970; data, result, progress and metrics are JSON text. */
export const JOB = {
  id: key(),
  type: key(),
  plugin: orNull(key()),
  state: keyOf<StoredState>(),
  priority: int(),
  attempt: int(),
  /** Process crashes while it was running, including those while it ran alone. */
  crashes: int(),
  maxRetries: int(),
  retryDelay: time(),
  backoff: keyOf<Backoff>(),
  timeout: time(),
  /** The fencing token: rises with every claim. Only the holder of `node` and `run` may settle. */
  run: int(),
  node: orNull(key()),
  leaseUntil: orNull(time()),
  idempotencyKey: orNull(key()),
  fingerprint: orNull(key()),
  /** When it may run, for display. */
  runAt: orNull(time()),
  /** When the promoter makes it ready; null unless the state is `scheduled`. */
  dueAt: orNull(time()),
  createdAt: time(),
  startedAt: orNull(time()),
  finishedAt: orNull(time()),
  schedule: orNull(key()),
  reason: orNull(key()),
  error: orNull(text()),
  message: orNull(text()),
  progress: orNull(text()),
  metrics: orNull(text()),
  data: text(),
  result: orNull(text()),
  /** Since when it may run if that is neither `createdAt` nor `runAt`: it was released. */
  readyAt: orNull(time()),
  /** W3C `traceparent` of the code that added it. */
  trace: orNull(key()),
  /** The version of its type that checked the data; null for a type without versions, which counts as 1. */
  dataVersion: orNull(int()),
  loneCrashes: int(),
  /** The last run whose processor started, and the last that started alone; recorded only after a first crash. */
  startedRun: orNull(int()),
  aloneRun: orNull(int()),
};

/** Until when a job may wait. */
export interface Deadline {
  /** The end of its expiry, or of its time if it waits for its next attempt; null while neither counts. */
  waitsUntil: number | null;
  /** No later attempt begins at this time or after it; null: as its type says. */
  giveUpAt: number | null;
}

/** A row of the jobs table. */
export interface JobRecord extends ValuesOf<typeof JOB> {
  /** If it has one. */
  key?: string | null;
  /** The content that it is about, `post:17`, if any. */
  about?: string | null;
  /** While it is added: what its key means, if it has one. */
  keyed?: Keyed;
  /** While it is added: its value at a limit with `by`. */
  limited?: LimitKey | null;
  /** While it is added: until when it may wait, if that is limited. */
  deadline?: Deadline | null;
  /** While it is added: the jobs that it waits for. */
  links?: WantedLinks;
  /** In brief lists: size of data or result if it was too large to include. */
  dataBytes?: number | null;
  resultBytes?: number | null;
}

/** What a claim does not change of what a worker gets with it. */
export const KEPT = [
  'id',
  'type',
  'plugin',
  'priority',
  'data',
  'crashes',
  'maxRetries',
  'retryDelay',
  'backoff',
  'timeout',
  'trace',
  'dataVersion',
] as const satisfies (keyof typeof JOB)[];

/** What a worker gets with a claim. */
export interface ClaimedJob extends Pick<JobRecord, (typeof KEPT)[number] | 'attempt' | 'run'>, Deadline {
  /** When it became ready: added, due or released; null after a stop released a later attempt. */
  since: number | null;
  startedAt: number;
  /** By the steady clock: its start counts in a rate, so it has to begin by then or is given back. */
  beginBy?: number;
}

/** Who holds a job; every later write compares it. */
export interface ClaimToken {
  id: string;
  node: string;
  run: number;
}

/** Options of a type that are kept while its plugin is off. */
export const REMEMBERED = [
  'timeout',
  'maxRetries',
  'retryDelay',
  'retryBackoff',
  'concurrency',
  'lane',
  'onLost',
  'access',
  'version',
  'key',
  'unique',
  'limit',
  'expires',
  'giveUpAfter',
  'retention',
] as const satisfies (keyof ProcessorOptions)[];

/** `schema`: of its data, with the marks of its fields; null if its library offers none, undefined if nothing is known of the type. */
export type RememberedOptions = Pick<ProcessorOptions, (typeof REMEMBERED)[number]> & { schema?: Node | null };

/** Times in milliseconds. */
export interface LimitNumbers {
  concurrency: number | null;
  rate: { n: number; per: number } | null;
}

export interface Limit extends LimitNumbers {
  /** Of a type alone: the name of the type. */
  name: string;
  /** The path of the value in the data for which the numbers count; null: they count for all jobs together. */
  by: string | null;
}

/** A limit, or one value of it. */
export interface LimitKey {
  name: string;
  value: string;
}
