// Reads schedules, their runs and their last jobs from the API.

import type { Job } from '@phraseworks/sdk';
import type { RunsOfSchedule, ScheduleDetail, ScheduleInfo } from '@phraseworks/sdk/client';
import type { Api } from '../api.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';

const MOST_PLANNED = 2_000;
const LAST_JOBS = 20;
/** The most schedules whose last jobs are read for one page, with one query each. */
const MOST_READ = 40;

export const schedulePath = (name: string): string => `/schedule/${name.split('/').map(encodeURIComponent).join('/')}`;

/** Throws `ClientError`. */
export const readSchedule = (api: Api, name: string): Promise<ScheduleDetail> =>
  api.read<ScheduleDetail>(`/api/schedules/${encodeURIComponent(name)}`);

interface Span {
  /** Milliseconds since 1970; `to` is not included. */
  from: number;
  to: number;
}

/** The runs of one schedule, also of a paused one. Throws `ClientError`. */
export async function readRuns(
  api: Api,
  name: string,
  { from, to }: Span,
  most: number,
): Promise<Partial<RunsOfSchedule>> {
  const query = { from: String(from), to: String(to), limit: String(most), name };
  return (await api.read<{ runs: RunsOfSchedule[] }>('/api/schedules/runs', query)).runs[0] ?? {};
}

/** The newest first. */
const readLastJobs = async (api: Api, name: string): Promise<Job[]> =>
  (await api.jobs({ schedule: name, limit: String(LAST_JOBS) })).jobs;

/** By schedule name; only of the first schedules if there are many. */
export async function readAllLastJobs(api: Api, schedules: readonly ScheduleInfo[]): Promise<Map<string, Job[]>> {
  const ran = schedules.filter(({ lastJob }) => lastJob !== null).slice(0, MOST_READ);
  return new Map(await Promise.all(ran.map(async ({ name }) => [name, await readLastJobs(api, name)] as const)));
}

/** A run of the past, or a job that a person added with the schedule. */
export interface Tick {
  at: number;
  /** Null if nothing was added. */
  job: string | null;
  /** Undefined once deleted. */
  found: Job | undefined;
  isManual: boolean;
}

const DAY = 86_400_000;
/** How long runs are kept. */
const KEPT = 7 * DAY;
/** A run that is late by less may still come. */
const GRACE = 60_000;

/** The newest first. */
export async function readTicks({ api, now }: Visit, { name }: ScheduleDetail): Promise<Tick[]> {
  const ask = (from: number) => readRuns(api, name, { from, to: now }, MOST_PLANNED);
  const jobs = await readLastJobs(api, name);
  let from = now - KEPT;
  let { at: planned = [], added = [], capped } = await ask(from);
  // The API lists the oldest runs of a period, so ask for one that has room for the newest.
  if (capped) {
    from = Math.round(now - (msOf(planned.at(-1) ?? '') - msOf(planned[0] ?? '')) / 2);
    ({ at: planned = [], added = [] } = await ask(from));
  }
  const ids = added.map(({ job }) => job);
  const far = ids.slice(0, LAST_JOBS).filter((id) => !jobs.some((job) => job.id === id));
  const more = far.length > 0 ? (await api.jobs({ ids: far.join(',') })).jobs : [];
  const find = (id: string) => [...jobs, ...more].find((job) => job.id === id);
  const ticks: Tick[] = [
    ...added.map(({ at, job }) => ({ at: msOf(at), job, found: find(job), isManual: false })),
    ...missedRuns(planned, added, now).map((at) => ({ at, job: null, found: undefined, isManual: false })),
    ...jobs
      .filter(({ id }) => !ids.includes(id))
      .map((job) => ({ at: msOf(job.createdAt), job: job.id, found: job, isManual: msOf(job.createdAt) > from })),
  ];
  return ticks.sort((one, other) => other.at - one.at).slice(0, LAST_JOBS);
}

/** Older runs may have had another pattern: what it did not plan shows that it was changed since. */
function missedRuns(planned: readonly string[], added: RunsOfSchedule['added'], now: number): number[] {
  const other = added.findIndex(({ at }) => !planned.includes(at));
  const since = (other < 0 ? added : added.slice(0, other)).at(-1)?.at;
  const taken = new Set(added.map(({ at }) => at));
  return planned
    .filter((at) => since !== undefined && at > since && !taken.has(at))
    .map(msOf)
    .filter((at) => at < now - GRACE);
}
