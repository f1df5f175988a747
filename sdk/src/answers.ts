// What the HTTP API answers beside jobs. The core's schemas of the answers are checked against these types.

import type { JobFigures } from './figures.ts';
import type { PluginState } from './hooks.ts';
import type { JobState, ListedJob, NewJob } from './job.ts';
import type { MissedRuns } from './jobs-api.ts';
import type { Access } from './processor.ts';

export interface JobPage<T extends string = string> {
  /** Newest first. */
  jobs: ListedJob<T>[];
  nextCursor: string | null;
  /** True if a search stopped at its limit before it examined all jobs. */
  capped: boolean;
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
  state: 'ready' | 'parked';
  reason: string | null;
  timeout: number | null;
  maxRetries: number | null;
  retryDelay: number | null;
  concurrency: number | null;
  /** The right needed to add it over HTTP. */
  access: Access;
  /** JSON Schema of the data, if the schema library offers it. */
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
  /** Nobody can disable it at run time. */
  alwaysOn: boolean;
  since: string;
  types: string[];
  schedules: string[];
  hooks: string[];
  routes: string[];
  panels: string[];
  /** Commands for the command line. */
  commands: string[];
  needs: { id: string; optional: boolean; met: boolean }[];
  provides: string[];
  /** JSON Schema of the config, if the schema library offers it. */
  configSchema: object | null;
  /** Secrets are masked; null while unknown. */
  config: unknown;
  health: { hookErrors: number; lastError: string | null };
  parkedJobs: number;
  initMs: number | null;
}

/** What a plugin that no running process has left in the database. */
export interface RemovedPlugin {
  name: string;
  /** In all states. */
  jobs: number;
  /** Names without the plugin prefix. */
  schedules: string[];
  /** Tables that begin with the plugin's prefix. */
  tables: string[];
}

/** What a purge deleted. */
export interface Purged {
  jobs: number;
  schedules: number;
  tables: string[];
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
  /** Declared by its plugin or the configuration. */
  declared: boolean;
  /** Edited manually; deleting the schedule restores the declared one at the next start. */
  changed: boolean;
}

/** A process that uses the database. */
export interface NodeInfo {
  id: string;
  /** Null if its report is damaged; so is `version`. */
  hostname: string | null;
  pid: number;
  version: string | null;
  roles: string[];
  types: string[];
  /** Concurrent attempts. */
  slots: number;
  /** Attempts running at its last heartbeat. */
  running: number;
  /** Attempts whose processor ignored its signal and was still running then. */
  stuck: number;
  /** It was asked to claim no more jobs. */
  /** ISO 8601 in UTC. */
  startedAt: string;
  heartbeatAt: string;
  /** It sent a heartbeat within `queue.leaseDuration`. */
  live: boolean;
}

export interface FailureGroup {
  type: string;
  /** The first line of the error, with `#` for numbers and for passwords in URLs. Usable in a search as `error:`. */
  cause: string;
  jobs: number;
  /** The newest of these jobs. `at`: when it failed, ISO 8601 in UTC. */
  newest: { id: string; at: string };
}

export interface Failures {
  /** Most frequent first. */
  failures: FailureGroup[];
  /** How many failed jobs were examined, newest first. */
  looked: number;
  /** True if older failed jobs were not examined. */
  capped: boolean;
}

export interface PauseInfo {
  kind: 'type' | 'plugin';
  name: string;
  /** ISO 8601 in UTC. */
  since: string;
  by: string | null;
  /** Jobs that wait because of it, including delayed ones. */
  jobs: number;
  /** When it resumes by itself, ISO 8601 in UTC; null: not until it is resumed. */
  until: string | null;
  reason: string | null;
}

export interface MetricsPoint extends JobFigures {
  /** When its slot begins, ISO 8601 in UTC. */
  at: string;
  /** The most jobs that were seen waiting. */
  pending: number;
}

/** The answer of `GET /api/metrics/history`. */
export interface MetricsHistory {
  from: string;
  to: string;
  /** Milliseconds from one point to the next. */
  step: number;
  points: MetricsPoint[];
  /** Of the whole range. */
  total: Omit<MetricsPoint, 'at'>;
  /** The types that have figures. */
  types: string[];
  /** Of the whole range, by type; empty in the answer for one type. */
  byType: Record<string, Omit<MetricsPoint, 'at'>>;
}

/** Of a type, with whether the caller may add jobs of it. */
export interface OfferedType extends TypeInfo {
  mayAdd: boolean;
}

export interface LogEntry {
  id: number;
  at: string;
  /** Null: a person without a name. `cli:` and a name: on the command line. */
  user: string | null;
  action: string;
  target: string;
  detail: string | null;
}

export interface LogPage {
  /** Newest first. */
  entries: LogEntry[];
  nextBefore: number | null;
}

/** What the caller may do. */
export interface Rights {
  view: boolean;
  add: boolean;
  operate: boolean;
  administer: boolean;
}

export interface PanelInfo {
  plugin: string;
  id: string;
  title: string;
}
