// Secrets in jobs: visible to operators, and masked for everyone else, in answers and in live events.

import { definePlugin, type Job } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs, type TestUser } from '@phraseworks/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

const CANARY = 'CANARY-of-a-job';
const MASK = '********';
const data = { to: 'ada', smtp: { user: 'site', password: CANARY }, pin: CANARY, feed: `https://a:${CANARY}@host/x` };

async function open() {
  const jobs = await createTestJobs();
  jobs.registerProcessor(
    'mail',
    async (_data, _id, _attempt, job) => {
      job.log.info(`asks https://a:${CANARY}@host/x`, { password: CANARY });
      return { success: true, result: { accessToken: CANARY, sent: 1 } };
    },
    { data: z.object({ to: z.string(), smtp: z.unknown(), pin: z.string().meta({ secret: true }), feed: z.string() }) },
  );
  return jobs;
}

test('a user who may only view and add sees no secret, however the job is requested', async () => {
  await using jobs = await open();
  const body = JSON.stringify({ type: 'mail', data });
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' }, as: 'user' } as const;
  const added = await jobs.request('/api/jobs', init);
  expect(added.status).toBe(201);
  const { id } = (await added.clone().json()) as { id: string };
  await jobs.idle();
  await jobs.recordJobMetrics(id, { token: CANARY, pages: 3 });
  await jobs.scheduleJob({ name: 'daily', schedule: '0 9 * * *', jobData: { type: 'mail', data } });
  const paths = [`jobs/${id}`, 'jobs', `jobs/${id}/history`, `jobs/${id}/logs`, 'schedules/daily'];
  const asked = await Promise.all(paths.map((path) => jobs.request(`/api/${path}`, { as: 'user' })));
  for (const answer of [added, ...asked]) {
    const text = await answer.clone().text();
    expect(answer.ok).toBe(true);
    expect(text).not.toContain(CANARY);
    expect(text).toContain(MASK);
  }
  expect(await asked[0]?.json()).toMatchObject({
    data: { to: 'ada', smtp: { user: 'site', password: MASK }, pin: MASK, feed: `https://a:${MASK}@host/x` },
    result: { accessToken: MASK, sent: 1 },
    metrics: { token: MASK, pages: 3 },
  });
  // Log lines are masked when they are written.
  for (const path of paths.filter((path) => !path.endsWith('/logs')))
    expect(await (await jobs.request(`/api/${path}`)).text()).toContain(CANARY);
  expect((await jobs.getJobStatus(id))?.data).toEqual(data);
});

test('a user sees the secrets only of jobs they may operate', async () => {
  await using jobs = await createTestJobs({
    authorize: (_c, action) => (action === 'operate' ? { where: { data: { owner: 'ada' } } } : true),
  });
  jobs.registerProcessor('mail', async () => ({ success: true }));
  for (const owner of ['bob', 'ada']) await jobs.addJob({ type: 'mail', data: { owner, token: CANARY } });
  const { jobs: list } = (await (await jobs.request('/api/jobs')).json()) as { jobs: { data: object }[] };
  expect(list.map((job) => job.data)).toEqual([
    { owner: 'ada', token: CANARY },
    { owner: 'bob', token: MASK },
  ]);
});

test('whose job it is counts for its history, too, however large its data is', async () => {
  await using jobs = await createTestJobs({
    authorize: (_c, action) => (action === 'operate' ? { where: { data: { owner: 'ada' } } } : true),
  });
  jobs.registerProcessor('mail', async () => ({ success: true, result: { token: CANARY } }));
  const text = 'x'.repeat(20_000);
  const added = await jobs.addJobs(['ada', 'bob'].map((owner) => ({ type: 'mail', data: { owner, text } })));
  await jobs.idle();
  const shown = await Promise.all(added.map(async ({ id }) => (await jobs.request(`/api/jobs/${id}/history`)).text()));
  expect(shown.map((history) => history.includes(CANARY))).toEqual([true, false]);
});

const LETTER = 'Dear Ada';
const cells = {
  type: 'table' as const,
  columns: ['Text'],
  rows: [[{ text: LETTER, href: '/plugins/shop/1', confidential: true as const }]],
};
const shop = definePlugin({
  name: 'shop',
  init(ctx) {
    ctx.registerProcessor('order', async () => {}, {
      view: () => [{ type: 'link', text: 'Before', href: `https://host/a.png?token=${CANARY}` }, cells],
    });
    ctx.panel({
      id: 'errors',
      title: 'Errors',
      data: async () => [
        { type: 'text', text: `mysql://ada:${CANARY}@host` },
        { type: 'table', columns: ['error'], rows: [[`password=${CANARY}`]] },
        cells,
      ],
    });
  },
});

test('the view of a job and the panels of plugins show secrets and confidential cells only to operators', async () => {
  await using jobs = await createTestJobs({ plugins: { shop: { use: shop } } });
  const { id } = await jobs.addJob({ type: 'order', data: {} });
  for (const path of [`/api/jobs/${id}/view`, '/api/panels/shop/errors']) {
    const [masked, whole] = await Promise.all(
      (['user', 'admin'] as const).map(async (as) => (await jobs.request(path, { as })).text()),
    );
    expect(masked).toContain(MASK);
    for (const text of [CANARY, LETTER]) {
      expect(masked).not.toContain(text);
      expect(whole).toContain(text);
    }
  }
});

test('a user who may operate only some jobs sees no secrets in panels', async () => {
  await using jobs = await createTestJobs({
    plugins: { shop: { use: shop } },
    authorize: (_c, action) => (action === 'operate' ? { where: { data: { owner: 'ada' } } } : true),
  });
  const text = await (await jobs.request('/api/panels/shop/errors')).text();
  expect(text).toContain(MASK);
  expect(text).not.toContain(CANARY);
});

describe('a search', () => {
  const list = async (jobs: TestJobs, query: string, as: TestUser) =>
    (await (await jobs.request(`/api/jobs?${query}`, { as })).json()) as { jobs: Job[]; nextCursor: string | null };
  const ids = async (jobs: TestJobs, q: string, as: TestUser = 'user') =>
    (await list(jobs, `q=${encodeURIComponent(q)}`, as)).jobs.map(({ id }) => id);

  test.each([
    CANARY,
    'canary-of',
    `data.smtp.password:${CANARY}`,
    'data.smtp:canary',
    'data.pin:canary',
    'data.feed:canary',
    `error:${CANARY}`,
    'error:"no #canary"',
  ])('for %s finds a secret only for operators', async (q) => {
    await using jobs = await open();
    jobs.registerProcessor('fails', async () => ({ success: false, error: `no 1 https://a:${CANARY}@host/x` }));
    const { id } = await jobs.addJob({ type: q.startsWith('error') ? 'fails' : 'mail', data, maxRetries: 0 });
    await jobs.idle();
    expect(await ids(jobs, q)).toEqual([]);
    expect(await ids(jobs, q, 'admin')).toEqual([id]);
  });

  test('matches visible values, even in jobs with secrets', async () => {
    await using jobs = await open();
    jobs.registerProcessor('fails', async () => ({ success: false, error: 'full: 3 of 4' }));
    const { id } = await jobs.addJob({ type: 'fails', data, maxRetries: 0 });
    await jobs.idle();
    for (const q of ['ADA', 'data.to:ad', 'data.smtp:site', 'fails', id.slice(-9), 'full', 'error:"full: # of #" ada'])
      expect([q, await ids(jobs, q)]).toEqual([q, [id]]);
    expect(await ids(jobs, 'error:"# of # full"')).toEqual([]);
  });

  test.each(['newest', 'oldest', 'due'])(
    'by %s does not reveal hidden matches by its pages, and has no gaps',
    async (sort) => {
      await using jobs = await createTestJobs({ start: false });
      jobs.registerProcessor('note', async () => ({ success: true }));
      const add = async (more: object) => (await jobs.addJob({ type: 'note', data: more, delay: 60_000 })).id;
      const own: string[] = [];
      for (let i = 0; i < 5; i += 1) {
        await add({ token: CANARY });
        own.push(await add({ guess: CANARY }));
      }
      await add({ token: CANARY });
      if (sort === 'newest') own.reverse();
      const pages: string[][] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: { jobs: Job[]; nextCursor: string | null } = await list(
          jobs,
          `q=${CANARY}&sort=${sort}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
          'user',
        );
        pages.push(page.jobs.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      expect(pages).toEqual([own.slice(0, 2), own.slice(2, 4), own.slice(4)]);
      const counted = await list(jobs, `q=${CANARY}&sort=${sort}&limit=2&offset=1&total=true`, 'user');
      expect(counted.jobs.map(({ id }) => id)).toEqual(own.slice(1, 3));
      expect(counted).toMatchObject({ total: 5, totalCapped: false });
      expect(await list(jobs, `q=${CANARY}&sort=${sort}&limit=5`, 'user')).toMatchObject({
        nextCursor: null,
        capped: false,
      });
    },
  );
});

test('live events hide the secrets in results, whether live, replayed or with a ticket', async () => {
  await using site = await openLiveSite({
    authorize: (c, action) => action !== 'operate' || c.req.header('x-user') === 'ada',
  });
  site.jobs.registerProcessor('export', async () => ({ success: true, result: { token: CANARY, rows: 3 } }));
  const as = (user: string) => ({ headers: { 'x-user': user } });
  const ticketOf = async (user: string): Promise<string> => {
    const answer = await fetch(`${site.url}/api/ticket`, { method: 'POST', ...as(user) });
    return ((await answer.json()) as { ticket: string }).ticket;
  };
  await using ada = await Listener.open(site.ws, as('ada'));
  await using adaWithTicket = await Listener.open(`${site.ws}?ticket=${await ticketOf('ada')}`);
  await using bob = await Listener.open(site.ws, as('bob'));
  await using bobWithTicket = await Listener.open(`${site.ws}?ticket=${await ticketOf('bob')}`);
  site.jobs.registerProcessor('fetch', async () => ({ success: false, error: `no https://a:${CANARY}@host` }));
  const failed = await site.jobs.addJob({ type: 'fetch', data: {}, maxRetries: 0 });
  await site.ended(failed.id);
  const { id } = await site.jobs.addJob({ type: 'export', data: {} });
  await site.ended(id);
  await using late = await Listener.open(`${site.ws}?since=0`, as('bob'));
  const resultOf = async (listener: Listener): Promise<unknown> => {
    await listener.until((ws) => ws.of(id).includes('job_completed'));
    return listener.updates.find(({ data: { event } }) => event === 'job_completed')?.data.result;
  };
  const told = await Promise.all([ada, adaWithTicket, bob, bobWithTicket, late].map(resultOf));
  const [whole, hidden] = [CANARY, MASK].map((token) => ({ token, rows: 3 }));
  expect(told).toEqual([whole, whole, hidden, hidden, hidden]);
  for (const listener of [bob, bobWithTicket, late]) {
    expect(listener.of(failed.id)).toContain('job_failed');
    expect(JSON.stringify(listener.heard)).not.toContain(CANARY);
  }
});

test('a ticket opens one socket, with the rights that its user has when it is used, not when it was issued', async () => {
  let rights: 'all' | 'view' | 'none' = 'all';
  await using site = await openLiveSite({
    authorize: (_c, action) => rights === 'all' || (rights === 'view' && action === 'view'),
  });
  site.jobs.registerProcessor('export', async () => ({ success: true, result: { token: CANARY, rows: 3 } }));
  const ticketOf = async (): Promise<string> =>
    ((await (await fetch(`${site.url}/api/ticket`, { method: 'POST' })).json()) as { ticket: string }).ticket;
  const [first, second] = [await ticketOf(), await ticketOf()];
  rights = 'view';
  await using masked = await Listener.open(`${site.ws}?ticket=${first}`);
  const { id } = await site.jobs.addJob({ type: 'export', data: {} });
  await masked.until((ws) => ws.of(id).includes('job_completed'));
  expect(masked.updates.at(-1)?.data.result).toEqual({ token: MASK, rows: 3 });
  for (const ticket of [first, `${second.slice(1)}x`])
    expect(await new Listener(`${site.ws}?ticket=${ticket}`).over).toBe(401);
  rights = 'none';
  expect(await new Listener(`${site.ws}?ticket=${second}`).over).toBe(403);
});
