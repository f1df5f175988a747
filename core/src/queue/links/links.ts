// What waits for what, for people: lists, and why a job waits.
import type { Job } from '@phraseworks/sdk';
import type { JobLinks, LinkedJob } from '@phraseworks/sdk/contract';
import { publicState, type StoredState } from '../../job/lifecycle.ts';
import { AFTER } from '../../job/link.ts';
import type { JobRecord } from '../../job/record.ts';
import type { LinkReads } from '../../store/links/reads.ts';

/** `see`: those of these jobs that the caller may see. */
export async function linksOf(
  reads: LinkReads,
  id: string,
  see: (ids: readonly string[]) => Promise<readonly Job[]>,
): Promise<JobLinks> {
  const { before, next, batches } = await reads.of(id);
  const jobs = new Map((await see([...before, ...next].map((link) => link.id))).map((job) => [job.id, job]));
  const shown = (links: typeof before): LinkedJob[] =>
    links.flatMap(({ id: other, name, onFailed }) => {
      const job = jobs.get(other);
      return job ? [{ id: other, type: job.type, status: job.status, name, onFailed }] : [];
    });
  return { before: shown(before), next: shown(next), batches };
}

/** Why a job waits for others, or was cancelled because of one; null if neither. */
export async function waitsForJobs(reads: LinkReads, { id, state, reason }: JobRecord): Promise<string | null> {
  if (reason !== AFTER) return null;
  const { jobs, batch } = await reads.waiting(id, state === 'cancelled');
  const [first, ...others] = jobs;
  if (!first) return batch === null ? null : `Blocked: it starts when its batch "${batch}" is closed.`;
  const which = `after job ${first.id} (${first.type}), which is ${publicState(first.state as StoredState)}.`;
  if (state === 'cancelled') return `Cancelled: it was to run ${which}`;
  const n = others.length;
  return `Blocked: it runs ${which}${n === 0 ? '' : ` ${n} other ${n === 1 ? 'job' : 'jobs'} must end, too.`}`;
}
