// Every address times every role: who may do what, and that a refusal changes nothing.
import type { Action } from '@phraseworks/jobs';
import { createTestJobs, type TestJobs } from '@phraseworks/jobs/testing';
import email from '@phraseworks/plugin-email';
import { definePlugin } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { byToken, headersOf, mayDo, ROLES } from '../support/roles.ts';

const shop = definePlugin({
  name: 'shop',
  async init(ctx) {
    ctx.registerProcessor('order', async () => {});
    await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'order', data: {} } });
    ctx.routes.get('/orders', (c) => c.text('orders'));
    ctx.routes.post('/orders', (c) => c.text('ordered'));
    ctx.publicRoutes.get('/hook', (c) => c.text('hello'));
    ctx.publicRoutes.post('/hook', (c) => c.text('heard'));
    ctx.panel({ id: 'sales', title: 'Sales', data: () => [] });
  },
});

const open = (): Promise<TestJobs> =>
  createTestJobs({
    authorize: byToken,
    start: false,
    plugins: { shop: { use: shop }, email: { use: email, config: { mailbox: { port: 0 } } } },
  });

type Row = [action: Action | null, method: string, path: string, body?: unknown];

/** `ID` is a job that waits. A null in place of the action: open to everybody. */
const rows: Row[] = [
  ['view', 'GET', '/api/jobs'],
  ['view', 'GET', '/api/jobs/ID'],
  ['view', 'GET', '/api/jobs/ID/history'],
  ['view', 'GET', '/api/jobs/ID/logs'],
  ['view', 'GET', '/api/jobs/ID/receipts'],
  ['view', 'GET', '/api/jobs/ID/why'],
  ['view', 'GET', '/api/jobs/ID/view'],
  ['view', 'GET', '/api/failures'],
  ['view', 'GET', '/api/pauses'],
  ['view', 'GET', '/api/metrics'],
  ['view', 'GET', '/api/schedules'],
  ['view', 'GET', '/api/plugins'],
  ['view', 'GET', '/api/panels'],
  ['view', 'GET', '/api/panels/shop/sales'],
  ['view', 'GET', '/api/types'],
  ['view', 'GET', '/api/openapi.json'],
  ['view', 'GET', '/api/docs'],
  ['view', 'HEAD', '/events'],
  ['view', 'POST', '/api/ticket'],
  ['add', 'POST', '/api/jobs', { type: 'order', data: {} }],
  ['operate', 'POST', '/api/jobs/ID/run'],
  ['operate', 'POST', '/api/jobs/ID/cancel'],
  ['operate', 'POST', '/api/jobs/ID/retry', {}],
  ['operate', 'POST', '/api/jobs/ID/progress', { percentage: 1 }],
  ['operate', 'DELETE', '/api/jobs/ID'],
  ['operate', 'POST', '/api/jobs/bulk', { action: 'cancel', filter: { type: 'order' } }],
  ['operate', 'POST', '/api/pauses', { kind: 'type', name: 'order' }],
  ['operate', 'DELETE', '/api/pauses/type/order'],
  ['operate', 'POST', '/api/schedules/shop/digest/run'],
  ['operate', 'POST', '/api/schedules/shop%2Fdigest/pause'],
  ['operate', 'POST', '/api/schedules/shop/digest/resume'],
  ['administer', 'POST', '/api/schedules', { type: 'order', schedule: '0 1 * * *', data: {} }],
  ['administer', 'DELETE', '/api/schedules/shop/digest'],
  ['administer', 'GET', '/api/log'],
  ['administer', 'GET', '/api/plugins/email/config'],
  ['administer', 'PUT', '/api/plugins/email/config', {}],
  ['administer', 'POST', '/api/plugins/email/disable'],
  ['administer', 'POST', '/api/plugins/email/enable'],
  ['administer', 'GET', '/plugins/shop/orders'],
  ['administer', 'POST', '/plugins/shop/orders'],
  ['administer', 'GET', '/plugins/email/mailbox'],
  ['administer', 'GET', '/plugins/nothing/here'],
  [null, 'GET', '/plugins/shop/public/hook'],
  [null, 'POST', '/plugins/shop/public/hook'],
  [null, 'GET', '/health'],
  [null, 'GET', '/ready'],
];

test.each(rows)('%s is needed for %s %s, and nothing else lets in', async (action, method, path, body) => {
  await using jobs = await open();
  const { id } = await jobs.addJob({ type: 'order', data: {}, delay: 3_600_000 });
  const state = async () => [
    await jobs.listJobs(),
    await jobs.schedules.list(),
    (await jobs.plugins.list()).map((plugin) => [plugin.state, plugin.since, plugin.config]),
  ];
  const before = JSON.stringify(await state());
  for (const role of ROLES) {
    const allowed = action === null || mayDo(role, action);
    const response = await jobs.request(path.replace('ID', id), {
      method,
      as: 'anonymous',
      headers: { ...headersOf(role), 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const expected = allowed ? 'let in' : role === 'nobody' ? 401 : 403;
    const { status } = response;
    expect([role, status === 401 || status === 403 ? status : 'let in']).toEqual([role, expected]);
    if (allowed) continue;
    if (method !== 'HEAD') expect(await response.json()).toMatchObject({ status, title: expect.any(String) });
    expect(JSON.stringify(await state())).toBe(before);
  }
});

test('every address that is described says what it needs: reading needs view, writing more', async () => {
  await using jobs = await open();
  const response = await jobs.request('/api/openapi.json', { headers: headersOf('viewer') });
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, { 'x-action'?: string }>> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => ({ path, method, action: about['x-action'] ?? null })),
  );
  expect(described.length).toBeGreaterThan(25);
  for (const { path, method, action } of described) {
    const open = ['/health', '/ready'].includes(path);
    const reads = method === 'get' || path === '/api/ticket';
    const closed = ['/api/log', '/api/plugins/{name}/config'].includes(path);
    const fits = open ? [null] : closed && reads ? ['administer'] : reads ? ['view'] : ['add', 'operate', 'administer'];
    expect(fits, `${method} ${path}`).toContain(action);
  }
});

test('who may not see a job cannot tell whether it is there', async () => {
  await using jobs = await open();
  const { id } = await jobs.addJob({ type: 'order', data: {} });
  const unknown = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const answers = await Promise.all(
    [id, unknown].map((one) => jobs.request(`/api/jobs/${one}`, { as: 'anonymous', headers: headersOf('stranger') })),
  );
  const [there, notThere] = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
  expect(there).toEqual(notThere);
  expect(there?.[0]).toBe(403);
});

test('the details of readiness are for those who may view', async () => {
  await using jobs = await open();
  const ready = async (role: 'nobody' | 'viewer') =>
    (await (await jobs.request('/ready', { as: 'anonymous', headers: headersOf(role) })).json()) as object;
  expect(await ready('nobody')).toEqual({ ready: false, reason: 'not_running' });
  expect(await ready('viewer')).toMatchObject({ ready: false, info: { engine: 'SQLite', plugins: { shop: 'on' } } });
});

test('a rule about the job itself is asked for each act on it', async () => {
  await using jobs = await createTestJobs({
    start: false,
    authorize: (c, _action, { job }) => {
      const user = c.req.header('x-user') ?? '';
      return job ? job.data.owner === user && { user } : user === 'editor';
    },
  });
  jobs.registerProcessor('order', async () => {});
  const { id } = await jobs.addJob({ type: 'order', data: { owner: 'ann' }, delay: 1_000 });
  const status = async (user: string, step: string, method: string) =>
    (await jobs.request(`/api/jobs/${id}${step}`, { method, headers: { 'x-user': user } })).status;
  for (const [step, method] of [
    ['', 'GET'],
    ['/history', 'GET'],
    ['/run', 'POST'],
    ['/cancel', 'POST'],
  ] as const) {
    expect([await status('bob', step, method), await status('editor', step, method)]).toEqual([403, 403]);
    expect(await status('ann', step, method)).toBe(200);
  }
  const history = await jobs.getJobHistory(id);
  expect(history.at(-1)).toMatchObject({ event: 'job_cancelled', by: 'ann' });
});
