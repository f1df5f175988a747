// Routes for schedules.
import { CronQuery } from '@phraseworks/sdk/contract';
import { grouped, type Route, route, type Services, type WrittenRoute } from './route.ts';
import type { SchemaName } from './schemas.ts';

const theSchedule = { status: 200, schema: 'Schedule', about: 'The schedule.' } as const;

/** A route about the schedule `:name`: `plugin/name`, written as one segment (`plugin%2Fname`) or as two. */
const scheduleRoute = <B extends SchemaName = never, S extends SchemaName = never>(
  written: WrittenRoute<undefined, B, S>,
): ReturnType<typeof route> =>
  route({
    ...written,
    alias: written.at.replace(/.* (.*):name/, '$1:plugin/:name'),
    limited: true,
    errors: ['SCHEDULE_NOT_FOUND'],
  });

export function scheduleRoutes({ schedules }: Services): Route[] {
  return grouped('Schedules', [
    route({
      id: 'listSchedules',
      at: 'GET /api/schedules',
      summary: 'List schedules with their next runs.',
      action: 'view',
      limited: true,
      answer: { status: 200, schema: 'Schedules', about: 'All schedules.' },
      handle: async ({ actor }) => ({ schedules: await schedules.list(actor) }),
    }),
    route({
      id: 'scheduleJob',
      at: 'POST /api/schedules',
      summary: 'Save a schedule; the same name changes it.',
      action: 'administer',
      limited: true,
      body: { schema: 'NewSchedule' },
      answer: { status: 201, schema: 'ScheduledJob', about: 'The schedule with its next run.' },
      errors: ['UNKNOWN_TYPE', 'INVALID_STATE'],
      handle: ({ actor, body }) => schedules.save(actor, body),
    }),
    route({
      id: 'previewSchedule',
      at: 'GET /api/cron',
      summary: 'List the next five runs of a cron expression.',
      action: 'view',
      limited: true,
      query: CronQuery,
      answer: { status: 200, schema: 'NextRuns', about: 'The next runs.' },
      handle: async ({ actor, query }) => ({ nextRuns: await schedules.preview(actor, query) }),
    }),
    scheduleRoute({
      id: 'getSchedule',
      at: 'GET /api/schedules/:name',
      summary: 'Get a schedule and the job that it adds.',
      action: 'view',
      answer: { status: 200, schema: 'ScheduleDetail', about: 'The schedule.' },
      handle: ({ name, actor }) => schedules.get(actor, name),
    }),
    scheduleRoute({
      id: 'changeSchedule',
      at: 'PUT /api/schedules/:name',
      summary:
        'Change a schedule; omitted fields keep their value. Changes persist across restarts, even for schedules that a plugin declares.',
      action: 'administer',
      body: { schema: 'ScheduleChange' },
      answer: { status: 200, schema: 'ScheduleDetail', about: 'The changed schedule.' },
      handle: ({ name, actor, body }) => schedules.change(actor, name, body),
    }),
    scheduleRoute({
      id: 'unscheduleJob',
      at: 'DELETE /api/schedules/:name',
      summary: 'Remove a schedule.',
      action: 'administer',
      answer: { status: 204, about: 'The schedule was removed.' },
      handle: ({ name, actor }) => schedules.remove(actor, name),
    }),
    scheduleRoute({
      id: 'runSchedule',
      at: 'POST /api/schedules/:name/run',
      summary: 'Run a schedule now, in addition to its regular runs.',
      action: 'operate',
      answer: { status: 201, schema: 'Job', about: 'The job.' },
      handle: ({ name, actor }) => schedules.run(actor, name),
    }),
    scheduleRoute({
      id: 'pauseSchedule',
      at: 'POST /api/schedules/:name/pause',
      summary: 'Pause a schedule.',
      action: 'operate',
      answer: theSchedule,
      handle: ({ name, actor }) => schedules.pause(actor, name),
    }),
    scheduleRoute({
      id: 'resumeSchedule',
      at: 'POST /api/schedules/:name/resume',
      summary: 'Resume a schedule.',
      action: 'operate',
      answer: theSchedule,
      handle: ({ name, actor }) => schedules.resume(actor, name),
    }),
  ]);
}
