// useQueueMetrics: live counts of jobs per state.

import type { QueueMetrics } from '../contract/jobs.ts';
import type { JobEvent } from '../job.ts';
import { useShared } from './shared.ts';
import { watchEvents } from './watch.ts';

/** Milliseconds between two requests. */
const PAUSE = 1_000;

export interface ShownMetrics {
  /** Null until the first response. */
  metrics: QueueMetrics | null;
  loading: boolean;
  /** Why loading failed; a `ClientError` with its `code`. The previous metrics stay. */
  error: Error | null;
  /** Loads them again. */
  refresh: () => void;
}

/** The result of `getQueueMetrics()`, reloaded on events, at most once a second. */
export function useQueueMetrics(): ShownMetrics {
  const { value, loading, error, refresh } = useShared<QueueMetrics>('metrics', (client) => ({
    fetch: () => client.getQueueMetrics(),
    watch: (source) => {
      const heard = ({ event }: JobEvent): void => {
        if (event !== 'job_progress') source.refresh();
      };
      return watchEvents(client, {}, heard, source.refresh);
    },
    pause: PAUSE,
  }));
  return { metrics: value, loading, error, refresh };
}
