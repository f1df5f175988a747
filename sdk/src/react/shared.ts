// Finds the source of a component by key, so that components showing the same thing share one.
import { useCallback, useSyncExternalStore } from 'react';
import type { Client } from '../client/index.ts';
import { useJobsClient } from './provider.ts';
import { LOADING, NOTHING, type Snapshot, Source, type SourceOptions } from './source.ts';

export type MakeSource<T> = (client: Client) => Omit<SourceOptions<T>, 'onIdle'>;

const sources = new WeakMap<Client, Map<string, Source<unknown>>>();

/** The source for this key: created for the first component and dropped after the last. */
export function sourceOf<T>(client: Client, key: string, make: MakeSource<T>): Source<T> {
  const all = sources.get(client) ?? new Map<string, Source<unknown>>();
  sources.set(client, all);
  const found = all.get(key) as Source<T> | undefined;
  if (found) return found;
  const source = new Source({ ...make(client), onIdle: () => all.delete(key) });
  all.set(key, source as Source<unknown>);
  return source;
}

/** `key` includes everything that `make` depends on; null loads nothing. */
export function useShared<T>(key: string | null, make: MakeSource<T>): Snapshot<T> & { refresh: () => void } {
  const client = useJobsClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key represents everything that `make` takes from its component
  const subscribe = useCallback(
    (listener: () => void) => (key === null ? () => {} : sourceOf(client, key, make).subscribe(listener)),
    [client, key],
  );
  const now = (): Snapshot<T> => {
    if (key === null) return NOTHING;
    return (sources.get(client)?.get(key) as Source<T> | undefined)?.snapshot ?? LOADING;
  };
  const snapshot = useSyncExternalStore(subscribe, now, () => (key === null ? NOTHING : LOADING));
  const refresh = useCallback(() => {
    if (key !== null) sources.get(client)?.get(key)?.refresh();
  }, [client, key]);
  return { ...snapshot, refresh };
}
