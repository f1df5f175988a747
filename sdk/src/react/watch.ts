// Listens to events of jobs, and says when some may have been missed, so that the data shown is fetched anew.
import type { Client, EventFilter } from '../client/index.ts';
import type { JobEvent } from '../job.ts';

/** Calls `missed` also when events begin to arrive: no event tells what happened just before. Answers a function that stops it. */
export const watchEvents = (
  client: Client,
  filter: EventFilter,
  heard: (event: JobEvent) => void,
  missed: () => void,
): (() => void) => client.subscribe(filter, heard, { onReady: missed, onResync: missed });
