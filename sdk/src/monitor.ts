// What the system is doing now, and what it has done: for plugins that watch it.
import type { Dispose } from './hooks.ts';
import type { JobEvent, JobState } from './job.ts';
import { token } from './token.ts';

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

/** What one transaction of this process has stored. */
export interface StoredChanges {
  readonly events: readonly JobEvent[];
  /** New jobs that are parked, by type: their events do not say that they are new. */
  readonly parkedNew: ReadonlyMap<string, number>;
  /** How many more, or fewer, jobs are in which state. `ready` and `scheduled` are both pending; a job can be deleted without an event. */
  counts(): readonly { state: string; type: string; n: number }[];
}

/** A service of the core: `needs: { monitor: Monitor }`. */
export interface Monitor {
  /** The id of this process. */
  readonly node: string;
  /** Answers within eight seconds, whatever the database does. */
  snapshot(): Promise<SystemSnapshot>;
  /** How many jobs there are by type and state; states without a job are left out. */
  jobs(): Promise<ReadonlyMap<string, Partial<Record<JobState, number>>>>;
  /**
   * Calls `listener` after each transaction of this process, with its duration in milliseconds; what was stored before the plugins had started
   * comes at once. `ms` is null for a job that joined a transaction of the host, which may still be rolled back. Must be quick.
   */
  onStored(listener: (changes: StoredChanges, ms: number | null) => void): Dispose;
}
export const Monitor = token<Monitor>('core/monitor');
