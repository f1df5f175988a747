// What createJobs() takes.
import type { JobEvent, Lent, Schedule } from '@phraseworks/sdk';
import type { Authorize } from './http/guard.ts';
import type { Clock, Random } from './kernel/clock.ts';
import type { ProcessorSettings, QueueSettings } from './kernel/config.ts';
import type { Env } from './kernel/env.ts';
import type { Level, LogFormat, Logger } from './kernel/logger.ts';
import type { PluginEntries } from './plugins/entries.ts';
import type { HostDatabase } from './store/open.ts';

export interface JobsConfig {
  /** `sqlite:PATH` (default `sqlite:data/jobs.db`), `sqlite::memory:` or `mysql://user:password@host:port/database`, or a Kysely instance of yours on one of these. */
  database?: string | HostDatabase;
  /** The plugins, by name: `true`, `false` or `{ enabled, use, config }`. */
  plugins?: PluginEntries;
  /** Services of yours that plugins can need, each from `lend(Token, service)` of the SDK. If a plugin provides the same token, the other plugins get the host's. */
  services?: readonly Lent[];
  /** The specification's settings by their names; milliseconds. */
  queue?: Partial<QueueSettings>;
  /** Per type: `timeout`, `maxRetries`, `retryDelay`, `retryBackoff`, `concurrency`. */
  processors?: Record<string, ProcessorSettings>;
  /** Where files that come with a job are kept (`dir`), and the most bytes of one (`maxBytes`, 20 MB), of one job's (`maxJobBytes`, 100 MB) and of all (`maxTotalBytes`, 5 GB). */
  uploads?: { dir?: string; maxBytes?: number; maxJobBytes?: number; maxTotalBytes?: number };
  /** WebSockets and event streams in this process: in all (10,000), and of one user (50). */
  live?: { maxConnections?: number; maxPerUser?: number };
  /** What is made at run time or over HTTP: the least milliseconds between two runs (10000), and the most schedules (100). */
  scheduler?: { minInterval?: number; maxSchedules?: number };
  /** Schedules of the application: saved at each start, and removed when they are no longer here. What `scheduleJob()` makes at run time is left alone. */
  schedules?: readonly Schedule[];
  /** What this process does; all three by default. */
  roles?: ('web' | 'worker' | 'scheduler')[];
  /** Where `routes` are mounted; `/jobs` by default. */
  mountPath?: string;
  /** Other origins whose pages may use the API and the WebSocket with cookies. */
  allowedOrigins?: string[];
}

export interface JobsOptions extends JobsConfig {
  /** Who may do what over HTTP. Without it, only who signs in with a link of `phraseworks-jobs link` is let in, and may do everything. */
  authorize?: Authorize;
  /** Which events a client of the WebSocket or the event stream hears, by the user whom `authorize` named; all by default. A throw is a no. */
  mayHear?: (user: string | undefined, event: JobEvent) => boolean | Promise<boolean>;
  /** Module-level functions outside any scope go to this instance. */
  default?: boolean;
  /** `stop`: a plugin that fails keeps the instance from being made. Default `continue`: it fails alone. */
  onPluginFailure?: 'continue' | 'stop';
  /** Where relative paths in `plugins.*.use` count from; the working directory by default. */
  baseDir?: string;
  /** @deprecated Settings of the plugin metrics: `plugins: { metrics: { config: { tracing } } }`. */
  telemetry?: { tracing?: boolean };
  log?: Logger;
  /** Of the built-in log; `info` by default. */
  logLevel?: Level;
  /** Of the built-in log: one plain line each (default), or one object of JSON. */
  logFormat?: LogFormat;
}

/** What only tests replace. */
export interface Runtime {
  clock: Clock;
  random: Random;
  env: Env;
  /** Milliseconds; below what the settings allow. */
  leaseDuration?: number;
  /** How long to wait for a database server that is not there yet, in milliseconds. */
  patience?: number;
  /** A type without an owner is a mistake in a test, and would wait for ever. */
  unknownTypes?: 'refuse';
}
