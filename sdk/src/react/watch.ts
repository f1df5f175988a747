// Hears what happens to jobs, and says when something may have been missed: what is shown is then asked for anew.
import type { Client, EventFilter } from '../client/index.ts';
import type { JobEvent } from '../job.ts';

/** `missed` is called when events begin to come, too: what happened just before is in no event. Answers how to stop. */
export const watchEvents = (
  client: Client,
  filter: EventFilter,
  heard: (event: JobEvent) => void,
  missed: () => void,
): (() => void) => client.subscribe(filter, heard, { onReady: missed, onResync: missed });
