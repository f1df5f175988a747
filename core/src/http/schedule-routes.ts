// Routes for schedules.
import type { Action } from '@phraseworks/sdk';
import { JobsError, type NewJob, type Schedule } from '@phraseworks/sdk';
import type { ScheduleDetail } from '@phraseworks/sdk/client';
import type { Context } from 'hono';
import type { ScheduleChange } from '../jobs-host.ts';
import { checkPattern } from '../scheduler/cron.ts';
import { checkInterval, scheduleNotFound } from '../scheduler/schedules.ts';
import { fits } from '../store/job-filter.ts';
import type { Adding } from './adding.ts';
import type { Actor } from './authorize.ts';
import type { Subject } from './guard.ts';
import { CronQuery, ScheduleChangeBody, type ScheduleInput, scheduleForm } from './requests.ts';
import {
  type Answer,
  type Call,
  type HttpDeps,
  type Route,
  type RouteDescription,
  route,
  routeAbout,
} from './route.ts';
import type { SchemaName } from './schemas.ts';
import type { ShownJobs } from './shown-jobs.ts';

/** `plugin/name`, written as one segment (`plugin%2Fname`) or as two. */
function nameOf(c: Context): string {
  const { plugin, name = '' } = c.req.param() as Record<string, string | undefined>;
  return plugin === undefined ? name : `${plugin}/${name}`;
}

const configured = (): JobsError =>
  new JobsError(
    'INVALID_STATE',
    'A schedule of the configuration has this name. Choose another name, or change that schedule with PUT.',
    { errors: [{ path: 'name', message: 'is taken by a schedule of the configuration' }] },
  );

export function scheduleRoutes(deps: HttpDeps, shown: ShownJobs, adding: Adding): Route[] {
  const { host, typeOf } = deps;
  const theSchedule = { status: 200, schema: 'Schedule', about: 'The schedule.' } as const;

  const adds = ({ type, data }: NewJob): Subject => ({ type, plugin: typeOf(type)?.plugin ?? null, data });
  const aboutSchedule = ({ name, jobData }: ScheduleDetail): Subject => ({ ...adds(jobData), schedule: name });

  const find = (name: string): Promise<ScheduleDetail | null> =>
    host.schedules.get(name).catch((error: unknown) => {
      if (error instanceof JobsError && error.code === 'SCHEDULE_NOT_FOUND') return null;
      throw error;
    });

  /** The schedules of a list that this caller may see. */
  const seen = async <S extends { name: string }>({ where }: Actor, schedules: readonly S[]): Promise<S[]> => {
    if (!where) return [...schedules];
    const shown: S[] = [];
    for (const schedule of schedules) {
      const detail = await find(schedule.name);
      if (detail && fits(where, aboutSchedule(detail))) shown.push(schedule);
    }
    return shown;
  };

  /** Throws `INVALID_DATA` if it runs too often. Other mistakes are found where it is saved. */
  const checkTimes = (schedule: string, timezone: string | undefined): void => {
    const now = deps.clock.now();
    const checked = checkPattern(schedule, timezone, now);
    if (checked.ok) checkInterval(checked, now, deps.minInterval);
  };

  const changed = async (name: string) => {
    const schedule = (await host.schedules.list()).find((one) => one.name === name);
    if (!schedule) throw scheduleNotFound();
    return schedule;
  };

  /** A route about one schedule. */
  const scheduleRoute = <B = undefined, S extends SchemaName = never>(
    about: Omit<RouteDescription<undefined, B, S>, 'path' | 'group' | 'errors'> & { action: Action },
    step: string,
    answer: (schedule: ScheduleDetail, call: Call<undefined, B>) => Promise<Answer<S>>,
  ): Route => {
    const path = (name: string) => `/api/schedules/${name}${step}`;
    return routeAbout(
      {
        ...about,
        path: path(':name'),
        alias: path(':plugin/:name'),
        group: 'Schedules',
        errors: ['SCHEDULE_NOT_FOUND'],
      },
      answer,
      { find: (c) => find(nameOf(c)), subject: aboutSchedule, notFound: scheduleNotFound },
    );
  };

  return [
    route(
      {
        id: 'listSchedules',
        method: 'get',
        path: '/api/schedules',
        group: 'Schedules',
        summary: 'List schedules with their next runs.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Schedules', about: 'All schedules.' },
      },
      async ({ actor }) => ({ schedules: await seen(actor, await host.schedules.list()) }),
    ),
    route(
      {
        id: 'scheduleJob',
        method: 'post',
        path: '/api/schedules',
        group: 'Schedules',
        summary: 'Save a schedule; the same name changes it.',
        action: 'administer',
        rightsFromBody: true,
        body: { name: 'NewSchedule', form: scheduleForm },
        audit: (body: ScheduleInput) => ({ target: body.name ?? ('type' in body ? body.type : '') }),
        answer: { status: 201, schema: 'ScheduledJob', about: 'The schedule with its next run.' },
        errors: ['UNKNOWN_TYPE', 'INVALID_STATE'],
      },
      async ({ c, body, ask }) => {
        const job = ('jobData' in body ? body.jobData : body) as NewJob;
        await ask({ ...adds(job), ...(body.name === undefined ? {} : { schedule: body.name }) });
        const old = await find(body.name ?? job.type);
        if (old) {
          // It would be replaced, so the caller needs the right to change it.
          await ask(aboutSchedule(old));
          if (old.declared) throw configured();
        }
        await adding.check(c, [job], () => ('jobData' in body ? 'jobData.type' : 'type'));
        checkTimes(body.schedule, body.timezone);
        return host.scheduleJob(body as Schedule);
      },
    ),
    route(
      {
        id: 'previewSchedule',
        method: 'get',
        path: '/api/cron',
        group: 'Schedules',
        summary: 'List the next five runs of a cron expression.',
        action: 'view',
        limited: true,
        query: CronQuery,
        answer: { status: 200, schema: 'NextRuns', about: 'The next runs.' },
      },
      async ({ query }) => {
        checkTimes(query.schedule, query.timezone);
        return { nextRuns: host.schedules.preview(query) };
      },
    ),
    scheduleRoute(
      {
        id: 'getSchedule',
        method: 'get',
        summary: 'Get a schedule and the job that it adds.',
        action: 'view',
        answer: { status: 200, schema: 'ScheduleDetail', about: 'The schedule.' },
      },
      '',
      (schedule, { c }) => shown.schedule(c, schedule),
    ),
    scheduleRoute(
      {
        id: 'changeSchedule',
        method: 'put',
        summary:
          'Change a schedule; omitted fields keep their value. Changes persist across restarts, even for schedules that a plugin declares.',
        action: 'administer',
        body: { name: 'ScheduleChange', form: () => ScheduleChangeBody },
        answer: { status: 200, schema: 'ScheduleDetail', about: 'The changed schedule.' },
      },
      '',
      async ({ name, jobData: old, schedule: pattern, timezone }, { c, body, ask }) => {
        const jobData = (body.jobData ?? old) as NewJob;
        if (body.jobData) await ask({ ...adds(jobData), schedule: name });
        // Changing only the time still runs the old job, so it needs the same rights.
        await adding.check(c, [jobData], () => (body.jobData ? 'jobData.type' : 'schedule'));
        if (body.schedule !== undefined && body.schedule !== pattern)
          checkTimes(body.schedule, body.timezone ?? timezone);
        return host.schedules.change(name, body as ScheduleChange);
      },
    ),
    scheduleRoute(
      {
        id: 'unscheduleJob',
        method: 'delete',
        summary: 'Remove a schedule.',
        action: 'administer',
        answer: { status: 204, about: 'The schedule was removed.' },
      },
      '',
      async ({ name }) => {
        await host.schedules.remove(name);
        return undefined;
      },
    ),
    scheduleRoute(
      {
        id: 'runSchedule',
        method: 'post',
        summary: 'Run a schedule now, in addition to its regular runs.',
        action: 'operate',
        answer: { status: 201, schema: 'Job', about: 'The job.' },
      },
      '/run',
      async ({ name, jobData }, { c }) => {
        await adding.check(c, [jobData], () => 'name');
        return host.schedules.run(name);
      },
    ),
    scheduleRoute(
      { id: 'pauseSchedule', method: 'post', summary: 'Pause a schedule.', action: 'operate', answer: theSchedule },
      '/pause',
      async ({ name }) => {
        await host.schedules.pause(name);
        return changed(name);
      },
    ),
    scheduleRoute(
      { id: 'resumeSchedule', method: 'post', summary: 'Resume a schedule.', action: 'operate', answer: theSchedule },
      '/resume',
      async ({ name }) => {
        await host.schedules.resume(name);
        return changed(name);
      },
    ),
  ];
}
