// Listens to events of jobs, and reports when some may have been missed, so that data is fetched again.
import type { Client, EventFilter } from '../client/index.ts';
import type { JobEvent } from '../job.ts';

/** Also calls `missed` when events begin to arrive, since earlier changes had no event. Returns a function that stops it. */
export const watchEvents = (
  client: Client,
  filter: EventFilter,
  heard: (event: JobEvent) => void,
  missed: () => void,
): (() => void) => client.subscribe(filter, heard, { onReady: missed, onResync: missed });
