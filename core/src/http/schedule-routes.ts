// The addresses of schedules.
import { JobsError, type Schedule } from '@phraseworks/sdk';
import type { z } from 'zod';
import type { ScheduleChange } from '../host.ts';
import { MOST_DAYS } from '../scheduler/runs.ts';
import type { Adding } from './adding.ts';
import type { HttpDeps } from './deps.ts';
import { RunsQuery, ScheduleChangeBody, type ScheduleInput, scheduleForm } from './requests.ts';
import { type Call, type Described, type Route, route } from './route.ts';
import type { ShownJobs } from './shown-jobs.ts';

/** `plugin/name`, written as one segment (`plugin%2Fname`) or as two. */
const nameOf = ({ param }: Pick<Call<undefined, undefined>, 'param'>): string =>
  param('plugin') === '' ? param('name') : `${param('plugin')}/${param('name')}`;

const DAY = 86_400_000;

/** A week from now, where the query says nothing else. Throws `INVALID_DATA` for spans that are too long or end before they begin. */
function spanOf({ from, to, name, limit }: z.infer<typeof RunsQuery>, now: number) {
  const begin = from ?? now;
  const end = to ?? begin + 7 * DAY;
  if (end <= begin || end - begin > MOST_DAYS * DAY) {
    const message = `must be after \`from\`, and at most ${MOST_DAYS} days`;
    throw new JobsError('INVALID_DATA', 'The request is not valid.', { errors: [{ path: 'to', message }] });
  }
  return { from: begin, to: end, ...(name === undefined ? {} : { name }), ...(limit === undefined ? {} : { limit }) };
}

/** A route about one schedule. */
function scheduleRoute<B = undefined>(
  about: Omit<Described<undefined, B>, 'path' | 'group' | 'errors'>,
  step: string,
  answer: (name: string, call: Call<undefined, B>) => Promise<Response>,
): Route {
  const path = (name: string) => `/api/schedules/${name}${step}`;
  return route(
    {
      ...about,
      path: path(':name'),
      alias: path(':plugin/:name'),
      group: 'Schedules',
      errors: ['SCHEDULE_NOT_FOUND'],
    },
    (call) => answer(nameOf(call), call),
  );
}

export function scheduleRoutes(deps: HttpDeps, shown: ShownJobs, adding: Adding): Route[] {
  const { host } = deps;
  const theSchedule = { status: 200, schema: 'Schedule', about: 'The schedule.' } as const;

  const find = async (name: string) => {
    const schedule = (await host.schedules.list()).find((one) => one.name === name);
    if (!schedule) throw new JobsError('SCHEDULE_NOT_FOUND', 'There is no schedule of this name.');
    return schedule;
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
        answer: { status: 200, schema: 'Schedules', about: 'All schedules.' },
      },
      async ({ c }) => c.json({ schedules: await host.schedules.list() }),
    ),
    route<undefined, ScheduleInput>(
      {
        id: 'scheduleJob',
        method: 'post',
        path: '/api/schedules',
        group: 'Schedules',
        summary: 'Save a schedule; the same name changes it.',
        action: 'administer',
        body: { name: 'NewSchedule', form: scheduleForm },
        deed: (body) => ({ target: body.name ?? ('type' in body ? body.type : '') }),
        answer: { status: 201, schema: 'ScheduledJob', about: 'The schedule with its next run.' },
        errors: ['UNKNOWN_TYPE'],
      },
      async ({ c, body }) => {
        if ('jobData' in body) await adding.check(c, [body.jobData], () => 'jobData.type');
        else await adding.check(c, [body], () => 'type');
        return c.json(await host.scheduleJob(body as Schedule), 201);
      },
    ),
    route(
      {
        id: 'listScheduleRuns',
        method: 'get',
        path: '/api/schedules/runs',
        group: 'Schedules',
        summary: 'When schedules run within a span of time.',
        action: 'view',
        query: RunsQuery,
        answer: { status: 200, schema: 'ScheduleRuns', about: 'The runs of each schedule, by its pattern.' },
        errors: ['SCHEDULE_NOT_FOUND'],
      },
      async ({ c, query }) => c.json({ runs: await host.schedules.runs(spanOf(query, deps.clock.now())) }),
    ),
    scheduleRoute(
      {
        id: 'getSchedule',
        method: 'get',
        summary: 'Get a schedule with the job that it adds.',
        action: 'view',
        answer: { status: 200, schema: 'ScheduleDetail', about: 'The schedule.' },
      },
      '',
      async (name, { c }) => c.json(await shown.schedule(c, await host.schedules.get(name))),
    ),
    scheduleRoute(
      {
        id: 'changeSchedule',
        method: 'put',
        summary: 'Change a schedule; what is left out stays. It outlasts restarts, also of what a plugin declares.',
        action: 'administer',
        body: { name: 'ScheduleChange', form: () => ScheduleChangeBody },
        answer: { status: 200, schema: 'ScheduleDetail', about: 'The schedule as it is now.' },
      },
      '',
      async (name, { c, body }) => {
        // A new time for the old job starts the old job, too.
        const { jobData } = body.jobData ? { jobData: body.jobData } : await host.schedules.get(name);
        await adding.check(c, [jobData], () => (body.jobData ? 'jobData.type' : 'schedule'));
        return c.json(await host.schedules.change(name, body as ScheduleChange));
      },
    ),
    scheduleRoute(
      {
        id: 'unscheduleJob',
        method: 'delete',
        summary: 'Remove a schedule.',
        action: 'administer',
        answer: { status: 204, about: 'It is gone.' },
      },
      '',
      async (name, { c }) => {
        await host.schedules.remove(name);
        return c.body(null, 204);
      },
    ),
    scheduleRoute(
      {
        id: 'runSchedule',
        method: 'post',
        summary: 'Add the job of a schedule now, beside its regular runs.',
        action: 'operate',
        answer: { status: 201, schema: 'Job', about: 'The job.' },
      },
      '/run',
      async (name, { c }) => {
        const { jobData } = await host.schedules.get(name);
        await adding.check(c, [jobData], () => 'name');
        return c.json(await host.schedules.run(name), 201);
      },
    ),
    scheduleRoute(
      { id: 'pauseSchedule', method: 'post', summary: 'Pause a schedule.', action: 'operate', answer: theSchedule },
      '/pause',
      async (name, { c }) => {
        await host.schedules.pause(name);
        return c.json(await find(name));
      },
    ),
    scheduleRoute(
      { id: 'resumeSchedule', method: 'post', summary: 'Resume a schedule.', action: 'operate', answer: theSchedule },
      '/resume',
      async (name, { c }) => {
        await host.schedules.resume(name);
        return c.json(await find(name));
      },
    ),
  ];
}
