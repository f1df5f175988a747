// Every address with every role: who may use it, and that a refusal changes nothing.
import type { Action, Authorize } from '@phraseworks/jobs';
import email from '@phraseworks/plugin-email';
import {
  AuditLog,
  Batches,
  BulkActions,
  definePlugin,
  Jobs,
  Limits,
  Nodes,
  Pages,
  Pauses,
  Plugins,
  Schedules,
  Types,
} from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { byToken, headersOf, mayDo, ROLES, type Role } from '../support/roles.ts';

const shop = definePlugin({
  name: 'shop',
  needs: { pages: Pages },
  async init(ctx) {
    ctx.registerProcessor('order', async () => {});
    await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'order', data: {} } });
    ctx.routes.get('/orders', (c) => c.text('orders'));
    ctx.routes.post('/orders', (c) => c.text('ordered'));
    ctx.needs.pages.get('/some/page', (c) => c.text('page'));
    ctx.publicRoutes.get('/hook', (c) => c.text('hello'));
    ctx.publicRoutes.post('/hook', (c) => c.text('heard'));
    ctx.panel({ id: 'sales', title: 'Sales', data: () => [] });
  },
});

/** Calls a service as a plugin would, for the caller of the request: the body is what comes after `who` and the id. */
const direct = definePlugin({
  name: 'direct',
  needs: {
    jobs: Jobs,
    types: Types,
    schedules: Schedules,
    pauses: Pauses,
    limits: Limits,
    batches: Batches,
    plugins: Plugins,
    nodes: Nodes,
    audit: AuditLog,
    bulk: BulkActions,
  },
  init(ctx) {
    ctx.guarded.post('/:service/:method/:id?', async (c) => {
      const { service, method, id } = c.req.param();
      const of = ctx.needs[service as 'jobs'] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const args = [...(id ? [id] : []), ...((await c.req.json()) as unknown[])];
      return c.json((await of[method]?.(await ctx.authorize(c), ...args)) ?? null);
    });
  },
});
const services: [call: string, action: Action, args?: unknown[]][] = [
  ['jobs/list', 'view'],
  ['jobs/list', 'view', [{ q: 'CANARY' }]],
  ['jobs/get/ID', 'view'],
  ['jobs/history/ID', 'view'],
  ['jobs/logs/ID', 'view'],
  ['jobs/receipts/ID', 'view'],
  ['jobs/links/ID', 'view'],
  ['jobs/why/ID', 'view'],
  ['jobs/view/ID', 'view'],
  ['jobs/failures', 'view'],
  ['jobs/add', 'add', [{ type: 'order', data: {} }]],
  ['jobs/addMany', 'add', [[{ type: 'order', data: {} }]]],
  ['jobs/run/ID', 'operate'],
  ['jobs/cancel/ID', 'operate'],
  ['jobs/signal/ID', 'operate', ['go']],
  ['jobs/retry/ID', 'operate'],
  ['jobs/progress/ID', 'operate', [{ percentage: 1 }]],
  ['jobs/remove/ID', 'operate'],
  ['bulk/start', 'operate', [{ action: 'cancel', filter: { type: 'order' } }]],
  ['types/list', 'view'],
  ['schedules/list', 'view'],
  ['schedules/get', 'view', ['shop/digest']],
  ['schedules/preview', 'view', [{ schedule: '0 9 * * *' }]],
  ['schedules/run', 'operate', ['shop/digest']],
  ['schedules/pause', 'operate', ['shop/digest']],
  ['schedules/resume', 'operate', ['shop/digest']],
  ['schedules/save', 'administer', [{ name: 'taken', type: 'order', schedule: '0 1 * * *', data: {} }]],
  ['schedules/change', 'administer', ['shop/digest', { schedule: '0 1 * * *' }]],
  ['schedules/remove', 'administer', ['shop/digest']],
  ['pauses/list', 'view'],
  ['pauses/pause', 'operate', [{ kind: 'type', name: 'order' }]],
  ['pauses/resume', 'operate', ['type', 'order']],
  ['plugins/list', 'view'],
  ['plugins/panels', 'view'],
  ['plugins/panel', 'view', ['shop', 'sales']],
  ['plugins/removed', 'administer'],
  ['plugins/settings', 'administer', ['email']],
  ['plugins/configure', 'administer', ['email', {}]],
  ['plugins/disable', 'administer', ['email']],
  ['plugins/purge', 'administer', ['email']],
  ['plugins/enable', 'administer', ['email']],
  ['batches/list', 'view'],
  ['batches/get/none', 'view'],
  ['batches/jobs/none', 'view'],
  ['batches/cancel/none', 'operate'],
  ['batches/retry/none', 'operate'],
  ['limits/list', 'view'],
  ['limits/change', 'administer', ['order', { concurrency: 1 }]],
  ['limits/reset', 'administer', ['order']],
  ['nodes/list', 'view'],
  ['nodes/metrics', 'view'],
  ['audit/list', 'administer'],
];

const open = (): Promise<TestJobs> =>
  createTestJobs({
    authorize: byToken,
    start: false,
    plugins: { direct: { use: direct }, shop: { use: shop }, email: { use: email, config: { mailbox: { port: 0 } } } },
  });

type Row = [address: string, action: Action | null, body?: unknown];

/**
 * The second element is the right that it needs, null for what is open to everybody. `ID` is a job that waits. A route of the
 * application that no row reaches fails the last test of this table.
 */
const rows: Row[] = [
  ['GET /api/jobs', 'view'],
  ['GET /api/jobs?q=CANARY', 'view'],
  ['GET /api/jobs/ID', 'view'],
  ['GET /api/jobs/ID/history', 'view'],
  ['GET /api/jobs/ID/logs', 'view'],
  ['GET /api/jobs/ID/receipts', 'view'],
  ['GET /api/jobs/ID/links', 'view'],
  ['GET /api/jobs/ID/why', 'view'],
  ['GET /api/jobs/ID/view', 'view'],
  ['GET /api/failures', 'view'],
  ['GET /api/batches', 'view'],
  ['GET /api/batches/none', 'view'],
  ['GET /api/batches/none/jobs', 'view'],
  ['POST /api/batches/none/cancel', 'operate'],
  ['POST /api/batches/none/retry', 'operate'],
  ['GET /api/limits', 'view'],
  ['GET /api/pauses', 'view'],
  ['GET /api/metrics', 'view'],
  ['GET /api/me', 'view'],
  ['GET /api/nodes', 'view'],
  ['GET /api/schedules', 'view'],
  ['GET /api/cron?schedule=0+9+*+*+*', 'view'],
  ['GET /api/schedules/shop/digest', 'view'],
  ['GET /api/schedules/shop%2Fdigest', 'view'],
  ['GET /api/plugins', 'view'],
  ['GET /api/panels', 'view'],
  ['GET /api/panels/shop/sales', 'view'],
  ['GET /api/types', 'view'],
  ['GET /api/openapi.json', 'view'],
  ['POST /api/ticket', 'view'],
  ['GET /some/page', 'view'],
  ['POST /api/jobs', 'add', { type: 'order', data: {} }],
  ['POST /api/jobs/ID/run', 'operate'],
  ['POST /api/jobs/ID/cancel', 'operate'],
  ['POST /api/jobs/ID/signals/go', 'operate'],
  ['GET /signals/some/code?key=go', null],
  ['POST /signals/some/code?key=go', null],
  ['POST /api/jobs/ID/retry', 'operate', {}],
  ['POST /api/jobs/ID/progress', 'operate', { percentage: 1 }],
  ['DELETE /api/jobs/ID', 'operate'],
  ['POST /api/jobs/bulk', 'operate', { action: 'cancel', filter: { type: 'order' } }],
  ['POST /api/pauses', 'operate', { kind: 'type', name: 'order' }],
  ['DELETE /api/pauses/type/order', 'operate'],
  ['PATCH /api/limits/order', 'administer', { concurrency: 1 }],
  ['DELETE /api/limits/order', 'administer'],
  ['DELETE /api/pauses/plugin/shop', 'operate'],
  ['POST /api/schedules/shop/digest/run', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/run', 'operate'],
  ['POST /api/schedules/shop/digest/pause', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/pause', 'operate'],
  ['POST /api/schedules/shop/digest/resume', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/resume', 'operate'],
  ['POST /api/schedules', 'administer', { type: 'order', schedule: '0 1 * * *', data: {} }],
  ['POST /api/schedules', 'administer', { name: 'taken', type: 'order', schedule: '0 1 * * *', data: {} }],
  [
    'POST /api/schedules',
    'administer',
    { name: 'taken', schedule: '0 1 * * *', jobData: { type: 'order-add', data: { owner: 'ann' } } },
  ],
  ['PUT /api/schedules/shop/digest', 'administer', { schedule: '0 1 * * *' }],
  ['PUT /api/schedules/shop%2Fdigest', 'administer', { schedule: '0 1 * * *' }],
  ['DELETE /api/schedules/shop/digest', 'administer'],
  ['DELETE /api/schedules/shop%2Fdigest', 'administer'],
  ['GET /api/log', 'administer'],
  ['GET /api/plugins/email/config', 'administer'],
  ['PUT /api/plugins/email/config', 'administer', {}],
  ['POST /api/plugins/email/disable', 'administer'],
  ['DELETE /api/plugins/email/data', 'administer'],
  ['POST /api/plugins/email/enable', 'administer'],
  ['GET /plugins/shop/orders', 'administer'],
  ['POST /plugins/shop/orders', 'administer'],
  ['GET /plugins/email/mailbox', 'administer'],
  ['GET /plugins/nothing/here', 'administer'],
  ['GET /plugins/shop/public/hook', null],
  ['POST /plugins/shop/public/hook', null],
  ['GET /health', null],
  ['GET /ready', null],
  ...services.map(([call, action, args = []]): Row => [`POST /plugins/direct/guarded/${call}`, action, args]),
];

/** It answers to an upgrade only: `foreign-jobs.test.ts` and `job-secrets.test.ts` send it. */
const ELSEWHERE = new Set(['/ws']);

const send = (jobs: TestJobs, [address, , body]: Row, id: string, headers: Record<string, string>) => {
  const [method = '', path = ''] = address.split(' ');
  return jobs.request(path.replace('ID', id), {
    method,
    as: 'anonymous',
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
};

const shared = new Map<string, Promise<TestJobs>>();
afterAll(async () => {
  for (const jobs of shared.values()) await (await jobs)[Symbol.asyncDispose]();
});

/** A separate site for requests that may change it; reads share one. */
async function siteFor(address: string, name: string, opening: () => Promise<TestJobs>): Promise<TestJobs> {
  if (address.startsWith('GET')) {
    const known = shared.get(name) ?? opening();
    shared.set(name, known);
    return known;
  }
  const jobs = await opening();
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  return jobs;
}

test.each(rows)('%s requires %s and accepts nothing less', async (...row) => {
  const [address, action] = row;
  const jobs = await siteFor(address, 'all', open);
  const { id } = await jobs.addJob({ type: 'order', data: {}, delay: 3_600_000 });
  const state = async () => [
    await jobs.listJobs(),
    await jobs.schedules.list(),
    (await jobs.plugins.list()).map((plugin) => [plugin.state, plugin.since, plugin.config]),
  ];
  const before = JSON.stringify(await state());
  for (const role of ROLES) {
    const allowed = action === null || mayDo(role, action);
    const response = await send(jobs, row, id, headersOf(role));
    const expected = allowed ? 'let in' : role === 'nobody' ? 401 : 403;
    const { status } = response;
    expect([role, status === 401 || status === 403 ? status : 'let in']).toEqual([role, expected]);
    if (allowed) continue;
    if (!address.startsWith('HEAD')) expect(await response.json()).toMatchObject({ status, title: expect.any(String) });
    expect(JSON.stringify(await state())).toBe(before);
  }
});

test('every route of the application has a row', async () => {
  await using jobs = await open();
  const reached = (method: string, path: string): boolean => {
    const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
    return rows.some(([address]) => {
      const [itsMethod, itsPath = ''] = address.split(' ');
      const same = method === 'ALL' || method === itsMethod || (method === 'GET' && itsMethod === 'HEAD');
      return same && pattern.test(itsPath.replace(/\?.*/, ''));
    });
  };
  const api = (await jobs.plugins.list()).find(({ name }) => name === 'api')?.routes ?? [];
  const all = [...jobs.routes.routes.map(({ method, path }) => `${method} ${path}`), ...api];
  expect(all.length).toBeGreaterThan(45);
  const without = all.map((route) => route.split(' ')).filter(([, path = '']) => !ELSEWHERE.has(path));
  expect(without.filter(([method = '', path = '']) => !reached(method, path))).toEqual([]);
});

/** Everybody has the rights of a role, over their own jobs. The token is `role-owner`. */
const owned: Authorize = (c, action) => {
  const [, role, owner] = /^Bearer (\w+)-(\w+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  if (!role || !owner) return null;
  return mayDo(role as Role, action) && { user: owner, where: { data: { owner } } };
};

const ACCESS = ['add', 'operate', 'administer', 'none'] as const;
const CANARY = 'CANARY-of-bob';
const asUser = (role: Role, owner: string): Record<string, string> =>
  role === 'nobody' ? {} : { authorization: `Bearer ${role}-${owner}` };

async function openOwned(): Promise<TestJobs> {
  const shopOf = (owner: string) =>
    definePlugin({
      name: owner === 'bob' ? 'shop' : 'mine',
      async init(ctx) {
        const jobData = { type: 'order-add', data: { owner, note: owner === 'bob' ? CANARY : 'mine' } };
        await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData });
      },
    });
  const jobs = await createTestJobs({
    authorize: owned,
    start: false,
    plugins: {
      direct: { use: direct },
      types: {
        use: definePlugin({
          name: 'types',
          init(ctx) {
            for (const access of ACCESS) ctx.registerProcessor(`order-${access}`, async () => {}, { access });
          },
        }),
      },
      shop: { use: shopOf('bob') },
      mine: { use: shopOf('ann') },
    },
  });
  await jobs.scheduleJob({
    name: 'taken',
    schedule: '0 9 * * *',
    jobData: { type: 'order-add', data: { owner: 'bob', note: CANARY } },
  });
  return jobs;
}

/** The right needed besides `operate` to start a job of the type again. */
const mayStart = (role: Role, access: (typeof ACCESS)[number]): boolean =>
  access === 'add' || mayDo(role, access === 'none' ? 'administer' : access);

describe('with a filter', () => {
  test.each(rows.filter(([address]) => address.includes('ID')))(
    '%s applies the role to own jobs, and refuses jobs of others to everyone',
    async (...row) => {
      await using jobs = await openOwned();
      const [address, action] = row;
      const starts = /run|retry|signal/.test(address);
      for (const access of ACCESS)
        for (const role of ROLES)
          for (const owner of ['ann', 'bob']) {
            const { id } = await jobs.addJob({
              type: `order-${access}`,
              data: { owner, note: owner === 'bob' ? CANARY : 'mine' },
              delay: 3_600_000,
            });
            const response = await send(jobs, row, id, asUser(role, 'ann'));
            const text = await response.text();
            const allowed = owner === 'ann' && mayDo(role, action as Action) && (!starts || mayStart(role, access));
            const expected = allowed ? 'let in' : role === 'nobody' ? 401 : 403;
            const { status } = response;
            expect([access, role, owner, status === 401 || status === 403 ? status : 'let in']).toEqual([
              access,
              role,
              owner,
              expected,
            ]);
            if (owner === 'bob') expect(text).not.toContain(CANARY);
            if (!allowed) expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending' });
          }
    },
  );

  test.each(rows.filter(([address]) => !address.includes('ID') && !address.startsWith('HEAD')))(
    '%s reveals and changes nothing about jobs and schedules of others',
    async (...row) => {
      const jobs = await siteFor(row[0], 'owned', openOwned);
      for (const access of ACCESS)
        await jobs.addJob({ type: `order-${access}`, data: { owner: 'bob', note: CANARY }, delay: 3_600_000 });
      const state = async () => [
        (await jobs.listJobs({ limit: 200 })).jobs.filter(({ data }) => (data as { owner?: string })?.owner === 'bob'),
        await jobs.schedules.get('shop/digest'),
        await jobs.schedules.get('taken'),
      ];
      const before = JSON.stringify(await state());
      for (const role of ROLES) {
        const response = await send(jobs, row, '', asUser(role, 'ann'));
        expect(await response.text()).not.toContain(CANARY);
        expect(JSON.stringify(await state())).toBe(before);
      }
    },
  );

  test('lists of schedules contain only own ones', async () => {
    await using jobs = await openOwned();
    const names = async (path: string, key: string) => {
      const response = await send(jobs, [`GET ${path}`, 'view'], '', asUser('viewer', 'ann'));
      const body = (await response.json()) as Record<string, { name: string }[]>;
      return body[key]?.map(({ name }) => name);
    };
    expect(await names('/api/schedules', 'schedules')).toEqual(['mine/digest']);
  });
});

test('a user who may not view a job cannot tell whether it exists', async () => {
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

test('the details of readiness require the right to view', async () => {
  await using jobs = await open();
  const ready = async (role: 'nobody' | 'viewer') =>
    (await (await jobs.request('/ready', { as: 'anonymous', headers: headersOf(role) })).json()) as object;
  expect(await ready('nobody')).toEqual({ ready: false, reason: 'not_running' });
  expect(await ready('viewer')).toMatchObject({ ready: false, info: { engine: 'SQLite', plugins: { shop: 'on' } } });
});
