// Routes for schedules.
import type { Action, RouteContext, Schedule, ScheduleChange } from '@phraseworks/sdk';
import { CronQuery, ScheduleChangeBody, scheduleForm } from './contract/requests.ts';
import type { SchemaName } from './contract/schemas.ts';
import { type Answer, type Call, type Route, type RouteDescription, route, type Services } from './route.ts';

/** `plugin/name`, written as one segment (`plugin%2Fname`) or as two. */
function nameOf(c: RouteContext): string {
  const { plugin, name = '' } = c.req.param() as Record<string, string | undefined>;
  return plugin === undefined ? name : `${plugin}/${name}`;
}

const theSchedule = { status: 200, schema: 'Schedule', about: 'The schedule.' } as const;

/** A route about one schedule. */
function scheduleRoute<B = undefined, S extends SchemaName = never>(
  about: Omit<RouteDescription<undefined, B, S>, 'path' | 'group' | 'errors'> & { action: Action },
  step: string,
  answer: (name: string, call: Call<undefined, B>) => Promise<Answer<S>>,
): Route {
  const path = (name: string) => `/api/schedules/${name}${step}`;
  const places = { path: path(':name'), alias: path(':plugin/:name') };
  return route(
    { ...about, ...places, limited: true, group: 'Schedules', errors: ['SCHEDULE_NOT_FOUND'] },
    (call: Call<undefined, B>) => answer(nameOf(call.c), call),
  );
}

export function scheduleRoutes({ schedules }: Services): Route[] {
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
      async ({ actor }) => ({ schedules: await schedules.list(actor) }),
    ),
    route(
      {
        id: 'scheduleJob',
        method: 'post',
        path: '/api/schedules',
        group: 'Schedules',
        summary: 'Save a schedule; the same name changes it.',
        action: 'administer',
        limited: true,
        body: { name: 'NewSchedule', form: scheduleForm },
        answer: { status: 201, schema: 'ScheduledJob', about: 'The schedule with its next run.' },
        errors: ['UNKNOWN_TYPE', 'INVALID_STATE'],
      },
      ({ actor, body }) => schedules.save(actor, body as Schedule),
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
      async ({ actor, query }) => ({ nextRuns: await schedules.preview(actor, query) }),
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
      (name, { actor }) => schedules.get(actor, name),
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
      (name, { actor, body }) => schedules.change(actor, name, body as ScheduleChange),
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
      async (name, { actor }) => {
        await schedules.remove(actor, name);
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
      (name, { actor }) => schedules.run(actor, name),
    ),
    scheduleRoute(
      { id: 'pauseSchedule', method: 'post', summary: 'Pause a schedule.', action: 'operate', answer: theSchedule },
      '/pause',
      (name, { actor }) => schedules.pause(actor, name),
    ),
    scheduleRoute(
      { id: 'resumeSchedule', method: 'post', summary: 'Resume a schedule.', action: 'operate', answer: theSchedule },
      '/resume',
      (name, { actor }) => schedules.resume(actor, name),
    ),
  ];
}
