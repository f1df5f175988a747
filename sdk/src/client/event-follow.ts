// Follows events by a filter, from now on.
import type { Job, JobMessage } from '../job.ts';
import { nullFor } from './client-error.ts';
import { type EventFilter, type Follower, isOpen, namesIn } from './follower.ts';
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
  /** An empty one means all. */
  const types = isOpen(filter) ? [''] : namesIn([filter.types]);
  /** How far each job was at the last look, by id. */
  let known: Map<string, string> | undefined;
  /** Jobs of which events came during the last look. */
  const heard = new Set<string>();
  /** Rises with each look and each time with events: a look that began before is too old. */
  let turn = 0;

  /** The oldest first. */
  const newest = async (type: string): Promise<Job[]> => (await listJobs({ type, limit: NEWEST })).jobs.reverse();

  /** Reports what has changed since the last look; the first one has nothing to compare with. */
  const look = async (): Promise<void> => {
    const own = ++turn;
    const found = await Promise.all([
      ...types.map(newest),
      ...namesIn([filter.jobs]).map((id) => getJobStatus(id).catch(nullFor(['FORBIDDEN']))),
    ]);
    if (own !== turn) return;
    const before = known;
    known = new Map(before);
    for (const job of found.flat()) {
      if (!job) continue;
      const { id, status, attempt, progress, runAt } = job;
      const mark = JSON.stringify([status, attempt, progress, runAt]);
      known.set(id, mark);
      if (before && before.get(id) !== mark && !heard.has(id)) hear({ id: 0, type: 'job_update', data: eventOf(job) });
    }
    if (!before) onResync?.();
  };

  return {
    filter,
    hear: (message) => {
      if (known) heard.add(message.data.jobId);
      hear(message);
    },
    resync: () => onResync?.(),
    look,
    // What changed between the last look and now is not sent. A look that is on its way is too old for what comes.
    ready: async () => {
      turn += 1;
      heard.clear();
      if (known) await look().catch(() => onResync?.());
      heard.clear();
      known = undefined;
      onReady?.();
    },
    // Who is refused for now is let in later.
    end: (error) => {
      if (!error) hear = onReady = onResync = () => {};
    },
  };
}
