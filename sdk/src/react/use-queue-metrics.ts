// useQueueMetrics: how many jobs there are of each state, live.
import type { JobEvent, QueueMetrics } from '../job.ts';
import { useShared } from './shared.ts';
import { watchEvents } from './watch.ts';

/** Milliseconds between two questions. */
const PAUSE = 1_000;

export interface ShownMetrics {
  /** Null until the first answer. */
  metrics: QueueMetrics | null;
  loading: boolean;
  /** Why they could not be asked for; a `ClientError` with its `code`. The figures before it stay. */
  error: Error | null;
  /** Asks for them anew. */
  refresh: () => void;
}

/** What `getQueueMetrics()` answers, asked for again when something happens, at most once a second. */
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
