// Figures of all jobs over time, for reports and pages.
import { token } from './token.ts';

/** What happened to jobs. Durations in milliseconds, never above the longest that was measured; null where none was. */
export interface JobFigures {
  added: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Failed attempts that another one followed. */
  retried: number;
  /** From when a job could run to its attempt: the median, and what 95 % stay below. */
  waitP50: number | null;
  waitP95: number | null;
  /** How long attempts ran. */
  runP50: number | null;
  runP95: number | null;
}

/** Why attempts of a type failed. */
export interface FailureReason {
  type: string;
  /** One line without ids, long numbers and names in addresses, so that equal errors read alike. */
  reason: string;
  /** Failures for good, and those that another attempt followed. */
  failed: number;
  retried: number;
}

export interface SlowJob {
  jobId: string;
  type: string;
  /** The job's summary; empty if its type has none. */
  about: string;
  /** Milliseconds that its longest attempt ran. */
  ms: number;
  /** Milliseconds since 1970. */
  endedAt: number;
}

export interface FiguresBetween {
  /** Since when figures are kept, in milliseconds since 1970. */
  since: number;
  /** One for each stretch between two times. */
  stretches: JobFigures[];
  total: JobFigures;
  byType: ReadonlyMap<string, JobFigures>;
  /** Most frequent first, at most 10. */
  reasons: FailureReason[];
  /** Slowest first, at most 10. */
  slowest: SlowJob[];
}

export interface MetricsPoint extends JobFigures {
  /** When its slot begins, ISO 8601 in UTC. */
  at: string;
  /** The most jobs that were seen waiting: pending, blocked and parked ones. */
  pending: number;
  /** What 99 % stay below. */
  waitP99: number | null;
  runP99: number | null;
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
  /** Of the whole range, by type, if more than one was asked for. */
  byType: Record<string, Omit<MetricsPoint, 'at'>>;
}

/** A service of the plugin metrics, or of another one that provides it: `needs: { figures: optional(Figures) }`. */
export interface Figures {
  /** `times`: at least two, oldest first, in milliseconds since 1970, such as the starts of the days of a week and its end. Counted by the quarter of an hour. */
  between(times: readonly number[]): Promise<FiguresBetween>;
}
export const Figures = token<Figures>('metrics/figures');
