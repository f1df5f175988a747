// Derives missed events from a job and its history.
import type { HistoryEntry } from '../contract/jobs.ts';
import type { Job, JobEvent } from '../job.ts';
import type { JobEventName } from '../options.ts';

/** A history has entries that are not sent as events. */
const NOT_SENT = /released|snoozed|limited/;

const about = ({ id, type, plugin }: Job) => ({ jobId: id, jobType: type, plugin });

/** The event that led to the job's state. */
export function eventOf(job: Job): JobEvent {
  const { status, attempt, finishedAt, startedAt, createdAt, progress, result, error, reason } = job;
  const isRunning = status === 'processing';
  const waiting = attempt > 0 ? 'job_retry' : 'job_added';
  const running = progress ? 'job_progress' : 'job_started';
  return {
    ...about(job),
    // A held or blocked job waits as others do.
    event:
      status === 'pending' || status === 'parked' || status === 'blocked'
        ? waiting
        : isRunning
          ? running
          : `job_${status}`,
    status,
    attempt,
    at: finishedAt ?? startedAt ?? createdAt,
    ...(isRunning && progress && { progress }),
    ...(status === 'completed' && { result }),
    ...(error && { error }),
    ...(reason && { reason }),
  };
}

/** Oldest first. */
export const eventsOf = (job: Job, history: readonly HistoryEntry[]): JobEvent[] =>
  history
    .filter(({ event }) => !NOT_SENT.test(event))
    .map(({ worker, duration, by, ...entry }) => ({
      ...about(job),
      ...entry,
      event: entry.event === 'job_requeued' ? 'job_added' : (entry.event as JobEventName),
    }));
