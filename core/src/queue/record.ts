// A job as the store keeps it, and the views of it that the hot path carries.
import type { Backoff, ProcessorOptions } from '@phraseworks/sdk';
import type { StoredState } from './lifecycle.ts';

/** A row of the jobs table. Times are milliseconds since 1970; data, result, progress and metrics are JSON text. */
export interface JobRecord {
  id: string;
  type: string;
  plugin: string | null;
  lane: string;
  state: StoredState;
  priority: number;
  data: string;
  result: string | null;
  /** In brief lists: bytes of data, or of a result, that is too large to be listed. */
  dataBytes?: number | null;
  resultBytes?: number | null;
  error: string | null;
  message: string | null;
  reason: string | null;
  progress: string | null;
  metrics: string | null;
  attempt: number;
  /** Crashes of a process in which it was at work, those while it ran alone among them. */
  crashes: number;
  loneCrashes: number;
  /** The last run whose processor began, and the last one that began with nothing beside it; noted only for jobs with a crash. */
  startedRun: number | null;
  aloneRun: number | null;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
  timeout: number;
  /** The fencing token: rises with every claim of this job. Together with `node` it says who may settle. */
  run: number;
  node: string | null;
  leaseUntil: number | null;
  idempotencyKey: string | null;
  fingerprint: string | null;
  /** When it may run; for people. */
  runAt: number | null;
  /** When the promoter makes it ready; null unless `scheduled`. */
  dueAt: number | null;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  schedule: string | null;
  /** Since when it may run, where that is neither `createdAt` nor `runAt`: it was put back or let go. */
  readyAt: number | null;
  /** The `traceparent` of the code that added it. */
  trace: string | null;
}

/** What a worker gets. */
export interface ClaimedJob {
  id: string;
  type: string;
  plugin: string | null;
  lane: string;
  priority: number;
  data: string;
  attempt: number;
  crashes: number;
  maxRetries: number;
  retryDelay: number;
  backoff: Backoff;
  timeout: number;
  run: number;
  /** When it became ready: added, due, put back or unparked; null where a stop released a later attempt. */
  since: number | null;
  trace: string | null;
  startedAt: number;
}

/** Who holds a job: the compare-and-set of every later write. */
export interface Claim {
  id: string;
  node: string;
  run: number;
}

/** What is kept of a type's options while its plugin is off. */
export type RememberedOptions = Pick<
  ProcessorOptions,
  'timeout' | 'maxRetries' | 'retryDelay' | 'retryBackoff' | 'concurrency' | 'lane' | 'onLost' | 'access'
>;
