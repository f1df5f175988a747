// Every call of the site with every role, for own and foreign jobs, with their plugin on, off, failed, absent, and with a type that nobody knows.
// The list comes from the routes and services themselves: a new one is walked without anybody thinking of it.
import { join } from 'node:path';
import type { Authorize } from '@phraseworks/jobs';
import { definePlugin, type PluginDefinition } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { direct, ELSEWHERE, methodsOf, type Row, rows, send } from '../support/calls.ts';
import { temporaryFolder } from '../support/folder.ts';
import { mayDo, ROLES, type Role } from '../support/roles.ts';

/** Milliseconds: thousands of requests to one site, beside other tests. */
vi.setConfig({ testTimeout: 120_000 });

/** What a viewer may see of an own job, what only an operator may, and what is of another owner. */
const [PLAIN, SECRET, FOREIGN] = ['PLAIN-of-ann', 'SECRET-of-ann', 'CANARY-of-bob'];
const OWNERS = { ann: [PLAIN, SECRET], bob: [FOREIGN, FOREIGN] } as const;

/** Everybody has the rights of a role over their own jobs. The token is `role-owner`. */
const owned: Authorize = (c, action) => {
  const [, role, owner] = /^Bearer (\w+)-(\w+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  if (!role || !owner) return null;
  return mayDo(role as Role, action) && { user: owner, where: { data: { owner } } };
};
const asAnn = (role: Role): Record<string, string> =>
  role === 'nobody' ? {} : { authorization: `Bearer ${role}-ann` };

const options = {
  data: z.object({ owner: z.string(), plain: z.string(), secret: z.string().meta({ confidential: true }) }),
};
const letters = (fails: boolean) =>
  definePlugin({
    name: 'letters',
    init(ctx) {
      if (fails) throw new Error('no post office');
      ctx.registerProcessor('order', fail, options);
    },
  });
const fail = async ({ secret }: { secret: string }) => ({
  success: false as const,
  error: `token=${secret}`,
  retryable: false,
});

const STATES = ['on', 'off', 'failed', 'absent', 'unknown'] as const;
type State = (typeof STATES)[number];

interface Place {
  jobs: TestJobs;
  ids: Record<keyof typeof OWNERS, string[]>;
}

/** A site with a failed and a waiting job and a schedule of each owner, then opened with their plugin in this state; nothing runs. */
async function open(state: State, more: Record<string, PluginDefinition> = {}): Promise<Place> {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const known = state !== 'unknown';
  const before = await createTestJobs({ database, plugins: known ? { letters: { use: letters(false) } } : {} });
  // After the start of the site, so that nothing of it is stored.
  if (!known) before.registerProcessor('order', fail, options);
  const ids: Place['ids'] = { ann: [], bob: [] };
  for (const owner of ['ann', 'bob'] as const) {
    const [plain, secret] = OWNERS[owner];
    const job = { type: 'order', data: { owner, plain, secret } };
    for (const delay of [0, 3_600_000]) ids[owner].push((await before.addJob({ ...job, delay, maxRetries: 0 })).id);
    await before.scheduleJob({ name: owner, schedule: '0 9 * * *', jobData: job });
  }
  await before.idle();
  await before.stop();
  const use = letters(state === 'failed');
  const plugins: TestOptions['plugins'] = {
    ...{ direct: { use: direct }, dashboard: true, metrics: true },
    ...Object.fromEntries(Object.entries(more).map(([name, one]) => [name, { use: one }])),
    ...(known && state !== 'absent' ? { letters: { use, enabled: state !== 'off' } } : {}),
  };
  const jobs = await createTestJobs({
    ...{ database, plugins, authorize: owned, start: false, onPluginFailure: 'continue' },
  });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  return { jobs, ids };
}

/** What stands for the parameters of a route that no row drives. `id` is a job. */
const PARAMS: Record<string, string> = {
  ...{ name: 'ann', type: 'order', plugin: 'letters', kind: 'type', key: 'go', code: 'some', panel: 'sales' },
  ...{ service: 'jobs', method: 'get', file: 'x' },
};

/** Rows for all routes and methods of services; `undriven`: what nobody has described. */
async function callsOf(jobs: TestJobs): Promise<{ calls: Row[]; undriven: string[] }> {
  const ofPlugins = (await jobs.plugins.list()).flatMap(({ routes = [] }) => routes);
  const routes = [...new Set([...jobs.routes.routes.map(({ method, path }) => `${method} ${path}`), ...ofPlugins])];
  const methods = (await methodsOf(jobs, asAnn('viewer'))).map((call) => `POST /plugins/direct/guarded/${call}`);
  const undriven: string[] = [];
  const more: Row[] = [];
  for (const route of [...routes, ...methods]) {
    const [method = '', path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replace(/:\w+(\{[^}]*\})?\??/g, '[^/]+').replaceAll('*', '.*')}(/.*)?$`);
    const isDriven = rows.some(([address]) => {
      const [its, at = ''] = address.split(' ');
      return (method === 'ALL' || its === method) && pattern.test(at.replace(/\?.*/, ''));
    });
    if (isDriven || ELSEWHERE.has(path.replace('/plugins/direct/guarded', ''))) continue;
    const filled = path.replace(/:(\w+)(\{[^}]*\})?\??/g, (all, name: string) =>
      name === 'id' ? 'ID' : (PARAMS[name] ?? all),
    );
    if (filled.includes(':') || methods.includes(route)) undriven.push(route);
    else if (!filled.includes('*'))
      more.push(method === 'GET' || method === 'ALL' ? [`GET ${filled}`, null] : [`${method} ${filled}`, null, {}]);
  }
  return { calls: [...rows, ...more], undriven };
}

/** What went through that must not. */
async function walk({
  jobs,
  ids,
}: Place): Promise<{ calls: number; cells: number; holes: string[]; undriven: string[] }> {
  const { calls, undriven } = await callsOf(jobs);
  const holes: string[] = [];
  let cells = 0;
  const stateOf = async (owner: keyof typeof OWNERS) =>
    JSON.stringify([
      ...(await Promise.all(ids[owner].map((id) => jobs.getJobStatus(id)))),
      await jobs.schedules.get(owner).catch(() => null),
    ]);
  const each = async (roles: readonly Role[], owners: readonly (keyof typeof OWNERS)[]) => {
    let before = await Promise.all(owners.map(stateOf));
    for (const call of calls) {
      for (const role of roles)
        for (const id of owners.flatMap((owner) => ids[owner])) {
          const [address, , body] = call;
          const answer = await send(jobs, [address, null, body], id, asAnn(role));
          const text = await answer.text();
          cells += 1;
          const hidden = [
            FOREIGN,
            ...(mayDo(role, 'operate') ? [] : [SECRET]),
            ...(mayDo(role, 'view') ? [] : [PLAIN]),
          ];
          for (const one of hidden) if (text.includes(one)) holes.push(`${address} shows ${role} ${one}`);
          if (!address.includes('ID')) break;
        }
      const after = await Promise.all(owners.map(stateOf));
      for (const [i, owner] of owners.entries())
        if (after[i] !== before[i]) holes.push(`${call[0]} lets ${roles.join(' or ')} change what is of ${owner}`);
      before = after;
    }
  };
  await each(
    ROLES.filter((role) => !mayDo(role, 'operate')),
    ['ann', 'bob'],
  );
  await each(
    ROLES.filter((role) => mayDo(role, 'operate')),
    ['bob'],
  );
  return { calls: calls.length, cells, holes: [...new Set(holes)], undriven };
}

test.each(STATES)(
  'no call shows or changes more than its caller may, with the plugin of the jobs %s',
  async (state) => {
    const { calls, cells, holes, undriven } = await walk(await open(state));
    expect({ holes, undriven }).toEqual({ holes: [], undriven: [] });
    // 7,440 cells in five states: nobody shortens the list unnoticed.
    expect(calls).toBeGreaterThanOrEqual(164);
    expect(cells).toBeGreaterThanOrEqual(1_488);
  },
);

test('a call that asks for no right is found, and one that nobody has described is named', async () => {
  const planted = definePlugin({
    name: 'planted',
    init(ctx) {
      ctx.guarded.get('/shown/:id', async (c) => {
        await ctx.authorize(c, 'view', 'some');
        return c.json(await ctx.getJobStatus(c.req.param('id')));
      });
      ctx.guarded.post('/ended/:id', async (c) => {
        await ctx.authorize(c, 'view', 'some');
        return c.json(await ctx.cancelJob(c.req.param('id')));
      });
      ctx.guarded.post('/odd/:thing', (c) => c.text(''));
    },
  });
  const { holes, undriven } = await walk(await open('on', { planted }));
  expect(holes).toEqual(
    expect.arrayContaining([
      `GET /plugins/planted/guarded/shown/ID shows viewer ${FOREIGN}`,
      `GET /plugins/planted/guarded/shown/ID shows viewer ${SECRET}`,
      expect.stringMatching(/^POST \/plugins\/planted\/guarded\/ended\/ID lets .*viewer.* change what is of bob$/),
    ]),
  );
  expect(undriven).toEqual(['POST /plugins/planted/guarded/odd/:thing']);
});
