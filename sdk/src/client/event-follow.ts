// Follows events by a filter, from now on.
import type { Job, JobMessage } from '../job.ts';
import type { EventFilter, Follower } from './follower.ts';
import { eventOf } from './job-event.ts';
import type { JobFunctions } from './job-functions.ts';

/** Jobs of each type that are looked at where no events come, the newest. */
const NEWEST = 200;

export function eventFollow(
  filter: EventFilter,
  { getJobStatus, listJobs }: JobFunctions,
  hear: (message: JobMessage) => void,
  { onReady, onResync }: { onReady?: () => void; onResync?: () => void } = {},
): Follower {
  const { jobs, types } = filter;
  /** How far each job was at the last look, by id. */
  let known: Map<string, string> | undefined;

  /** The oldest first. */
  const find = async (): Promise<Job[]> => {
    const newest = async (type?: string) => (await listJobs({ ...(type && { type }), limit: NEWEST })).jobs.reverse();
    const found = await Promise.all([
      ...(jobs || types ? (types ?? []).map(newest) : [newest()]),
      ...(jobs ?? []).map(async (id) => [await getJobStatus(id)]),
    ]);
    return found.flat().filter((job) => job !== null);
  };

  /** Tells what has changed since the last look; the first one has nothing to compare with. */
  const look = async (): Promise<void> => {
    const found = await find();
    const before = known;
    known = new Map(before);
    for (const job of found) {
      const { id, status, attempt, progress, runAt } = job;
      const mark = JSON.stringify([status, attempt, progress, runAt]);
      known.set(id, mark);
      if (before && before.get(id) !== mark) hear({ id: 0, type: 'job_update', data: eventOf(job) });
    }
    if (!before) onResync?.();
  };

  return {
    filter,
    hear,
    resync: () => onResync?.(),
    look,
    // What changed between the last look and now is not sent.
    ready: async () => {
      if (known) await look().catch(() => onResync?.());
      known = undefined;
      onReady?.();
    },
    end: () => {},
  };
}
