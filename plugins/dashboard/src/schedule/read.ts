// Reads schedules, their runs and their last jobs from the API.

import type { Job } from '@phraseworks/sdk';
import { ClientError, type ScheduleDetail, type ScheduleInfo } from '@phraseworks/sdk/client';
import type { Api } from '../api.ts';
import { msOf } from '../time.tsx';
import type { RunsOf } from './week.tsx';

/** The runs of a week that are listed; more become a band on the strip. */
const MOST_RUNS = 200;
const LAST_JOBS = 20;
/** The most schedules whose last jobs are read for one page, with one query each. */
const MOST_STRIPS = 40;

export const schedulePath = (name: string): string => `/schedule/${name.split('/').map(encodeURIComponent).join('/')}`;

/** Throws `ClientError`. */
export const readSchedule = (api: Api, name: string): Promise<ScheduleDetail> =>
  api.read<ScheduleDetail>(`/api/schedules/${encodeURIComponent(name)}`);

/** Runs from `from` until before `to`, in milliseconds; with `name`, also of a paused schedule. Throws `ClientError`. */
export async function readRuns(api: Api, from: number, to: number, name?: string): Promise<RunsOf[]> {
  const query = { from: String(from), to: String(to), limit: String(MOST_RUNS), name };
  const { runs } = await api.read<{ runs: { name: string; at: string[]; capped: boolean }[] }>(
    '/api/schedules/runs',
    query,
  );
  return runs.map((one) => ({ ...one, at: one.at.map(msOf) }));
}

/** The newest first. */
export const readLastJobs = async (api: Api, name: string): Promise<Job[]> =>
  (await api.jobs({ schedule: name, limit: String(LAST_JOBS) })).jobs;

/** By schedule name; only of the first schedules if there are many. */
export async function readAllLastJobs(api: Api, schedules: readonly ScheduleInfo[]): Promise<Map<string, Job[]>> {
  const ran = schedules.filter(({ lastJob }) => lastJob !== null).slice(0, MOST_STRIPS);
  return new Map(await Promise.all(ran.map(async ({ name }) => [name, await readLastJobs(api, name)] as const)));
}

/** Undefined if no schedule has this name. */
export async function findSchedule(api: Api, name: string): Promise<ScheduleDetail | undefined> {
  try {
    return await readSchedule(api, name);
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}
