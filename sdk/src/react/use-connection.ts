// useConnection: whether the page receives live events.
import { useCallback, useSyncExternalStore } from 'react';
import type { LiveState } from '../client/index.ts';
import { useJobsClient } from './provider.ts';

/** `live`, `polling` if no WebSocket works, `reconnecting`, or `paused`. */
export function useConnection(): LiveState {
  const client = useJobsClient();
  const subscribe = useCallback((listener: () => void) => client.onState(listener), [client]);
  return useSyncExternalStore(
    subscribe,
    () => client.state,
    () => 'reconnecting',
  );
}
