// The functions of jobs over HTTP.

import type { HistoryEntry, QueueMetrics } from '../contract/jobs.ts';
import type { ErrorCode } from '../errors.ts';
import type { Job, JobPage, JobTypes, NewJob } from '../job.ts';
import type { JobSort, JobState, JobStateFilter } from '../options.ts';
import type { Named } from '../spelling.ts';
import type { UploadReference } from '../uploads.ts';
import { nullFor } from './client-error.ts';
import { isName } from './follower.ts';
import { type Init, type Requests, searchOf } from './request.ts';
import { sendJob, type UploadOptions } from './send-job.ts';

/** Data in a page: may have a file wherever the job gets a reference to an upload. */
export type WithFiles<D> = D extends UploadReference
  ? D | Blob
  : D extends object
    ? { [K in keyof D]: WithFiles<D[K]> }
    : D;

/** A job to add, with `File` or `Blob` anywhere in its data. */
export type NewClientJob<T extends string = string> = Omit<NewJob<T>, 'data'> & {
  type: T;
  data: WithFiles<NewJob<T>['data']>;
};

/** The query of `GET /api/jobs`; a list means any of its values. */
export interface JobListQuery<T extends string = string> {
  status?: JobStateFilter | readonly JobStateFilter[];
  type?: T;
  plugin?: string;
  schedule?: string;
  /** Needs `type`. */
  key?: string;
  /** `post:17`. */
  about?: string;
  ids?: readonly string[];
  q?: string;
  from?: string | number;
  to?: string | number;
  endedFrom?: string | number;
  endedTo?: string | number;
  sort?: JobSort;
  limit?: number;
  cursor?: string;
  /** Instead of a cursor: so many jobs are skipped, 10,000 at most. */
  offset?: number;
  /** The page has `total`, counted up to 10,000, and `totalCapped`. */
  total?: boolean;
}

export interface JobFunctions {
  /** Resolves when the job is stored; with a file in its data it is sent as a form. Throws `ClientError`. */
  addJob<T extends Named<T, JobTypes>>(job: NewClientJob<T>, options?: UploadOptions): Promise<Job<T>>;
  /** The job, or null if it does not exist. `getJobStatus<'email'>(id)` types its data and result. */
  getJobStatus<T extends Named<T, JobTypes> = string>(jobId: string): Promise<Job<T> | null>;
  /** Oldest first; empty if the job does not exist. */
  getJobHistory(jobId: string): Promise<HistoryEntry[]>;
  /** False if it has finished or does not exist. */
  cancelJob(jobId: string): Promise<boolean>;
  /** Sends the signal that `job.waitFor(key)` waits for. `data`: JSON, not null; `true` by default. Throws `ClientError`. */
  signalJob(jobId: string, key: string, data?: unknown): Promise<void>;
  getQueueMetrics(): Promise<QueueMetrics>;
  /** One page of jobs; with `type`, their data and results are typed. */
  listJobs<T extends Named<T, JobTypes> = string>(query?: JobListQuery<T>): Promise<JobPage<T>>;
}

/** Treats a missing or uncancellable job as an answer, not an error. */
const NO: ErrorCode[] = ['JOB_NOT_FOUND', 'NOT_CANCELLABLE'];

export function createJobFunctions(requests: Requests): JobFunctions {
  /** Null for these refusals, and for an id that no job can have. */
  const ofJob = async <T>(id: string, path: string, init?: Init): Promise<T | null> =>
    isName(id) ? requests.json<T>(`/api/jobs/${encodeURIComponent(id)}${path}`, init).catch(nullFor(NO)) : null;

  return {
    addJob: async (job, options) => readable((await sendJob(requests, job, options)) as Job) as never,
    getJobStatus: async <T extends string>(id: string) => {
      const job = await ofJob<Job<T>>(id, '');
      return job && readable(job);
    },
    getJobHistory: async (id) => (await ofJob<{ events: HistoryEntry[] }>(id, '/history'))?.events ?? [],
    cancelJob: async (id) => (await ofJob(id, '/cancel', { method: 'POST' })) !== null,
    signalJob: async (id, key, data) => {
      const body = JSON.stringify({ data });
      const headers = { 'Content-Type': 'application/json' };
      await requests.json(`/api/jobs/${encodeURIComponent(id)}/signals/${encodeURIComponent(key)}`, {
        method: 'POST',
        body,
        headers,
      });
    },
    getQueueMetrics: () => requests.json('/api/metrics'),
    listJobs: async <T extends string>(query: JobListQuery<T> = {}) => {
      const list = await requests.json<JobPage<T>>(`/api/jobs?${searchOf(query)}`);
      list.jobs.forEach(readable);
      return list;
    },
  };
}

/** As text, a job is its state, like on the server. */
function readable<J extends { status: JobState }>(job: J): J {
  return Object.defineProperty(job, 'toString', { value: () => job.status });
}
