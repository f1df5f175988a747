// Follows events by a filter, from now on.
import type { Job, JobMessage } from '../job.ts';
import { nullFor } from './client-error.ts';
import { type EventFilter, type Follower, isOpen, namesIn } from './follower.ts';
import { eventOf } from './job-event.ts';
import type { JobFunctions } from './job-functions.ts';

/** The most jobs of each type to check without events, newest first. */
const NEWEST = 200;

export function eventFollow(
  filter: EventFilter,
  { getJobStatus, listJobs }: JobFunctions,
  hear: (message: JobMessage) => void,
  { onReady, onResync }: { onReady?: () => void; onResync?: () => void } = {},
): Follower {
  /** An empty filter means all. */
  const types = isOpen(filter) ? [''] : namesIn([filter.types]);
  /** The progress of each job at the last poll, by id. */
  let known: Map<string, string> | undefined;
  /** Jobs with events during the last poll. */
  const heard = new Set<string>();
  /** Increases with each poll and each period with events: discards polls that started before. */
  let turn = 0;

  /** Oldest first. */
  const newest = async (type: string): Promise<Job[]> => (await listJobs({ type, limit: NEWEST })).jobs.reverse();

  /** Reports changes since the last poll; the first one has nothing to compare with. */
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
    // Changes between the last poll and now are not sent. A poll in progress is too old for what follows.
    ready: async () => {
      turn += 1;
      heard.clear();
      if (known) await look().catch(() => onResync?.());
      heard.clear();
      known = undefined;
      onReady?.();
    },
    // A temporary refusal: it is admitted later.
    end: (error) => {
      if (!error) hear = onReady = onResync = () => {};
    },
  };
}
