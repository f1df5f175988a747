// Finds the log lines of old jobs, and removes them.
import { token } from './token.ts';

/** The log of a finished job. */
export interface OldLog {
  /** The id of the job. */
  id: string;
  /** When the job ended; milliseconds since 1970. */
  at: number;
  /** Size of the lines; the table needs somewhat more. */
  bytes: number;
  /** One line for people. */
  label: string;
}

/** A log that was not removed, and why: `gone`: its job was removed; `changed`: its job was retried since the log was found. */
export interface KeptLog {
  id: string;
  reason: 'gone' | 'changed';
}

/** A service of the core: `needs: { logs: JobLogs }`. The jobs stay; the core removes those by itself after `queue.retentionPeriod`. */
export interface JobLogs {
  /** Logs of jobs that ended before this time, oldest first. Reads page by page, so logs that were found may be removed meanwhile. */
  find(query: { before: number; signal?: AbortSignal }): AsyncIterable<OldLog>;
  /** Removes exactly these, in short transactions. Returns those that stay. */
  remove(logs: readonly OldLog[]): Promise<KeptLog[]>;
}
export const JobLogs = token<JobLogs>('core/job-logs');
