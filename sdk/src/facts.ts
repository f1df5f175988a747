// What the job system has stored about jobs that ended and about schedules, for the rules and pages of a plugin.
import { token } from './token.ts';

export interface EndedQuery {
  type: string;
  state: 'completed' | 'failed';
  /** Only those that ended at or after; milliseconds since 1970. */
  since?: number;
  /** 1 to 2000; 20 by default. */
  limit?: number;
}

export interface EndedJob {
  id: string;
  /** When it ended; milliseconds since 1970. */
  at: number;
  error: string | null;
  /** Why it ended other than by its result: `crashed`, `timeout`, ... */
  reason: string | null;
  /** Of a completed job; null where more than 20 are asked for. */
  result: unknown;
}

/** Times in milliseconds since 1970. */
export interface ScheduleFact {
  /** `plugin/name`, or the name alone for one of the application. */
  name: string;
  /** Of the job that it adds. */
  type: string;
  paused: boolean;
  /** Its plugin is on in this process, or it is one of the application. */
  active: boolean;
  /** The first run for which no job was added yet; null when there is none left. */
  nextRun: number | null;
  /** The newest run for which a job was added, and that job. */
  lastRun: number | null;
  lastJob: string | null;
}

/** Reads of a bounded size: `needs: { facts: Facts }`. */
export interface Facts {
  /** Newest first by when they were added; about 10,000 jobs are looked at. */
  ended(query: EndedQuery): Promise<EndedJob[]>;
  /** By name. */
  schedules(): Promise<ScheduleFact[]>;
}
export const Facts = token<Facts>('core/facts');
