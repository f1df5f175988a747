// Actions over HTTP are recorded in the log with their user; reads and refusals are not.

import type { LogPage } from '@phraseworks/sdk/client';
import { beforeEach, expect, test } from 'vitest';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';

let site: HttpSite;
/** Of a job that waits. */
let known: string;
beforeEach(async () => {
  site = await openHttpSite({
    authorize: (c, action) => c.req.header('x-user') !== 'guest' && { user: c.req.header('x-user') ?? action },
  });
  known = (await site.jobs.addJob({ type: 'email' as string, data: {} })).id;
});

const send = (method: string, path: string, body?: unknown, user = 'ada') =>
  site.app.request(`/jobs${path}`, {
    method,
    headers: { 'x-user': user, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const logged = async () => {
  const { entries } = (await (await send('GET', '/api/log')).json()) as LogPage;
  return entries.map(({ user, action, target, detail }) => [user, action, target, detail]).reverse();
};

test('each action is recorded with its target, under the name of the API', async () => {
  await send('POST', `/api/jobs/${known}/cancel`);
  await send('DELETE', `/api/jobs/${known}`, undefined, 'bob');
  await send('POST', '/api/schedules/email%2Fdigest/pause');
  await send('POST', '/api/schedules', { name: 'x', schedule: '0 9 * * *', jobData: { type: 'email', data: {} } });
  await send('POST', '/api/pauses', { kind: 'plugin', name: 'email' });
  await send('DELETE', '/api/pauses/plugin/email');
  await send('POST', '/plugins/email/send');
  await send('POST', '/plugins/email/redirected');
  await send('POST', '/api/plugins/email/disable');
  expect(await logged()).toEqual([
    ['ada', 'cancelJob', known, null],
    ['bob', 'deleteJob', known, null],
    ['ada', 'pauseSchedule', 'email/digest', null],
    ['ada', 'scheduleJob', 'x', null],
    ['ada', 'pause', 'plugin/email', null],
    ['ada', 'resume', 'plugin/email', null],
    ['ada', 'pluginRoute', 'POST /plugins/email/send', null],
    ['ada', 'pluginRoute', 'POST /plugins/email/redirected', null],
    ['ada', 'disablePlugin', 'email', null],
  ]);
});

test('a bulk action is recorded with its filter', async () => {
  const filter = { status: 'failed', type: 'email', q: 'error:timeout', to: 0 };
  await send('POST', '/api/jobs/bulk', { action: 'delete', filter });
  await send('POST', '/api/jobs/bulk', { action: 'cancel', filter: { from: Number.MAX_SAFE_INTEGER } });
  expect(await logged()).toEqual([
    ['ada', 'bulk', 'delete', 'failed, type email, error:timeout, added before 1970-01-01T00:00:00.000Z'],
    ['ada', 'bulk', 'cancel', 'added from +275760-09-13T00:00:00.000Z'],
  ]);
});

test('reads, additions, refusals and progress reports are not recorded', async () => {
  await send('GET', '/api/jobs');
  await send('GET', '/plugins/email/mailbox');
  await send('POST', '/plugins/email/refused');
  await send('POST', '/api/jobs', { type: 'email', data: {} });
  await send('POST', `/api/jobs/${known}/progress`, { percentage: 4 });
  await send('POST', `/api/jobs/${known}/cancel`, undefined, 'guest');
  await send('POST', '/api/jobs/unknown/cancel');
  await send('POST', '/api/jobs/bulk', { action: 'burn', filter: {} });
  await send('DELETE', '/api/pauses/job/known');
  expect(await logged()).toEqual([]);
});

test('the log is read page by page', async () => {
  for (let i = 0; i < 3; i += 1) await send('POST', `/api/jobs/${known}/run`);
  const page = (await (await send('GET', '/api/log?limit=2')).json()) as LogPage;
  expect([page.entries.length, page.nextBefore]).toEqual([2, page.entries[1]?.id]);
  const rest = (await (await send('GET', `/api/log?before=${page.nextBefore}`)).json()) as LogPage;
  expect([rest.entries.length, rest.nextBefore]).toEqual([1, null]);
  expect((await send('GET', '/api/log?limit=0')).status).toBe(400);
  expect((await send('GET', '/api/log?before=x')).status).toBe(400);
});
