// Sums up failed jobs by type and cause. Causes that differ only in numbers are one group.

import type { Where } from '@phraseworks/sdk';
import type { FailureGroup, Failures } from '@phraseworks/sdk/client';
import { maskStart } from '@phraseworks/sdk/secrets';
import { iso } from '../kernel/clock.ts';
import type { EndedJob, JobReads } from '../store/job-reads.ts';
import type { HeldTypes, Holds } from './holds.ts';

type FailedJob = Pick<EndedJob, 'id' | 'type' | 'error' | 'reason' | 'finishedAt'>;

/** Failed jobs to examine. */
const MOST_SEEN = 2_000;
const MOST_GROUPS = 200;
const MOST_TEXT = 200;
/** Matches ids before numbers, so that an id becomes a single `#`. */
const NUMBERS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(?:[.,]\d+)*/gi;

export const causeOf = ({ error, reason }: Pick<FailedJob, 'error' | 'reason'>): string => {
  const [line = ''] = (error ?? reason ?? '').split('\n', 1);
  return maskStart(line.trim(), MOST_TEXT, '#').replace(NUMBERS, '#') || 'no reason given';
};

/** `jobs`: newest first. Returns at most 200 groups. */
function groupFailures(jobs: readonly FailedJob[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup & { at: number }>();
  for (const job of jobs) {
    const cause = causeOf(job);
    const key = `${job.type}\n${cause}`;
    const at = job.finishedAt ?? 0;
    const known = groups.get(key);
    if (!known) groups.set(key, { type: job.type, cause, jobs: 1, newest: { id: job.id, at: iso(at) }, at });
    else {
      known.jobs += 1;
      if (at > known.at) Object.assign(known, { newest: { id: job.id, at: iso(at) }, at });
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.jobs - a.jobs || b.at - a.at);
  return sorted.slice(0, MOST_GROUPS).map(({ at: _, ...group }) => group);
}

/** Jobs that failed since `from`; with `where`, only matching ones. */
export async function failuresOf(
  { reads, holds }: { reads: JobReads; holds: Holds },
  from: number,
  where?: Where,
): Promise<Failures> {
  const { jobs, capped } = await (where
    ? failedWhere(reads, await holds.now(), where)
    : reads.ended({ state: 'failed', looked: MOST_SEEN }));
  const failures = groupFailures(jobs.filter(({ finishedAt }) => (finishedAt ?? 0) >= from));
  return { failures, looked: jobs.length, capped };
}

async function failedWhere(
  reads: JobReads,
  types: HeldTypes,
  where: Where,
): Promise<{ jobs: FailedJob[]; capped: boolean }> {
  const jobs: FailedJob[] = [];
  for (let cursor: string | undefined; ; ) {
    const filter = { status: 'failed', limit: 200, brief: true, ...(cursor ? { cursor } : {}) } as const;
    const page = await reads.list(filter, types, where);
    jobs.push(...page.records);
    if (page.nextCursor === null || page.capped || jobs.length >= MOST_SEEN)
      return { jobs, capped: page.nextCursor !== null };
    cursor = page.nextCursor;
  }
}
