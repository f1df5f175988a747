// The options of createJobs().
import type { JobEvent, Lent, Schedule } from '@phraseworks/sdk';
import type { Authorize, HostSignIn } from './http/authorize.ts';
import type { Clock, Random } from './kernel/clock.ts';
import type { ProcessorSettings, QueueSettings } from './kernel/config.ts';
import type { Env } from './kernel/env.ts';
import type { Level, LogFormat, Logger } from './kernel/logger.ts';
import type { PluginEntries } from './plugins/entries.ts';
import type { HostDatabase } from './store/open.ts';

export interface JobsConfig {
  /** `sqlite:PATH` (default `sqlite:data/jobs.db`), `sqlite::memory:` or `mysql://user:password@host:port/database`, or your own Kysely instance on one of these. */
  database?: string | HostDatabase;
  /** Plugins by name: `true`, `false` or `{ enabled, use, config }`. */
  plugins?: PluginEntries;
  /** Your services for plugins, each made with `lend(Token, service)`. They win over a plugin that provides the same token. */
  services?: readonly Lent[];
  /** The specification's settings; times in milliseconds. */
  queue?: Partial<QueueSettings>;
  /** Per type: `timeout`, `maxRetries`, `retryDelay`, `retryBackoff`, `concurrency`. */
  processors?: Record<string, ProcessorSettings>;
  /** Folder for uploaded files (`dir`), and the most bytes per file (`maxBytes`, 20 MB), per job (`maxJobBytes`, 100 MB) and in total (`maxTotalBytes`, 5 GB). */
  uploads?: { dir?: string; maxBytes?: number; maxJobBytes?: number; maxTotalBytes?: number };
  /** The most WebSockets and event streams in this process (10,000) and per user (50). */
  live?: { maxConnections?: number; maxPerUser?: number };
  /** For schedules created at run time or over HTTP: least milliseconds between two runs (10000), and the most schedules (100). */
  scheduler?: { minInterval?: number; maxSchedules?: number };
  /** Schedules of the application: saved at each start; removed ones are deleted at the next start. Schedules from `scheduleJob()` are not affected. */
  schedules?: readonly Schedule[];
  /** What this process does; all three by default. */
  roles?: ('web' | 'worker' | 'scheduler')[];
  /** Where `routes` are mounted; `/jobs` by default. */
  mountPath?: string;
  /** Other origins that may use the API and the WebSocket with cookies. */
  allowedOrigins?: string[];
}

export interface JobsOptions extends JobsConfig {
  /** Decides who may do what over HTTP. Without it, only users who sign in with `phraseworks-jobs link` have access, to everything. */
  authorize?: Authorize;
  /**
   * For hosts whose users have tokens: says whom a token belongs to and what that user may do. Scripts send it as `Authorization: Bearer`;
   * `POST /sign-in` keeps it in a cookie for the dashboard. Takes the place of `authorize`; with both, createJobs() throws `INVALID_CONFIG`.
   */
  signIn?: HostSignIn;
  /** Decides which live events a user receives, by the name that `authorize` returned; all by default. An error means no. */
  mayHear?: (user: string | undefined, event: JobEvent) => boolean | Promise<boolean>;
  /** Module-level functions outside any scope use this instance. */
  default?: boolean;
  /** `stop`: createJobs() throws if a plugin fails. `continue` (default): only that plugin fails. */
  onPluginFailure?: 'continue' | 'stop';
  /** Base folder for relative paths in `plugins.*.use`; the working directory by default. */
  baseDir?: string;
  /** @deprecated Use the settings of the plugin metrics: `plugins: { metrics: { config: { tracing } } }`. */
  telemetry?: { tracing?: boolean };
  log?: Logger;
  /** Level of the built-in log; `info` by default. */
  logLevel?: Level;
  /** Format of the built-in log: plain lines (default) or JSON. */
  logFormat?: LogFormat;
}

/** The process's surroundings; only tests replace them. */
export interface Runtime {
  clock: Clock;
  random: Random;
  env: Env;
  /** Milliseconds; may be shorter than the settings allow. */
  leaseDuration?: number;
  /** Milliseconds to wait for a database server that is not up yet. */
  patience?: number;
  /** In a test, a type without an owner is a mistake: refuse it instead of parking the job. */
  unknownTypes?: 'refuse';
}
