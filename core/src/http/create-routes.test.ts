// The routes answer as the table says.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock, turn } from '../../../testing/src/manual-clock.ts';
import { createStand, jobOf, type Stand } from '../../test/http-stand.ts';
import { SCHEMAS, type SchemaName } from './schemas.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await createStand();
  stand.jobs.set('known', jobOf('known', { type: 'email', data: { to: 'a@example.com' } }));
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
    ['POST', '/api/jobs', [{ type: 'email', data: {} }], 201, 'AddedJobs'],
    ['POST', '/api/jobs/known/run', undefined, 200, 'Job'],
    ['POST', '/api/jobs/known/progress', { percentage: 40, processed: 4, total: 10 }, 200, 'Job'],
    ['GET', '/api/nodes', undefined, 200, 'Nodes'],
    ['GET', '/api/log?limit=2', undefined, 200, 'Log'],
    ['POST', '/api/schedules', { name: 'x', schedule: '0 9 * * *', type: 'email', data: {} }, 201, 'ScheduledJob'],
    ['GET', '/api/cron?schedule=0+9+*+*+1', undefined, 200, 'NextRuns'],
    ['POST', '/api/schedules/email/digest/resume', undefined, 200, 'Schedule'],
    ['GET', '/api/plugins/email/config', undefined, 200, 'PluginConfig'],
    ['PUT', '/api/plugins/email/config', { from: 'a@example.com' }, 200, 'PluginState'],
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

describe('every refusal is a problem from the table of errors', () => {
  test.each<[string, string, unknown, number, string]>([
    ['GET', '/api/jobs/nobody', undefined, 404, 'JOB_NOT_FOUND'],
    ['GET', '/api/jobs?limit=201', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?status=broken', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?staus=failed', undefined, 400, 'INVALID_DATA'],
    ['GET', '/api/jobs?from=yesterday', undefined, 400, 'INVALID_DATA'],
    ['POST', '/api/schedules', { name: 'x', schedule: '* * * * *', type: 'emial', data: {} }, 404, 'UNKNOWN_TYPE'],
    ['DELETE', '/api/schedules/email/none', undefined, 404, 'SCHEDULE_NOT_FOUND'],
    ['GET', '/api/schedules/none', undefined, 404, 'SCHEDULE_NOT_FOUND'],
    ['PUT', '/api/schedules/none', { missed: 'skip' }, 404, 'SCHEDULE_NOT_FOUND'],
    ['PUT', '/api/schedules/nightly', { jobData: { type: 'emial', data: {} } }, 404, 'UNKNOWN_TYPE'],
    ['GET', '/api/panels/email/none', undefined, 404, 'NOT_FOUND'],
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
