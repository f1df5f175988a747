// The addresses of schedules.
import { JobsError, type Schedule } from '@phraseworks/sdk';
import type { HttpDeps } from './deps.ts';
import { checkTypes } from './job-routes.ts';
import { type ScheduleInput, scheduleForm } from './requests.ts';
import { type Call, type Described, type Route, route } from './route.ts';

/** `plugin/name`, written as one segment (`plugin%2Fname`) or as two. */
const nameOf = ({ param }: Call<undefined, undefined>): string =>
  param('plugin') === '' ? param('name') : `${param('plugin')}/${param('name')}`;

/** A route about one schedule. */
function scheduleRoute(
  about: Omit<Described<undefined, undefined>, 'path' | 'group' | 'errors'>,
  step: string,
  answer: (name: string, call: Call<undefined, undefined>) => Promise<Response>,
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

export function scheduleRoutes(deps: HttpDeps): Route[] {
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
        answer: { status: 201, schema: 'ScheduledJob', about: 'The schedule with its next run.' },
        errors: ['UNKNOWN_TYPE'],
      },
      async ({ c, body }) => {
        if ('jobData' in body) checkTypes(deps, [body.jobData], () => 'jobData.type');
        else checkTypes(deps, [body], () => 'type');
        return c.json(await host.scheduleJob(body as Schedule), 201);
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
      async (name, { c }) => c.json(await host.schedules.run(name), 201),
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
