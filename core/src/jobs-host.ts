// The object that createJobs() returns, for the CMS, scripts and tests.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type {
  Attempt,
  Batches,
  Failures,
  HooksApi,
  Info,
  Job,
  JobFilter,
  JobPage,
  JobsApi,
  JobTypes,
  JobView,
  Limits,
  LogLine,
  NodeInfo,
  Pauses,
  PluginStatus,
  Plugins,
  Receipt,
  Schedules,
  TypeInfo,
  Who,
  WhyNot,
} from '@phraseworks/sdk';
import type { Named } from '@phraseworks/sdk/host';
import type { Hono, MiddlewareHandler } from 'hono';

type OnUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A Node server: what `serve()` of `@hono/node-server`, `createServer()` and Express' `listen()` return, and Fastify's `server`. */
export interface UpgradeServer {
  prependListener(event: 'upgrade', listener: OnUpgrade): unknown;
  off(event: 'upgrade', listener: OnUpgrade): unknown;
  listenerCount(event: 'upgrade'): number;
}

/** A service as the host has it: the site itself asks. */
export type OfSite<S> = {
  readonly [K in keyof S]: S[K] extends (who: Who, ...rest: infer A) => infer R ? (...rest: A) => R : never;
};

/** What `createJobs()` returns: the functions of jobs and hooks, acting for the application, and what a host needs. */
export interface JobsHost extends JobsApi, HooksApi {
  /** `app.route('/jobs', jobs.routes)`, before body parsers and the CMS's own catch-all. */
  readonly routes: Hono;
  /** `app.use(jobs.middleware)`: module-level functions inside a request find this instance. */
  readonly middleware: MiddlewareHandler;
  /** All plugins: `list()`, `enable(name)`, `disable(name)`, `configure(name, config)`, `purge(name)`, ... */
  readonly plugins: OfSite<Plugins>;
  /** All schedules: `list()`, `change(name, ...)`, `pause(name)`, `run(name)`, `preview(times)`, ... */
  readonly schedules: OfSite<Schedules>;
  /** Paused types and plugins: `list()`, `pause(...)`, `resume(...)`. */
  readonly pauses: OfSite<Pauses>;
  /** Limits over all processes: `list()`, `change(name, ...)`, `reset(name)`. */
  readonly limits: OfSite<Limits>;
  /** All batches: `list()`, `get(id)`, `jobs(id, ...)`, `cancel(id)`, `retry(id)`. */
  readonly batches: OfSite<Batches>;
  /** Handles WebSocket upgrades for `<mountPath>/ws` on any Node http server; other upgrades stay with the host. */
  attachWebSocket(server: UpgradeServer, options?: { path?: string }): void;
  /** One page of jobs. */
  listJobs<T extends Named<T, JobTypes> = string>(filter?: JobFilter<T>): Promise<JobPage<T>>;
  /** Its attempts, oldest first. This and the others with the id of a job throw `JOB_NOT_FOUND`. */
  getJobAttempts(jobId: string): Promise<Attempt[]>;
  /** What its processor wrote with `job.log`. */
  getJobLogs(jobId: string): Promise<LogLine[]>;
  /** Its `job.once()` receipts, by key, at most 10,000. */
  getJobReceipts(jobId: string): Promise<Receipt[]>;
  /** Failed jobs by type and cause; only those that failed at or after `from`, in milliseconds since 1970. */
  failures(options?: { from?: number }): Promise<Failures>;
  /** Why it is not running, in one line. */
  why(jobId: string): Promise<WhyNot>;
  /** Queues a finished job again. Throws `INVALID_STATE`, `INVALID_DATA`. */
  retryJob(jobId: string, options?: { data?: unknown }): Promise<Job>;
  /** Runs a delayed job now. Throws `INVALID_STATE`. */
  runJob(jobId: string): Promise<Job>;
  /** Deletes a job and everything that belongs to it. Throws `INVALID_STATE` while it runs. */
  deleteJob(jobId: string): Promise<void>;
  /** The view that its type makes, within two seconds; errors of the plugin go into `error`. */
  jobView(jobId: string): Promise<JobView>;
  /** The job types with owner, limits and schema. */
  types(): TypeInfo[];
  /** Engine, durability, roles, plugins, and whether jobs can be stored. */
  info(): Info;
  /**
   * All processes that use this database, oldest first. A process that crashed is listed with `live: false`
   * until its row is removed, for at most a day.
   */
  nodes(): Promise<NodeInfo[]>;
  /** Starts to claim jobs and to fire schedules, according to the roles. */
  start(): Promise<PluginStatus[]>;
  /**
   * Stops claiming, gives running jobs time to finish, then aborts and releases them without using up an attempt; all within `timeout`
   * milliseconds (30,000 by default), of which the last three seconds, or three quarters if that is less, are for aborted jobs and for closing.
   */
  stop(options?: { timeout?: number }): Promise<void>;
  /** Releases running jobs without waiting for them, within a second; the process must end right after. */
  halt(): Promise<void>;
  /** `await using jobs = await createJobs(...)` stops it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}
