// Keys and functions for TanStack Query, without depending on it.
import { type Client, defaultClient, type JobListQuery, type JobPage } from '../client/index.ts';
import type { Job, JobEvent, JobTypes, QueueMetrics } from '../job.ts';
import type { Named } from '../spelling.ts';
import { watchEvents } from './watch.ts';

/** The argument of `useQuery()`. */
export interface QueryOptions<T> {
  queryKey: readonly ['jobs', ...unknown[]];
  queryFn: () => Promise<T>;
}

/** `useQuery(jobQueryOptions(id))`: the job, or null if it does not exist. */
export const jobQueryOptions = <T extends Named<T, JobTypes> = string>(
  id: string,
  client: Client = defaultClient(),
): QueryOptions<Job<T> | null> => ({
  queryKey: ['jobs', 'job', id],
  queryFn: () => client.getJobStatus<T>(id),
});

/** `useQuery(jobsQueryOptions({ type: 'email' }))`: the result of `GET /api/jobs`. */
export const jobsQueryOptions = <T extends Named<T, JobTypes> = string>(
  filter: JobListQuery<T> = {},
  client: Client = defaultClient(),
): QueryOptions<JobPage<T>> => ({
  queryKey: ['jobs', 'list', filter],
  queryFn: () => client.listJobs(filter),
});

/** `useQuery(queueMetricsQueryOptions())`: the metrics of the queue. */
export const queueMetricsQueryOptions = (client: Client = defaultClient()): QueryOptions<QueueMetrics> => ({
  queryKey: ['jobs', 'metrics'],
  queryFn: () => client.getQueueMetrics(),
});

/** The parts of TanStack's `QueryClient` that we need. */
export interface QueryCache {
  invalidateQueries(filters: { queryKey: readonly unknown[] }): Promise<void>;
}

/** Milliseconds to collect events, so that a busy queue causes few requests. */
const GATHERED = 500;

/** Invalidates cached data that events may have changed. Returns a function that stops this. */
export function keepQueriesFresh(cache: QueryCache, client: Client = defaultClient()): () => void {
  const stale = new Map<string, readonly unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    timer = undefined;
    const keys = [...stale.values()];
    stale.clear();
    for (const queryKey of keys) void cache.invalidateQueries({ queryKey });
  };
  const gather = (...rest: string[]): void => {
    stale.set(rest.join(), ['jobs', ...rest]);
    timer ??= setTimeout(tell, GATHERED);
  };
  const heard = ({ event, jobId }: JobEvent): void => {
    gather('job', jobId);
    if (event === 'job_progress') return;
    gather('list');
    gather('metrics');
  };
  const stop = watchEvents(client, {}, heard, () => gather());
  return () => {
    stop();
    clearTimeout(timer);
  };
}
