// What createJobs() answers: the surface that the CMS, a script or a test holds.
import type { Server } from 'node:http';
import type {
  Access,
  Attempt,
  Block,
  HooksApi,
  Job,
  JobState,
  JobsApi,
  LogLine,
  MissedRuns,
  NewJob,
  PluginState,
  Receipt,
  StorageState,
} from '@phraseworks/sdk';
import type { Hono, MiddlewareHandler } from 'hono';
import type { Failures } from './queue/failures.ts';
import type { PausesApi } from './queue/pause-control.ts';
import type { JobView } from './queue/view.ts';

export interface JobFilter {
  status?: JobState | JobState[];
  type?: string;
  plugin?: string;
  /** `plugin/name` of the schedule that added it. */
  schedule?: string;
  /** Words that are all needed: `type:email`, `plugin:image`, `error:timeout`, `data.to:ada`, `id:3f2a`, and text; 10,000 jobs are searched. */
  q?: string;
  /** Added at or after; milliseconds since 1970. */
  from?: number;
  /** Added before. */
  to?: number;
  /** 50 by default, 200 at most. */
  limit?: number;
  cursor?: string;
  /** Leave out data and results over 512 bytes, which are then not read; `dataBytes` and `resultBytes` tell how large they are. */
  brief?: boolean;
}

/**
 * Jobs of these types, of these plugins, added by these schedules (`plugin/name`), with these values in their data
 * (`{ owner: 'ada', 'site.id': 7 }`). All that is named has to fit.
 */
export interface Where {
  types?: readonly string[];
  plugins?: readonly string[];
  schedules?: readonly string[];
  data?: Readonly<Record<string, string | number | boolean>>;
}

export interface ListLimits {
  where?: Where | undefined;
  sees(job: Job): boolean | Promise<boolean>;
}

/** What a bulk action keeps to beside its filter; stored with it, since it runs later and elsewhere. */
export interface BulkLimits {
  where?: Where;
  /** Only these jobs. */
  only?: string[];
  /** No jobs of these types. */
  without?: string[];
}

export interface JobPage {
  jobs: Job[];
  nextCursor: string | null;
  /** True when a search ended at its limit before all jobs were looked at. */
  capped: boolean;
}

export type BulkAction = 'retry' | 'cancel' | 'run' | 'delete';

export interface BulkRequest {
  action: BulkAction;
  /** Without `status`, the states in which the action makes sense. */
  filter: Pick<JobFilter, 'status' | 'type' | 'plugin' | 'schedule' | 'q' | 'from' | 'to'>;
}

export interface WhyNot {
  jobId: string;
  status: JobState;
  /** One line that says why the job is not running (or that it is). */
  why: string;
}

export interface TypeInfo {
  type: string;
  plugin: string | null;
  lane: string;
  state: 'ready' | 'parked';
  reason: string | null;
  timeout: number | null;
  maxRetries: number | null;
  retryDelay: number | null;
  concurrency: number | null;
  /** The right that adding it over HTTP needs. */
  access: Access;
  /** JSON Schema of the data, where the schema library offers it. */
  schema: object | null;
  example: unknown;
}

export interface PluginStatus {
  name: string;
  title: string | null;
  version: string | null;
  description: string | null;
  state: PluginState;
  reason: string | null;
  since: string;
  types: string[];
  schedules: string[];
  hooks: string[];
  routes: string[];
  panels: string[];
  /** Of the command line. */
  commands: string[];
  needs: { id: string; optional: boolean; met: boolean }[];
  provides: string[];
  /** What becomes of its waiting jobs when it is switched off. */
  onJobs: 'park' | 'cancel';
  /** JSON Schema of the config, where the schema library offers it. */
  configSchema: object | null;
  /** Secrets masked; null while it is not known. */
  config: unknown;
  health: { hookErrors: number; lastError: string | null };
  parkedJobs: number;
  initMs: number | null;
}

export interface DisableOptions {
  /** What happens to running jobs: `drain` (default) lets them end for `timeout`, then aborts and puts them back; `abort` does so at once. */
  running?: 'drain' | 'abort';
  /** Milliseconds; 30000 by default. */
  timeout?: number;
}

export interface PluginSettings {
  name: string;
  /** Null where the schema library offers none. */
  configSchema: object | null;
  config: unknown;
}

export interface PluginsApi {
  list(): Promise<PluginStatus[]>;
  /** Starts the plugin and keeps it on over restarts. Throws `PLUGIN_NOT_FOUND`. */
  enable(name: string): Promise<PluginState>;
  disable(name: string, options?: DisableOptions): Promise<PluginState>;
  /** Checks and stores the config, then starts the plugin anew. Throws `INVALID_DATA` with every wrong key. */
  configure(name: string, config: unknown): Promise<PluginState>;
  /** Its settings with secrets masked, and their JSON Schema. Loads the code of a plugin that has been off, without starting it. Throws `PLUGIN_NOT_FOUND`. */
  settings(name: string): Promise<PluginSettings>;
  /** Takes back its migrations and deletes its jobs, schedules and settings. The plugin must be off. */
  purge(name: string): Promise<void>;
  panels(): { plugin: string; id: string; title: string }[];
  /** The blocks of one panel. Throws `NOT_FOUND`. */
  panel(plugin: string, id: string): Promise<Block[]>;
}

export interface ScheduleInfo {
  name: string;
  plugin: string | null;
  schedule: string;
  timezone: string;
  missed: MissedRuns;
  paused: boolean;
  type: string;
  /** ISO 8601 in UTC; null while paused or while its plugin is off. */
  nextRun: string | null;
  /** The next five. */
  nextRuns: string[];
  lastRun: string | null;
  lastJob: string | null;
}

/** One schedule with the job that it adds. */
export interface ScheduleDetail extends ScheduleInfo {
  jobData: NewJob;
  /** By its plugin or the configuration, with every start. */
  declared: boolean;
  /** A person has changed what is declared: that holds until it is removed. */
  changed: boolean;
}

/** What is left out stays as it is. */
export interface ScheduleChange {
  schedule?: string;
  timezone?: string;
  missed?: MissedRuns;
  jobData?: NewJob;
}

export interface ScheduleRuns {
  /** Milliseconds since 1970; `from` is in the span, `to` is not. */
  from: number;
  to: number;
  /** Of this schedule alone, even while it is paused or its plugin is off. */
  name?: string;
  /** Runs of one schedule, at most: 2000 by default. */
  limit?: number;
}

export interface SchedulesApi {
  list(): Promise<ScheduleInfo[]>;
  /** Throws `SCHEDULE_NOT_FOUND`. */
  get(name: string): Promise<ScheduleDetail>;
  /** When each runs within a span of time, by its pattern; at most 20,000 runs in all. */
  runs(span: ScheduleRuns): Promise<{ name: string; at: string[]; capped: boolean }[]>;
  /** Throws `SCHEDULE_NOT_FOUND`, `INVALID_DATA` with all wrong fields, `PAYLOAD_TOO_LARGE`. */
  change(name: string, change: ScheduleChange): Promise<ScheduleDetail>;
  /** `name` is `plugin/name`, or the name alone for the application's own. These throw `SCHEDULE_NOT_FOUND`. */
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Adds its job now, beside its regular runs. */
  run(name: string): Promise<Job>;
  remove(name: string): Promise<void>;
}

export interface Info {
  engine: string;
  version: string;
  /** As read back from the connection: `full` when a commit waits for the disk. */
  durability: string;
  location: string;
  node: string;
  roles: readonly Role[];
  running: boolean;
  /** Can jobs be stored, as far as is known? `/ready` tries it. */
  storage: StorageState;
  plugins: Record<string, PluginState>;
}

/** A process that has signed on to the database. */
export interface NodeInfo {
  id: string;
  /** Null where an older version has not said it; like `version`. */
  hostname: string | null;
  pid: number;
  version: string | null;
  roles: string[];
  /** The lanes that it claims from, each with its limit; null: none. Empty where it claims nothing, like `types`. */
  lanes: Record<string, number | null>;
  types: string[];
  /** Attempts at once. */
  slots: number;
  /** Attempts that ran at its last heartbeat. */
  running: number;
  /** Attempts whose processor had ignored its signal by then, and still ran. */
  stuck: number;
  /** It has been asked to claim nothing more. */
  draining: boolean;
  /** ISO 8601 in UTC. */
  startedAt: string;
  heartbeatAt: string;
  /** It has been heard of within `queue.leaseDuration`. */
  live: boolean;
}

export type Role = 'web' | 'worker' | 'scheduler';

export interface JobsHost extends JobsApi, HooksApi {
  /** `app.route('/jobs', jobs.routes)`, before body parsers and the CMS's own catch-all. */
  readonly routes: Hono;
  /** `app.use(jobs.middleware)`: module-level functions inside a request find this instance. */
  readonly middleware: MiddlewareHandler;
  readonly plugins: PluginsApi;
  readonly schedules: SchedulesApi;
  /** Types and lanes whose jobs are kept waiting. */
  readonly pauses: PausesApi;
  /** Answers WebSocket upgrades for `<mountPath>/ws` on any node http server, and leaves the others to the host. */
  attachWebSocket(server: Server, options?: { path?: string }): void;
  /** False when it is already over or not known; `by` is noted in its history. */
  cancelJob(jobId: string, options?: { by?: string }): Promise<boolean>;
  /** `limits`: only jobs that fit `where` and that `sees` lets through; then some 2,000 jobs are looked at for one page. */
  listJobs(filter?: JobFilter, limits?: ListLimits): Promise<JobPage>;
  getJobAttempts(jobId: string): Promise<Attempt[]>;
  getJobLogs(jobId: string): Promise<LogLine[]>;
  /** What it has done with `job.once()`, in the order of the keys, 10,000 at most. */
  getJobReceipts(jobId: string): Promise<Receipt[]>;
  /** Failed jobs by type and cause; only those that failed at or after `from`, in milliseconds since 1970. */
  failures(options?: { from?: number }, limits?: ListLimits): Promise<Failures>;
  /** Null when there is no such job. */
  why(jobId: string): Promise<WhyNot | null>;
  /** Puts a finished job back. Throws `JOB_NOT_FOUND`, `INVALID_STATE`, `INVALID_DATA`. */
  retryJob(jobId: string, options?: { data?: unknown; by?: string }): Promise<Job>;
  /** Lets a delayed or held job run now. Throws `JOB_NOT_FOUND`, `INVALID_STATE`. */
  runJob(jobId: string, options?: { by?: string }): Promise<Job>;
  /** Removes a job and all that belongs to it. Throws `JOB_NOT_FOUND`, and `INVALID_STATE` while it is processing. */
  deleteJob(jobId: string): Promise<void>;
  /** What its type shows for it: within two seconds, and never with an error of the plugin. Throws `JOB_NOT_FOUND`. */
  jobView(jobId: string): Promise<JobView>;
  /** Does it to all that match, as a job that can be followed; it does not count against `maxQueueSize`. */
  bulk(request: BulkRequest, limits?: BulkLimits): Promise<Job>;
  types(): TypeInfo[];
  info(): Info;
  /**
   * All processes that have signed on to this database and not signed off, the oldest first; one that ended without a word stays
   * until it is found to be dead, a day at most, with `live: false`.
   */
  nodes(): Promise<NodeInfo[]>;
  /** Begins to claim, to fire schedules and to sweep, by its roles. */
  start(): Promise<PluginStatus[]>;
  /** Stops claiming, lets running jobs end for `timeout` (30 s by default), then aborts and puts them back without spending an attempt. */
  stop(options?: { timeout?: number }): Promise<void>;
  /** Puts running jobs back without waiting for them, a second at most; the process has to end right after. */
  halt(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
