// Stored facts about finished jobs and schedules, for rules and pages of plugins.
import { token } from './token.ts';

export interface EndedQuery {
  type: string;
  state: 'completed' | 'failed';
  /** Only jobs of this schedule; null: only jobs of none. */
  schedule?: string | null;
  /** Only jobs that ended at or after this; milliseconds since 1970. */
  since?: number;
  /** 1 to 2000; 20 by default. */
  limit?: number;
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
  /** The schedule that added it, as in `ScheduleFact.name`. */
  schedule: string | null;
}

/** Times in milliseconds since 1970. */
export interface ScheduleFact {
  /** `plugin/name`, or only the name for the application. */
  name: string;
  /** Type of the job that it adds. */
  type: string;
  paused: boolean;
  /** Its plugin is on in this process, or it belongs to the application. */
  active: boolean;
  /** The first run without a job yet; null if none is left. */
  nextRun: number | null;
  /** The latest run with a job, and that job. */
  lastRun: number | null;
  lastJob: string | null;
}

/** Reads of limited size: `needs: { facts: Facts }`. */
export interface Facts {
  /** Newest first by creation; examines about 10,000 jobs. */
  ended(query: EndedQuery): Promise<EndedJob[]>;
  /** By name. */
  schedules(): Promise<ScheduleFact[]>;
}
export const Facts = token<Facts>('core/facts');
