// What the system is doing now, and what it has done: for plugins that watch it.
import type { Dispose } from './hooks.ts';
import type { JobEvent, JobState } from './job.ts';
import { token } from './token.ts';

/** `counts[i]` holds durations up to `bounds[i]` and above the bound before it; the last count has no upper bound. Milliseconds. */
export interface Durations {
  bounds: readonly number[];
  counts: readonly number[];
  sum: number;
}

/** What happened to the jobs of one type since the first start, in all processes. */
export interface TypeTotals {
  added: number;
  completed: number;
  failed: number;
  cancelled: number;
  retried: number;
  /** Milliseconds since 1970. */
  lastCompleted: number | null;
  wait: Durations;
  run: Durations;
}

export interface MonitoredNode {
  id: string;
  hostname: string | null;
  /** Milliseconds since 1970. */
  heartbeatAt: number;
  live: boolean;
  /** Attempts at once; 0 where the process claims no jobs. */
  slots: number;
  running: number;
  /** Attempts whose processor ignored its signal and still runs. */
  stuck: number;
}

export interface SystemSnapshot {
  /** Milliseconds since 1970. */
  now: number;
  version: string;
  /** `SQLite 3.50.1` */
  database: string;
  node: string;
  /** What all processes on the database have in common; null while it cannot be read. */
  shared: {
    /** By type; states without a job are left out. */
    jobs: ReadonlyMap<string, Partial<Record<JobState, number>>>;
    totals: ReadonlyMap<string, TypeTotals>;
    /** Lane to when its oldest ready job became ready, in milliseconds since 1970. */
    oldest: ReadonlyMap<string, number>;
    nodes: readonly MonitoredNode[];
  } | null;
  /** Can this process store jobs? */
  writable: boolean;
  plugins: Readonly<Record<string, string>>;
  clients: { websocket: number; sse: number };
  /** Writes of this process that wait for their transaction. */
  writeQueue: number;
  /** Attempts that lost their job while they ran in this process. */
  leasesLost: number;
  /** Jobs that this process found without the process that ran them. */
  crashes: number;
}

/** A service of the core: `needs: { monitor: optional(Monitor) }`. Commands of the command line run without it. */
export interface Monitor {
  /** Answers within eight seconds, whatever the database does. */
  snapshot(): Promise<SystemSnapshot>;
  /** Calls `listener` after each transaction of this process, with its events and its duration in milliseconds. Must be quick. */
  onStored(listener: (events: readonly JobEvent[], ms: number) => void): Dispose;
}
export const Monitor = token<Monitor>('core/monitor');
