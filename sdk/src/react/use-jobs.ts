// useJobs: a list of jobs, live.
import type { JobList, JobListQuery } from '../client/index.ts';
import type { Job, JobEvent } from '../job.ts';
import { useShared } from './shared.ts';
import type { Source } from './source.ts';
import { isProgressOf, withProgress } from './use-job.ts';
import { watchEvents } from './watch.ts';

/** Milliseconds between two requests: a busy queue has many events in a second. */
const PAUSE = 500;

export interface ShownJobs {
  /** Newest first; empty until the first answer. */
  jobs: readonly Job[];
  /** For `cursor`, where there are more. */
  nextCursor: string | null;
  loading: boolean;
  /** Why they could not be asked for; a `ClientError` with its `code`. The jobs before it stay. */
  error: Error | null;
  /** Asks for them anew. */
  refresh: () => void;
}

const NONE: readonly Job[] = Object.freeze([]);

/** The jobs that `GET /api/jobs` lists for a filter, asked for again when something happens to one that it may list. */
export function useJobs(filter: JobListQuery = {}): ShownJobs {
  const { value, loading, error, refresh } = useShared<JobList>(`jobs ${JSON.stringify(filter)}`, (client) => ({
    fetch: () => client.listJobs(filter),
    watch: (source) =>
      watchEvents(client, filter.type ? { types: [filter.type] } : {}, (event) => heard(source, event), source.refresh),
    pause: PAUSE,
  }));
  return { jobs: value?.jobs ?? NONE, nextCursor: value?.nextCursor ?? null, loading, error, refresh };
}

/** Progress changes no list, so that it is shown from the event. */
function heard(source: Source<JobList>, event: JobEvent): void {
  if (event.event !== 'job_progress') source.refresh();
  else source.change((list) => (list.jobs.some((job) => isProgressOf(job, event)) ? withJobs(list, event) : list));
}

const withJobs = (list: JobList, event: JobEvent): JobList => ({
  ...list,
  jobs: list.jobs.map((job) => withProgress(job, event)),
});
