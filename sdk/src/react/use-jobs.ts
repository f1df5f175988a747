// useJobs: a live list of jobs.
import type { JobListQuery, JobPage } from '../client/index.ts';
import type { JobEvent, JobTypes, ListedJob } from '../job.ts';
import type { Named } from '../spelling.ts';
import { useShared } from './shared.ts';
import type { Source } from './source.ts';
import { isProgressOf, withProgress } from './use-job.ts';
import { watchEvents } from './watch.ts';

/** Milliseconds between two requests: a busy queue has many events in a second. */
const PAUSE = 500;

export interface ShownJobs<T extends string = string> {
  /** In the order of `sort`; empty until the first response. */
  jobs: readonly ListedJob<T>[];
  /** For `cursor`, if there are more. */
  nextCursor: string | null;
  loading: boolean;
  /** Why loading failed; a `ClientError` with its `code`. The previous jobs stay. */
  error: Error | null;
  /** Loads the list again. */
  refresh: () => void;
}

const NONE: readonly never[] = Object.freeze([]);

/** The jobs that `GET /api/jobs` lists for a filter, reloaded when something happens to a job that may be listed. */
export function useJobs<T extends Named<T, JobTypes> = string>(filter: JobListQuery<T> = {}): ShownJobs<T> {
  const { value, loading, error, refresh } = useShared<JobPage<T>>(`jobs ${JSON.stringify(filter)}`, (client) => ({
    fetch: () => client.listJobs(filter),
    watch: (source) =>
      watchEvents(client, filter.type ? { types: [filter.type] } : {}, (event) => heard(source, event), source.refresh),
    pause: PAUSE,
  }));
  return { jobs: value?.jobs ?? NONE, nextCursor: value?.nextCursor ?? null, loading, error, refresh };
}

/** Progress does not change the list, so show it from the event. */
function heard<T extends string>(source: Source<JobPage<T>>, event: JobEvent): void {
  if (event.event !== 'job_progress') source.refresh();
  else source.change((list) => (list.jobs.some((job) => isProgressOf(job, event)) ? withJobs(list, event) : list));
}

const withJobs = <T extends string>(list: JobPage<T>, event: JobEvent): JobPage<T> => ({
  ...list,
  jobs: list.jobs.map((job) => withProgress(job, event)),
});
