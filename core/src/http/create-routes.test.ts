// The routes answer as the table says.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock, turn } from '../../../testing/src/manual-clock.ts';
import { createStand, jobOf, type Stand } from '../../test/http-stand.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await createStand();
  stand.jobs.set('known', jobOf('known', { type: 'email', data: { to: 'a@example.com' } }));
  stand.jobs.set('over', { ...jobOf('over', { type: 'email', data: {} }), status: 'completed' });
});
afterAll(() => stand.close());

const send = (method: string, path: string, body?: unknown) =>
  stand.app.request(`/jobs${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json; charset=utf-8' } }),
  });

describe('every answer has its described shape', () => {
  test.each<[string, string, unknown, number, SchemaName]>([
    ['POST', '/api/jobs', { type: 'email', data: { to: 'a@example.com' }, priority: 'high' }, 201, 'Job'],
    [
      'POST',
      '/api/jobs',
      [
        { type: 'email', data: {} },
        { type: 'email', data: [1] },
      ],
      201,
      'AddedJobs',
    ],
    ['GET', '/api/jobs', undefined, 200, 'JobPage'],
    ['GET', '/api/jobs/known', undefined, 200, 'Job'],
    ['GET', '/api/jobs/known/history', undefined, 200, 'History'],
    ['GET', '/api/jobs/known/logs', undefined, 200, 'Logs'],
    ['GET', '/api/jobs/known/why', undefined, 200, 'Why'],
    ['GET', '/api/jobs/known/view', undefined, 200, 'JobView'],
    ['POST', '/api/jobs/known/cancel', undefined, 200, 'Job'],
    ['POST', '/api/jobs/known/retry', { data: { to: 'b@example.com' } }, 200, 'Job'],
    ['POST', '/api/jobs/known/run', undefined, 200, 'Job'],
    ['POST', '/api/jobs/known/progress', { percentage: 40, processed: 4, total: 10 }, 200, 'Job'],
    ['GET', '/api/metrics', undefined, 200, 'Metrics'],
    ['GET', '/api/types', undefined, 200, 'Types'],
    ['GET', '/api/nodes', undefined, 200, 'Nodes'],
    ['GET', '/api/me', undefined, 200, 'Me'],
    ['GET', '/api/log?limit=2', undefined, 200, 'Log'],
    ['GET', '/api/failures?from=2026-01-01T00:00:00Z', undefined, 200, 'Failures'],
    ['GET', '/api/pauses', undefined, 200, 'Pauses'],
    ['POST', '/api/pauses', { kind: 'type', name: 'email' }, 201, 'Pause'],
    ['GET', '/api/schedules', undefined, 200, 'Schedules'],
    [
      'POST',
      '/api/schedules',
      { name: 'x', schedule: '0 9 * * *', jobData: { type: 'email', data: {} } },
      201,
      'ScheduledJob',
    ],
    ['POST', '/api/schedules', { name: 'x', schedule: '0 9 * * *', type: 'email', data: {} }, 201, 'ScheduledJob'],
    ['GET', '/api/schedules/runs', undefined, 200, 'ScheduleRuns'],
    ['GET', '/api/cron?schedule=0+9+*+*+1', undefined, 200, 'NextRuns'],
    ['GET', '/api/schedules/email/digest', undefined, 200, 'ScheduleDetail'],
    ['PUT', '/api/schedules/email%2Fdigest', { schedule: '0 8 * * *', missed: 'skip' }, 200, 'ScheduleDetail'],
    ['POST', '/api/schedules/email%2Fdigest/pause', undefined, 200, 'Schedule'],
    ['POST', '/api/schedules/email/digest/resume', undefined, 200, 'Schedule'],
    ['POST', '/api/schedules/nightly/run', undefined, 201, 'Job'],
    ['GET', '/api/plugins', undefined, 200, 'Plugins'],
    ['POST', '/api/plugins/email/enable', undefined, 200, 'PluginState'],
    ['GET', '/api/plugins/email/config', undefined, 200, 'PluginConfig'],
    ['POST', '/api/plugins/email/disable', { running: 'abort' }, 200, 'PluginState'],
    ['PUT', '/api/plugins/email/config', { from: 'a@example.com' }, 200, 'PluginState'],
    ['GET', '/api/panels', undefined, 200, 'Panels'],
    ['GET', '/api/panels/email/sent', undefined, 200, 'Panel'],
    ['GET', '/health', undefined, 200, 'Health'],
    ['GET', '/ready', undefined, 200, 'Ready'],
  ])('%s %s %j', async (method, path, body, status, schema) => {
    const response = await send(method, path, body);
    const answer = await response.json();
    expect({ status: response.status, errors: SCHEMAS[schema].safeParse(answer).error?.issues }).toEqual({
      status,
      errors: undefined,
    });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

test('settings that a check accepts are answered without content', async () => {
  const response = await send('POST', '/api/plugins/email/config/check', { from: 'a@example.com' });
  expect([response.status, await response.text()]).toEqual([204, '']);
});

describe('every refusal is a problem from the table of errors', () => {
  test.each<[string, string, unknown, number, string]>([
    ['GET', '/api/jobs/nobody', undefined, 404, 'JOB_NOT_FOUND'],
    ['GET', '/api/jobs/..%2Fx', undefined, 404, 'JOB_NOT_FOUND'],
    ['POST', '/api/jobs/nobody/retry', undefined, 404, 'JOB_NOT_FOUND'],
    ['POST', '/api/jobs/over/cancel', undefined, 409, 'NOT_CANCELLABLE'],
    ['POST', '/api/jobs', { type: 'emial', data: {} }, 404, 'UNKNOWN_TYPE'],
    ['POST', '/api/jobs', { type: 'email' }, 400, 'INVALID_DATA'],
    ['POST', '/api/jobs', { type: 'email', data: {}, delay: -1 }, 400, 'INVALID_DATA'],
    ['POST', '/api/jobs', [], 400, 'INVALID_DATA'],
    ['POST', '/api/jobs/known/progress', { percentage: 101 }, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?limit=201', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?status=broken', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?staus=failed', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?from=yesterday', undefined, 400, 'INVALID_DATA'],
    ['POST', '/api/schedules', { name: 'x', schedule: '* * * * *', type: 'emial', data: {} }, 404, 'UNKNOWN_TYPE'],
    ['DELETE', '/api/schedules/email/none', undefined, 404, 'SCHEDULE_NOT_FOUND'],
    ['GET', '/api/schedules/none', undefined, 404, 'SCHEDULE_NOT_FOUND'],
    ['PUT', '/api/schedules/none', { missed: 'skip' }, 404, 'SCHEDULE_NOT_FOUND'],
    ['PUT', '/api/schedules/nightly', { jobData: { type: 'emial', data: {} } }, 404, 'UNKNOWN_TYPE'],
    ['GET', '/api/schedules/runs?from=1000&to=999', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/schedules/runs?from=0&to=691200001', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/schedules/runs?limit=2001', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/panels/email/none', undefined, 404, 'NOT_FOUND'],
    ['GET', '/api/nothing', undefined, 404, 'NOT_FOUND'],
    ['PATCH', '/api/jobs/known', undefined, 404, 'NOT_FOUND'],
    ['GET', '/', undefined, 404, 'NOT_FOUND'],
    ['POST', '', undefined, 404, 'NOT_FOUND'],
  ])('%s %s %j is refused with %i %s', async (method, path, body, status, code) => {
    const response = await send(method, path, body);
    const problem = await response.json();
    expect(SCHEMAS.Problem.safeParse(problem).error).toBeUndefined();
    expect(problem).toMatchObject({ status, code, type: `/jobs/api/docs#${code}` });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });
});

test('a list of jobs reports every invalid one by its index', async () => {
  const response = await send('POST', '/api/jobs', [
    { type: 'email', data: {} },
    { type: 'email', data: {}, priority: 'now' },
    { data: {} },
  ]);
  expect(((await response.json()) as { errors: unknown }).errors).toEqual([
    { path: '[1].priority', message: 'must be one of "urgent", "high", "normal", "low"' },
    { path: '[2].type', message: 'is required' },
  ]);
});

test('a removed schedule is logged with the user', async () => {
  const response = await send('DELETE', '/api/schedules/email%2Fdigest');
  expect(response.status).toBe(204);
  expect(stand.calls.at(-1)).toBe('remove email/digest');
  expect(stand.lines.at(-1)?.text).toBe('unscheduleJob email/digest by an unnamed user');
});

test('requests next to the mount point are left to the host', async () => {
  expect(await (await stand.app.request('/jobsite')).text()).toBe('the site');
});

test('a page that no plugin has is answered 503 while plugins are starting', async () => {
  const own = await createStand({ arePluginsStarting: () => true });
  const answer = await own.app.request('/jobs/mailbox', { headers: { accept: 'text/html' } });
  expect([answer.status, answer.headers.get('refresh')]).toEqual([503, '2']);
  await own.close();
  expect((await stand.app.request('/jobs/mailbox')).status).toBe(404);
});

test('a page that does not answer fails after 15 seconds, as an API route does', async () => {
  const clock = new ManualClock();
  const silent = { at: '/api/metrics/history', base: '', fetch: () => new Promise<Response>(() => {}) };
  const own = await createStand({ clock, pages: () => [silent] });
  const answer = own.app.request('/jobs/api/metrics/history');
  await turn();
  await clock.advance(15_000);
  expect((await answer).status).toBe(503);
  await own.close();
});
