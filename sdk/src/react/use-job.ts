// useJob: one job, live.
import type { Job, JobEvent } from '../job.ts';
import { type MakeSource, useShared } from './shared.ts';
import type { Source } from './source.ts';
import { watchEvents } from './watch.ts';

export interface ShownJob<T extends string = string> {
  /** Null until it is there, and when there is no such job. */
  job: Job<T> | null;
  loading: boolean;
  /** Why it could not be asked for; a `ClientError` with its `code`. The job before it stays. */
  error: Error | null;
  /** Asks for it anew. */
  refresh: () => void;
}

/** A job by its id, kept fresh by its events also after it is over. With null or undefined nothing is asked for. */
export function useJob<T extends string = string>(id: string | null | undefined): ShownJob<T> {
  const { value, loading, error, refresh } = useShared(id ? jobKey(id) : null, jobSource<T>(id ?? ''));
  return { job: value, loading, error, refresh };
}

export const jobKey = (id: string): string => `job ${id}`;

export const jobSource =
  <T extends string>(id: string): MakeSource<Job<T>> =>
  (client) => ({
    fetch: () => client.getJobStatus(id) as Promise<Job<T>>,
    watch: (source) => watchEvents(client, { jobs: [id] }, (event) => heard(source, event), source.refresh),
  });

/** Progress comes with the event; for everything else, and for progress that does not fit, the job is read. */
function heard<T extends string>(source: Source<Job<T>>, event: JobEvent): void {
  const { value } = source.snapshot;
  if (value !== null && isProgressOf(value, event)) source.change((job) => withProgress(job, event));
  else source.refresh();
}

/** Whether an event is of the attempt that runs, and not one that came late. */
export const isProgressOf = (job: Job, { event, jobId, attempt }: JobEvent): boolean =>
  event === 'job_progress' && job.id === jobId && job.attempt === attempt && job.status === 'processing';

/** Another object of the same job where the event is of it; in a text it is still its state. */
export const withProgress = <J extends Job>(job: J, event: JobEvent): J =>
  isProgressOf(job, event)
    ? Object.defineProperty({ ...job, progress: event.progress ?? null }, 'toString', {
        value: () => job.status,
        enumerable: false,
      })
    : job;
