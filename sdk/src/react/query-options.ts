// For those who keep their data in TanStack Query: keys and functions for its cache, without depending on it.
import { type Client, defaultClient, type JobList, type JobListQuery } from '../client/index.ts';
import type { Job, JobEvent, QueueMetrics } from '../job.ts';
import { watchEvents } from './watch.ts';

/** What `useQuery()` takes. */
export interface QueryOptions<T> {
  queryKey: readonly ['jobs', ...unknown[]];
  queryFn: () => Promise<T>;
}

/** `useQuery(jobQueryOptions(id))`: the job, or null when no job has this id. */
export const jobQueryOptions = <T extends string = string>(
  id: string,
  client: Client = defaultClient(),
): QueryOptions<Job<T> | null> => ({
  queryKey: ['jobs', 'job', id],
  queryFn: () => client.getJobStatus(id) as Promise<Job<T> | null>,
});

/** `useQuery(jobsQueryOptions({ type: 'email' }))`: what `GET /api/jobs` lists. */
export const jobsQueryOptions = (
  filter: JobListQuery = {},
  client: Client = defaultClient(),
): QueryOptions<JobList> => ({
  queryKey: ['jobs', 'list', filter],
  queryFn: () => client.listJobs(filter),
});

/** `useQuery(queueMetricsQueryOptions())`: the figures of the queue. */
export const queueMetricsQueryOptions = (client: Client = defaultClient()): QueryOptions<QueueMetrics> => ({
  queryKey: ['jobs', 'metrics'],
  queryFn: () => client.getQueueMetrics(),
});

/** The part of TanStack's `QueryClient` that is needed here. */
export interface QueryCache {
  invalidateQueries(filters: { queryKey: readonly unknown[] }): Promise<void>;
}

/** Milliseconds that events are gathered for, so that a busy queue leads to few questions. */
const GATHERED = 500;

/** Has the cache ask again for what events may have changed. Answers how to stop that. */
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
