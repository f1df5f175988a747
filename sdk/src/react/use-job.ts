// useJob: one live job.
import type { Job, JobEvent, JobTypes } from '../job.ts';
import type { Named } from '../spelling.ts';
import { type MakeSource, useShared } from './shared.ts';
import type { Source } from './source.ts';
import { watchEvents } from './watch.ts';

export interface ShownJob<T extends string = string> {
  /** Null until loaded, or if the job does not exist. */
  job: Job<T> | null;
  loading: boolean;
  /** Why loading failed; a `ClientError` with its `code`. The previous job stays. */
  error: Error | null;
  /** Loads it again. */
  refresh: () => void;
}

/** A job by id, kept up to date by its events, also after it has finished. With null or undefined, nothing is loaded. */
export function useJob<T extends Named<T, JobTypes> = string>(id: string | null | undefined): ShownJob<T> {
  const { value, loading, error, refresh } = useShared(id ? jobKey(id) : null, jobSource<T>(id ?? ''));
  return { job: value, loading, error, refresh };
}

export const jobKey = (id: string): string => `job ${id}`;

export const jobSource =
  <T extends Named<T, JobTypes>>(id: string): MakeSource<Job<T>> =>
  (client) => ({
    fetch: () => client.getJobStatus<T>(id) as Promise<Job<T>>,
    watch: (source) => watchEvents(client, { jobs: [id] }, (event) => heard(source, event), source.refresh),
  });

/** Progress comes with the event; otherwise, or if progress does not fit, the job is read again. */
function heard<T extends string>(source: Source<Job<T>>, event: JobEvent): void {
  const { value } = source.snapshot;
  if (value !== null && isProgressOf(value, event)) source.change((job) => withProgress(job, event));
  else source.refresh();
}

/** Whether an event belongs to the running attempt rather than arriving late. */
export const isProgressOf = (job: Job, { event, jobId, attempt }: JobEvent): boolean =>
  event === 'job_progress' && job.id === jobId && job.attempt === attempt && job.status === 'processing';

/** A changed copy of the job, for events about it; as text it is still its state. */
export const withProgress = <J extends Job>(job: J, event: JobEvent): J =>
  isProgressOf(job, event)
    ? Object.defineProperty({ ...job, progress: event.progress ?? null }, 'toString', {
        value: () => job.status,
        enumerable: false,
      })
    : job;
