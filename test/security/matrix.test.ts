// Every address with every role: who may use it, and that a refusal changes nothing.
import type { Action, Authorize } from '@phraseworks/jobs';
import email from '@phraseworks/plugin-email';
import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { direct, ELSEWHERE, rows, send } from '../support/calls.ts';
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

const open = (): Promise<TestJobs> =>
  createTestJobs({
    authorize: byToken,
    start: false,
    plugins: { direct: { use: direct }, shop: { use: shop }, email: { use: email, config: { mailbox: { port: 0 } } } },
  });

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
