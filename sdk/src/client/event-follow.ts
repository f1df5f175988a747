// Follows events by a filter, from now on.
import type { JobMessage } from '../job.ts';
import type { EventFilter, Follower } from './follower.ts';
import type { JobFunctions } from './job-functions.ts';

export function eventFollow(
  filter: EventFilter,
  { listJobs }: JobFunctions,
  hear: (message: JobMessage) => void,
  { onReady, onResync }: { onReady?: () => void; onResync?: () => void } = {},
): Follower {
  /** Events were missed: only polls told of changes. */
  let isBehind = false;
  return {
    filter,
    hear: (message) => hear(message),
    resync: () => onResync?.(),
    // Pages fetch their data again at each poll; this only checks whether the server answers.
    look: async () => {
      isBehind = true;
      await listJobs({ limit: 1 });
      onResync?.();
    },
    ready: () => {
      if (isBehind) onResync?.();
      isBehind = false;
      onReady?.();
    },
    // A temporary refusal: it is admitted later.
    end: (error) => {
      if (!error) hear = onReady = onResync = () => {};
    },
  };
}
