// useConnection: whether the page hears of jobs at once.
import { useCallback, useSyncExternalStore } from 'react';
import type { LiveState } from '../client/index.ts';
import { useJobsClient } from './provider.ts';

/** `live`, `polling` where neither WebSocket nor event stream gets through, `reconnecting`, or `paused`. */
export function useConnection(): LiveState {
  const client = useJobsClient();
  const subscribe = useCallback((listener: () => void) => client.onState(listener), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => 'reconnecting',
  );
}
