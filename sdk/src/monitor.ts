// What the core tells plugins that watch it: its state, its activity and finished jobs.
import type { Dispose } from './hooks.ts';
import type { JobEvent } from './job.ts';
import type { JobState } from './options.ts';
import { token } from './token.ts';

export interface MonitoredNode {
  id: string;
  hostname: string | null;
  /** Milliseconds since 1970. */
  heartbeatAt: number;
  live: boolean;
  /** Concurrent attempts; 0 if the process claims no jobs. */
  slots: number;
  running: number;
  /** Attempts whose processor ignored the signal to stop and is still running. */
  stuck: number;
  /** The state of each plugin there. */
  plugins: Readonly<Record<string, string>>;
}

export interface SystemSnapshot {
  /** Milliseconds since 1970. */
  now: number;
  version: string;
  /** `SQLite 3.50.1` */
  database: string;
  node: string;
  /** State shared by all processes on the database; null while it cannot be read. */
  shared: {
    /** By type; states without jobs are omitted. */
    jobs: ReadonlyMap<string, Partial<Record<JobState, number>>>;
    /** Type, unless it is held, to the time when its oldest ready job became ready, in milliseconds since 1970. */
    oldest: ReadonlyMap<string, number>;
    nodes: readonly MonitoredNode[];
  } | null;
  /** Can this process store jobs? */
  writable: boolean;
  clients: number;
  /** Writes of this process that wait for a transaction. */
  writeQueue: number;
  /** Attempts in this process that lost their job while running. */
  leasesLost: number;
  /** Jobs that this process found after the process running them had died. */
  crashes: number;
}

/** The changes stored by one transaction of this process. */
export interface StoredChanges {
  readonly events: readonly JobEvent[];
}

export interface EndedQuery {
  type: string;
  state: 'completed' | 'failed';
  /** Only jobs of this schedule; null: only jobs of none. */
  schedule?: string | null;
  /** Only jobs that ended at or after this; milliseconds since 1970. */
  since: number;
  /** At most 2000. */
  limit: number;
}

export interface EndedJob {
  id: string;
  /** When it ended; milliseconds since 1970. */
  at: number;
  error: string | null;
  /** Why it ended without a result: `crashed`, `timeout`, ... */
  reason: string | null;
  /** Of a completed job; null if more than 20 are requested. */
  result: unknown;
  /** The schedule that added it: `plugin/name`, or only the name for the application. */
  schedule: string | null;
}

/** A service of the core: `needs: { monitor: Monitor }`. */
export interface Monitor {
  /** The id of this process. */
  readonly node: string;
  /** Returns within eight seconds, whatever the database does. */
  snapshot(): Promise<SystemSnapshot>;
  /** Finished jobs, newest first by creation; examines about 10,000. */
  ended(query: EndedQuery): Promise<EndedJob[]>;
  /**
   * Calls `listener` after each transaction of this process with its duration in milliseconds. Changes from before the plugins started are
   * delivered at once. `ms` is null for a job in a transaction of the host, which may still be rolled back. Must be fast.
   */
  onStored(listener: (changes: StoredChanges, ms: number | null) => void): Dispose;
}
export const Monitor = token<Monitor>('core/monitor');
