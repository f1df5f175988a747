// A job as it is stored, and the parts of it that workers carry.
import type { Backoff, Priority, ProcessorOptions } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import type { StoredState } from './lifecycle.ts';

/** The index is stored, so that the smallest number runs first. */
export const rank = (priority: Priority): number => PRIORITIES.indexOf(priority);
export const priorityOf = (stored: number): Priority => PRIORITIES[stored] ?? 'normal';

/** A row of the jobs table. Times are milliseconds since 1970; data, result, progress and metrics are JSON text. */
export interface JobRecord {
  id: string;
  type: string;
  plugin: string | null;
  state: StoredState;
  priority: number;
  data: string;
  result: string | null;
  /** In brief lists: size of data or result if it was too large to include. */
  dataBytes?: number | null;
  resultBytes?: number | null;
  error: string | null;
  message: string | null;
  reason: string | null;
  progress: string | null;
  metrics: string | null;
  attempt: number;
  /** Process crashes while it was running, including those while it ran alone. */
  crashes: number;
  loneCrashes: number;
  /** The last run whose processor started, and the last that started alone; recorded only after a first crash. */
  startedRun: number | null;
  aloneRun: number | null;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
  timeout: number;
  /** The fencing token: rises with every claim. Only the holder of `node` and `run` may settle. */
  run: number;
  node: string | null;
  leaseUntil: number | null;
  idempotencyKey: string | null;
  fingerprint: string | null;
  /** When it may run, for display. */
  runAt: number | null;
  /** When the promoter makes it ready; null unless the state is `scheduled`. */
  dueAt: number | null;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  schedule: string | null;
  /** Since when it may run if that is neither `createdAt` nor `runAt`: it was released. */
  readyAt: number | null;
  /** W3C `traceparent` of the code that added it. */
  trace: string | null;
  /** The version of its type that checked the data; null for a type without versions, which counts as 1. */
  dataVersion: number | null;
}

/** What a worker gets with a claim. */
export interface ClaimedJob {
  id: string;
  type: string;
  plugin: string | null;
  priority: number;
  data: string;
  attempt: number;
  crashes: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
  timeout: number;
  run: number;
  /** When it became ready: added, due or released; null after a stop released a later attempt. */
  since: number | null;
  trace: string | null;
  dataVersion: number | null;
  startedAt: number;
}

/** Who holds a job; every later write compares it. */
export interface ClaimToken {
  id: string;
  node: string;
  run: number;
}

/** Options of a type that are kept while its plugin is off. */
export type RememberedOptions = Pick<
  ProcessorOptions,
  'timeout' | 'maxRetries' | 'retryDelay' | 'retryBackoff' | 'concurrency' | 'lane' | 'onLost' | 'access' | 'version'
>;
