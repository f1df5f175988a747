// Jobs as rows of a table: short ids, coloured states, ages, and a summary of each. Pure.

import { msOf, oneLine } from '@phraseworks/jobs/internals/base';
import { formatDuration, type Job, type JobState } from '@phraseworks/sdk';
import type { ListedJob } from '@phraseworks/sdk/client';
import type { Cell, Style } from './output.ts';
import { cut } from './output.ts';

/** The end of an id, since jobs of the same moment share its beginning. */
export const shortId = (id: string): string => id.slice(-8);

const STYLES: Record<JobState, Style> = {
  pending: 'cyan',
  blocked: 'yellow',
  processing: 'blue',
  completed: 'green',
  failed: 'red',
  cancelled: 'dim',
  parked: 'yellow',
};

export const stateCell = (status: JobState) => ({ text: status, style: STYLES[status] });

export const ago = (now: number, at: string | number): string =>
  `${formatDuration(Math.max(now - (typeof at === 'string' ? msOf(at) : at), 0))} ago`;

/** A time to come, or one that is past. */
export const when = (now: number, at: string): string =>
  msOf(at) > now ? `in ${formatDuration(msOf(at) - now)}` : ago(now, at);

/** How long its last attempt took; empty if it has not finished. */
export const tookOf = ({ startedAt, finishedAt }: Job): string =>
  startedAt === null || finishedAt === null ? '' : formatDuration(msOf(finishedAt) - msOf(startedAt));

/** Its progress, error, reason or message, or else its data. */
function gist(job: ListedJob): string {
  if (job.status === 'processing' && job.progress)
    return oneLine(`${Math.round(job.progress.percentage)} %${job.progress.message ? ` ${job.progress.message}` : ''}`);
  const said = job.status === 'completed' ? job.message : (job.error ?? job.reason);
  return cut(oneLine(said ?? job.summary ?? JSON.stringify(job.data)), 200);
}

export const JOB_HEAD = ['ID', 'TYPE', 'STATUS', 'ATTEMPT', 'ADDED', 'WHAT'] as const;

export const jobRow = (job: ListedJob, now: number): Cell[] => [
  shortId(job.id),
  job.type,
  stateCell(job.status),
  `${job.attempt}/${job.maxRetries + 1}`,
  ago(now, job.createdAt),
  gist(job),
];
