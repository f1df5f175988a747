// The last jobs of schedules.

import type { Job, ScheduleInfo } from '@phraseworks/sdk';
import type { Asking } from '../visit.ts';

const LAST_JOBS = 20;
/** The most schedules whose last jobs are read for one page, with one query each. */
const MOST_READ = 40;

export const schedulePath = (name: string): string => `/schedule/${name.split('/').map(encodeURIComponent).join('/')}`;

/** The newest first. */
export const readLastJobs = async ({ jobs, actor }: Asking, schedule: string): Promise<Job[]> =>
  (await jobs.list(actor, { schedule, limit: LAST_JOBS, brief: true })).jobs;

/** By schedule name; only of the first schedules if there are many. */
export async function readAllLastJobs(asking: Asking, schedules: readonly ScheduleInfo[]): Promise<Map<string, Job[]>> {
  const ran = schedules.filter(({ lastJob }) => lastJob !== null).slice(0, MOST_READ);
  return new Map(await Promise.all(ran.map(async ({ name }) => [name, await readLastJobs(asking, name)] as const)));
}
