// Reads schedules and their last jobs from the API.

import type { Job } from '@phraseworks/sdk';
import type { ScheduleDetail, ScheduleInfo } from '@phraseworks/sdk/client';
import type { Api } from '../api.ts';

const LAST_JOBS = 20;
/** The most schedules whose last jobs are read for one page, with one query each. */
const MOST_READ = 40;

export const schedulePath = (name: string): string => `/schedule/${name.split('/').map(encodeURIComponent).join('/')}`;

/** Throws `ClientError`. */
export const readSchedule = (api: Api, name: string): Promise<ScheduleDetail> =>
  api.read<ScheduleDetail>(`/api/schedules/${encodeURIComponent(name)}`);

/** The newest first. */
export const readLastJobs = async (api: Api, name: string): Promise<Job[]> =>
  (await api.jobs({ schedule: name, limit: String(LAST_JOBS) })).jobs;

/** By schedule name; only of the first schedules if there are many. */
export async function readAllLastJobs(api: Api, schedules: readonly ScheduleInfo[]): Promise<Map<string, Job[]>> {
  const ran = schedules.filter(({ lastJob }) => lastJob !== null).slice(0, MOST_READ);
  return new Map(await Promise.all(ran.map(async ({ name }) => [name, await readLastJobs(api, name)] as const)));
}
