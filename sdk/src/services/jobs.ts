// All jobs of the site, and their types, with the rights of who asks.
import type { Actor, Who } from '../access.ts';
import type { JobLinks } from '../contract/batches.ts';
import type { Failures, History, JobView, LogLine, Receipt, WhyNot } from '../contract/jobs.ts';
import type { BulkRequest, Progress } from '../contract/requests.ts';
import type { OfferedType } from '../contract/site.ts';
import type { Job, JobPage, JobTypes, NewJob } from '../job.ts';
import type { JobSort } from '../options.ts';
import type { Named } from '../spelling.ts';
import { token } from '../token.ts';

/** What a bulk action filters by, and how to list it. A `status` of `ready` or `delayed` is a part of `pending`. */
export interface JobFilter<T extends string = string> extends Omit<BulkRequest['filter'], 'type'> {
  type?: T;
  /** Only these jobs, at most 100; an empty list finds none. */
  ids?: readonly string[];
  /** `newest` first by default, `oldest` first, `due`: only delayed jobs, the soonest first, or `ended`: only those that have ended, the last first, which is the order with `endedFrom` and `endedTo`. */
  sort?: JobSort;
  /** 50 by default, 200 at most. */
  limit?: number;
  /** `nextCursor` of the page before. Of the newest first, also the id of a job: only those added before it. */
  cursor?: string;
  /** Instead of a cursor: so many jobs are skipped, 10,000 at most. */
  offset?: number;
  /** Count the matching jobs, too: the page has `total`, up to 10,000, and `totalCapped` if there may be more. */
  total?: boolean;
  /** Omit data and results over 512 bytes; `dataBytes` and `resultBytes` give their size. */
  brief?: boolean;
}

/**
 * A service of the core: `needs: { jobs: Jobs }`. Reading needs `view`, adding `add`, everything else `operate`; what a type requires beside
 * that (`access`, privileged fields) is checked too. Secrets are masked for callers who may not operate on the job. A caller with `where` sees
 * and changes only those jobs. Every method throws `UNAUTHORIZED` and `FORBIDDEN`, and `INVALID_DATA` with the wrong fields; those with the
 * id of a job throw `JOB_NOT_FOUND`.
 */
export interface Jobs {
  /** One page. A search leaves out jobs that only their secrets match. */
  list<T extends Named<T, JobTypes> = string>(who: Who, filter?: JobFilter<T>): Promise<JobPage<T>>;
  get<T extends Named<T, JobTypes> = string>(who: Who, id: string): Promise<Job<T>>;
  /**
   * Resolves after a durable commit. For a known `idempotencyKey`, the first job, whose outcome needs the right to view it. Throws
   * `UNKNOWN_TYPE`, `UNAVAILABLE` while a plugin that may have the type starts, and what `addJob()` throws. `uploads`: the ids of the files
   * that were sent with it; a caller may refer to no others.
   */
  add(who: Who, job: NewJob, uploads?: readonly string[]): Promise<Job>;
  /** All or none, in one transaction. */
  addMany(who: Who, jobs: readonly NewJob[]): Promise<Job[]>;
  /** Queues a finished job again, with other data if given. Needs the rights for adding it. Throws `INVALID_STATE`. */
  retry(who: Who, id: string, change?: { data?: unknown }): Promise<Job>;
  /** Runs a delayed or parked job now. Needs the rights for adding it. Throws `INVALID_STATE`. */
  run(who: Who, id: string): Promise<Job>;
  /** As `signalJob()`; needs the rights for adding it, too. */
  signal(who: Who, id: string, key: string, data?: unknown): Promise<Job>;
  /** Throws `NOT_CANCELLABLE` if it has finished. */
  cancel(who: Who, id: string): Promise<Job>;
  /** With its files, log and history. Throws `INVALID_STATE` while it runs. */
  remove(who: Who, id: string): Promise<void>;
  /** Of a running job. Throws `INVALID_STATE`. */
  progress(who: Who, id: string, progress: Progress): Promise<Job>;
  /** Oldest first, at most the newest 2,000 of each. */
  history(who: Who, id: string): Promise<History>;
  /** Oldest first. */
  logs(who: Who, id: string): Promise<LogLine[]>;
  /** Its `job.once()` receipts, by key, at most 10,000. */
  receipts(who: Who, id: string): Promise<Receipt[]>;
  /** What it waits for and what waits for it: the first 100 of each that the caller may see. */
  links(who: Who, id: string): Promise<JobLinks>;
  /** Why it is not running, in one line. */
  why(who: Who, id: string): Promise<WhyNot>;
  /** The view that its type makes, within two seconds; errors of its plugin go into `error`. */
  view(who: Who, id: string): Promise<JobView>;
  /** Failed jobs by type and cause; `from`: only those that failed at or after it, in milliseconds since 1970. */
  failures(who: Who, options?: { from?: number }): Promise<Failures>;
}
export const Jobs = token<Jobs>('core/jobs');

/** Provided by the plugin `api`: `needs: { bulk: optional(BulkActions) }`. */
export interface BulkActions {
  /**
   * Acts on all matching jobs, in a job that can be followed and cancelled. Needs `operate`; jobs that the caller may not start again are
   * refused one by one. Throws `INVALID_DATA`.
   */
  start(actor: Actor, request: BulkRequest): Promise<Job>;
}
export const BulkActions = token<BulkActions>('api/bulk-actions');

/** A service of the core: `needs: { types: Types }`. */
export interface Types {
  /** By name, also those whose plugin is off; `mayAdd`: at least with some data. Needs `view`, and tells callers with `where` the same. */
  list(who: Who): Promise<OfferedType[]>;
}
export const Types = token<Types>('core/types');
