// Jobs of others: a filter holds for one and for many, in lists, searches, failures, bulk actions and live events.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Authorize } from '@phraseworks/jobs';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

const CANARY = 'CANARY-of-bob';

const filtered: Authorize = (c) => {
  const user = c.req.header('x-user');
  return user === undefined ? null : { user, where: { data: { owner: user } } };
};

async function open(): Promise<TestJobs> {
  const jobs = await createTestJobs({ authorize: filtered });
  jobs.registerProcessor('work', async ({ owner }) =>
    owner === 'ann' ? { success: true } : { success: false, error: `${CANARY} failed`, retryable: false },
  );
  for (let i = 0; i < 130; i += 1) await jobs.addJob({ type: 'work', data: { owner: 'bob', note: CANARY } });
  for (let i = 0; i < 3; i += 1) await jobs.addJob({ type: 'work', data: { owner: 'ann', i } });
  for (let i = 0; i < 130; i += 1) await jobs.addJob({ type: 'work', data: { owner: 'bob', note: CANARY } });
  await jobs.idle();
  return jobs;
}

const as = (user: string) => ({ headers: { 'x-user': user, 'content-type': 'application/json' } });

describe('with a filter', () => {
  test('lists, pages and searches contain only own jobs, and reveal nothing about others', async () => {
    await using jobs = await open();
    const list = async (query: string, user = 'ann') => (await jobs.request(`/api/jobs?${query}`, as(user))).json();
    const page = (await list('limit=2')) as { jobs: { data: object }[]; nextCursor: string };
    expect(page.jobs.map(({ data }) => data)).toEqual([
      { owner: 'ann', i: 2 },
      { owner: 'ann', i: 1 },
    ]);
    expect(await list(`limit=2&cursor=${page.nextCursor}`)).toMatchObject({
      jobs: [{ data: { owner: 'ann', i: 0 } }],
      nextCursor: null,
      capped: false,
    });
    for (const q of [`q=${CANARY}`, `q=data.note:${CANARY}`, 'q=data.note:GUESS', `q=error:${CANARY}`, 'status=failed'])
      expect(await list(q)).toEqual({ jobs: [], nextCursor: null, capped: false });
    const bobs = (await list('limit=1', 'bob')) as { jobs: { id: string }[] };
    expect(await list(`ids=${bobs.jobs[0]?.id}`)).toEqual({ jobs: [], nextCursor: null, capped: false });
    expect(await list(`ids=${bobs.jobs[0]?.id}`, 'bob')).toMatchObject({ jobs: [{ id: bobs.jobs[0]?.id }] });
    expect((await list('limit=200', 'bob')) as object).toMatchObject({ jobs: { length: 200 } });
  });

  test('delayed jobs by due time are only own ones, in pages that reveal nothing about others', async () => {
    await using jobs = await open();
    const addDelayed = async (owner: string, minutes: number) =>
      (await jobs.addJob({ type: 'work', data: { owner }, delay: minutes * 60_000 })).id;
    const own: string[] = [];
    for (const minutes of [3, 1, 2]) {
      for (let i = 0; i < 60; i += 1) await addDelayed('bob', minutes);
      own[minutes - 1] = await addDelayed('ann', minutes);
    }
    const list = async (query: string) => (await jobs.request(`/api/jobs?sort=due&${query}`, as('ann'))).json();
    const page = (await list('limit=2')) as { nextCursor: string };
    expect(page).toMatchObject({ jobs: [{ id: own[0] }, { id: own[1] }] });
    const rest = { jobs: [{ id: own[2] }], nextCursor: null, capped: false };
    expect(await list(`limit=2&status=delayed&cursor=${page.nextCursor}`)).toMatchObject(rest);
    expect(await list('status=ready')).toEqual({ jobs: [], nextCursor: null, capped: false });
    expect(await list('cursor=01900000')).toMatchObject({ status: 400, errors: [{ path: 'cursor' }] });
    expect(await list('status=late')).toMatchObject({ status: 400, errors: [{ path: 'status[0]' }] });
  });

  test('the summary of failures covers only own jobs', async () => {
    await using jobs = await open();
    const failures = async (user: string) => (await jobs.request('/api/failures', as(user))).json();
    expect(await failures('ann')).toEqual({ failures: [], looked: 0, capped: false });
    expect(await failures('bob')).toMatchObject({ failures: [{ jobs: 260 }], looked: 260 });
  });

  test('a bulk action affects only own jobs', async () => {
    await using jobs = await open();
    const body = JSON.stringify({ action: 'delete', filter: { type: 'work' } });
    const answer = await jobs.request('/api/jobs/bulk', { method: 'POST', body, ...as('ann') });
    const { id } = (await answer.json()) as { id: string };
    await jobs.idle();
    expect((await jobs.getJobStatus(id))?.result).toMatchObject({ matched: 3, done: 3 });
    expect((await jobs.listJobs({ type: 'work', limit: 200 })).jobs).toHaveLength(200);
  });

  test('panels, which may show any job, are closed and unlisted', async () => {
    const shop = definePlugin({
      name: 'shop',
      init: (ctx) => ctx.panel({ id: 'last', title: 'Last', data: async () => [{ type: 'text', text: CANARY }] }),
    });
    await using jobs = await createTestJobs({
      plugins: { shop: { use: shop } },
      authorize: filtered,
    });
    const { panels } = (await (await jobs.request('/api/panels', as('ann'))).json()) as { panels: unknown[] };
    expect(panels).toEqual([]);
    expect((await jobs.request('/api/panels/shop/last', as('ann'))).status).toBe(403);
  });

  test('live events, replays and streams with a ticket contain only own jobs', async () => {
    await using site = await openLiveSite({ authorize: filtered });
    site.jobs.registerProcessor('work', async (data) => ({ success: true, result: data }));
    const run = async (owner: string, note: string) => {
      const { id } = await site.jobs.addJob({ type: 'work', data: { owner, note } });
      await site.ended(id);
      return id;
    };
    await using live = await Listener.open(site.ws, as('ann'));
    const foreign = await run('bob', CANARY);
    const ticketed = await fetch(`${site.url}/api/ticket`, { method: 'POST', ...as('ann') });
    const { ticket } = (await ticketed.json()) as { ticket: string };
    await using replay = await Listener.open(`${site.ws}?since=0&ticket=${ticket}`);
    await using asking = await Listener.open(`${site.ws}?since=0&jobs=${foreign}`, as('ann'));
    const own = await run('ann', 'mine');
    for (const listener of [live, replay]) {
      await listener.until((ws) => ws.of(own).includes('job_completed'));
      expect(listener.of(foreign)).toEqual([]);
      expect(JSON.stringify(listener.heard)).not.toContain(CANARY);
    }
    expect(asking.updates).toEqual([]);
  });
});

test('an invalid filter lets nothing through', async () => {
  await using jobs = await createTestJobs({ authorize: () => ({ where: { owner: 'ann' } as object }) });
  expect((await jobs.request('/api/jobs', as('ann'))).status).toBe(403);
  expect(jobs.log.join('\n')).toContain('where may have only types, plugins, schedules, data');
});

test.each([
  ['types', { types: ['work'] }, ['work']],
  ['plugins', { plugins: ['nobody'] }, []],
  ['schedules', { schedules: ['nightly'] }, []],
  ['no limit', {}, ['work', 'other']],
])('a filter by %s', async (_, where, seen) => {
  await using jobs = await createTestJobs({ authorize: () => ({ user: 'ann', where }) });
  for (const type of ['other', 'work']) {
    jobs.registerProcessor(type, async () => {});
    await jobs.addJob({ type, data: {} });
  }
  const answer = (await (await jobs.request('/api/jobs', as('ann'))).json()) as { jobs: { type: string }[] };
  expect(answer.jobs.map(({ type }) => type)).toEqual(seen);
});

test('a socket, with or without a ticket, is closed within a minute after its permission was revoked', async () => {
  let revoked = false;
  await using jobs = await createTestJobs({ authorize: () => (revoked ? null : { user: 'ann' }) });
  jobs.registerProcessor('work', async () => {});
  const server = createServer();
  jobs.attachWebSocket(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/jobs/ws`;
  const { ticket } = (await (await jobs.request('/api/ticket', { method: 'POST' })).json()) as { ticket: string };
  const sockets = [new WebSocket(url), new WebSocket(`${url}?ticket=${ticket}`)];
  const ends = sockets.map((socket) => once(socket, 'close'));
  await Promise.all(sockets.map((socket) => once(socket, 'message')));
  await jobs.advance(60_000);
  expect(sockets.map(({ readyState }) => readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  revoked = true;
  await jobs.advance(60_000);
  for (const end of ends) {
    const [code, reason] = (await end) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1008, 'permission was revoked']);
  }
  server.close();
});

test('with a filter by type, pausing a plugin requires the right to operate each of its types', async () => {
  const of = (name: string, ...types: string[]) =>
    definePlugin({
      name,
      init(ctx) {
        for (const type of types) ctx.registerProcessor(type, async () => {});
      },
    });
  await using jobs = await createTestJobs({
    authorize: () => ({ user: 'ann', where: { types: ['letter'] } }),
    plugins: { post: { use: of('post', 'letter') }, depot: { use: of('depot', 'letter2', 'parcel') } },
  });
  const pause = async (name: string): Promise<number> => {
    const body = JSON.stringify({ kind: 'plugin', name });
    return (await jobs.request('/api/pauses', { method: 'POST', ...as('ann'), body })).status;
  };
  expect(await Promise.all(['post', 'depot'].map(pause))).toEqual([201, 403]);
});
