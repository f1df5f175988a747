// The object that createJobs() returns, for the CMS, scripts and tests.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  Attempt,
  Block,
  BulkRequest,
  HooksApi,
  Info,
  Job,
  JobFilter,
  JobsApi,
  JobTypes,
  JobView,
  LogLine,
  Panel,
  Plugins,
  Receipt,
  Schedules,
  Where,
  Who,
} from '@phraseworks/sdk';
import type { Failures, JobPage, NodeInfo, PluginStatus, TypeInfo, WhyNot } from '@phraseworks/sdk/client';
import type { Named } from '@phraseworks/sdk/host';
import type { Hono, MiddlewareHandler } from 'hono';
import type { BulkLimits } from './queue/bulk.ts';
import type { PausesApi } from './queue/pauses.ts';

type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A Node server: what `serve()` of @hono/node-server, `createServer()` and Express' `listen()` return, and Fastify's `server`. */
export interface UpgradeServer {
  prependListener(event: 'upgrade', listener: OnUpgrade): unknown;
  off(event: 'upgrade', listener: OnUpgrade): unknown;
  listenerCount(event: 'upgrade'): number;
}

/** A service as the host has it: the site itself asks. */
type OfHost<S> = {
  [K in keyof S]: S[K] extends (who: Who, ...rest: infer A) => infer R ? (...rest: A) => R : never;
};

export interface OpenPanel {
  plugin: string;
  id: string;
  title: string;
  /** The right that a user needs to open it. */
  access: NonNullable<Panel['access']>;
}

export interface PluginsApi extends Omit<OfHost<Plugins>, 'pages' | 'panels' | 'panel'> {
  panels(): OpenPanel[];
  /** The blocks of one panel. Throws `NOT_FOUND`. */
  panel(plugin: string, id: string, page?: number): Promise<Block[]>;
}

export interface SchedulesApi extends Omit<OfHost<Schedules>, 'save' | 'preview' | 'pause' | 'resume'> {
  /** The next five runs of a cron expression, ISO 8601 in UTC. Throws `INVALID_DATA`. */
  preview(times: { schedule: string; timezone?: string | undefined }): string[];
  pause(name: string): Promise<void>;
  /** Runs missed during the pause are skipped. */
  resume(name: string): Promise<void>;
}

export interface JobsHost extends JobsApi, HooksApi {
  /** `app.route('/jobs', jobs.routes)`, before body parsers and the CMS's own catch-all. */
  readonly routes: Hono;
  /** `app.use(jobs.middleware)`: module-level functions inside a request find this instance. */
  readonly middleware: MiddlewareHandler;
  readonly plugins: PluginsApi;
  readonly schedules: SchedulesApi;
  /** Paused types and plugins. */
  readonly pauses: PausesApi;
  /** Handles WebSocket upgrades for `<mountPath>/ws` on any Node http server; other upgrades stay with the host. */
  attachWebSocket(server: UpgradeServer, options?: { path?: string }): void;
  /** False if the job has finished or does not exist; `by` goes into its history. */
  cancelJob(jobId: string, options?: { by?: string }): Promise<boolean>;
  /** `where`: only these jobs. */
  listJobs<T extends Named<T, JobTypes> = string>(filter?: JobFilter<T>, where?: Where): Promise<JobPage<T>>;
  getJobAttempts(jobId: string): Promise<Attempt[]>;
  getJobLogs(jobId: string): Promise<LogLine[]>;
  /** Its `job.once()` receipts, by key, at most 10,000. */
  getJobReceipts(jobId: string): Promise<Receipt[]>;
  /** Failed jobs by type and cause; only those that failed at or after `from`, in milliseconds since 1970. */
  failures(options?: { from?: number }, where?: Where): Promise<Failures>;
  /** Null if the job does not exist. */
  why(jobId: string): Promise<WhyNot | null>;
  /** Queues a finished job again. Throws `JOB_NOT_FOUND`, `INVALID_STATE`, `INVALID_DATA`. */
  retryJob(jobId: string, options?: { data?: unknown; by?: string }): Promise<Job>;
  /** Runs a delayed job now. Throws `JOB_NOT_FOUND`, `INVALID_STATE`. */
  runJob(jobId: string, options?: { by?: string }): Promise<Job>;
  /** Deletes a job and everything that belongs to it. Throws `JOB_NOT_FOUND`, and `INVALID_STATE` while it runs. */
  deleteJob(jobId: string): Promise<void>;
  /** The view that its type makes, within two seconds; errors of the plugin go into `error`. Throws `JOB_NOT_FOUND`. */
  jobView(jobId: string): Promise<JobView>;
  /** Acts on all matching jobs, in a background job that does not count against `maxQueueSize`. */
  bulk(request: BulkRequest, limits?: BulkLimits): Promise<Job>;
  types(): TypeInfo[];
  info(): Info;
  /**
   * All processes that use this database, oldest first. A process that crashed is listed with `live: false`
   * until its row is removed, for at most a day.
   */
  nodes(): Promise<NodeInfo[]>;
  /** Starts to claim jobs and to fire schedules, according to the roles. */
  start(): Promise<PluginStatus[]>;
  /** Stops claiming, gives running jobs `timeout` (30 s by default) to finish, then aborts and releases them without using up an attempt. */
  stop(options?: { timeout?: number }): Promise<void>;
  /** Releases running jobs without waiting for them, within a second; the process must end right after. */
  halt(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
