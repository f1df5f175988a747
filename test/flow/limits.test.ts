// Limits as seen over HTTP.
import type { JobsOptions } from '@phraseworks/jobs';
import { definePlugin, type PluginApp } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { openLiveSite, post } from '../support/live-site.ts';

const LARGE = 'x'.repeat(20_000);
const plugin = definePlugin({
  name: 'w',
  init: ({ registerProcessor }) => {
    registerProcessor('echo', async (data) => ({ success: true, result: data }), {
      summary: (data) => `about ${(data as { name: string }).name}`,
    });
    registerProcessor('fail', () => Promise.reject(new Error('e'.repeat(4_000))));
    registerProcessor('talk', async (_data, _id, _attempt, job) => {
      for (let line = 0; line < 500; line += 1) job.log.info('y'.repeat(2_000));
      throw new Error('once more');
    });
  },
});
const open = (options: JobsOptions = {}) =>
  openLiveSite({ plugins: { w: { use: plugin } }, authorize: () => true, ...options });
// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field.
const get = async (url: string): Promise<any> => (await fetch(url)).json();

test('a list leaves out large data and results, and the job itself includes them', async () => {
  await using site = await open();
  const large = await site.jobs.addJob({ type: 'echo', data: { name: 'large', LARGE } });
  const middle = await site.jobs.addJob({ type: 'echo', data: { name: 'middle', text: 'x'.repeat(3_000) } });
  const small = await site.jobs.addJob({ type: 'echo', data: { name: 'small' } });
  for (const { id } of [large, middle, small]) await site.ended(id);
  const { jobs } = await get(`${site.url}/api/jobs?type=echo`);
  expect(jobs).toMatchObject([
    { id: small.id, data: { name: 'small' }, result: { name: 'small' }, summary: 'about small' },
    { id: middle.id, data: null, dataBytes: 3_027, result: null, resultBytes: 3_027, summary: 'about middle' },
    { id: large.id, data: null, dataBytes: 20_027, result: null, resultBytes: 20_027, summary: null },
  ]);
  expect(jobs[0]).not.toHaveProperty('dataBytes');
  expect(await get(`${site.url}/api/jobs/${large.id}`)).toMatchObject({ data: { LARGE }, result: { LARGE } });
});

test('a viewer cannot guess a secret in large data with a search', async () => {
  await using site = await open({ authorize: (_c, action) => action === 'view' });
  const job = await site.jobs.addJob({ type: 'echo', data: { name: 'n', password: 'opensesame', LARGE } });
  await site.ended(job.id);
  expect((await get(`${site.url}/api/jobs?q=data.password:open`)).jobs).toEqual([]);
  expect((await get(`${site.url}/api/jobs?q=opensesame`)).jobs).toEqual([]);
  expect((await get(`${site.url}/api/jobs?q=echo`)).jobs).toHaveLength(1);
});

test('a page ends early when it is full, and its cursor continues with the rest', async () => {
  await using site = await open();
  const added = await site.jobs.addJobs(
    Array.from({ length: 240 }, () => ({ type: 'fail', data: { text: '"'.repeat(240) }, maxRetries: 0 })),
  );
  for (const { id } of added) await site.ended(id);
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const text: string = await (await fetch(`${site.url}/api/jobs?type=fail&limit=200&cursor=${cursor}`)).text();
    expect(text.length).toBeLessThan(1_100_000);
    const page = JSON.parse(text) as { jobs: { id: string }[]; nextCursor: string | null };
    ids.push(...page.jobs.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(new Set(ids)).toEqual(new Set(added.map(({ id }) => id)));
});

test('at most 1 MB of a log is returned, the newest lines', async () => {
  await using site = await open();
  const { id } = await site.jobs.addJob({ type: 'talk', data: {}, maxRetries: 2, retryDelay: 1 });
  await site.ended(id);
  const text = await (await fetch(`${site.url}/api/jobs/${id}/logs`)).text();
  expect(text.length).toBeLessThan(1_200_000);
  expect(JSON.parse(text).logs.length).toBeGreaterThan(100);
});

test('a search with a NUL matches nothing, and the answer says why', async () => {
  await using site = await open();
  await site.jobs.addJob({ type: 'echo', data: { name: 'n' } });
  for (const query of ['q=%00zzz', 'q=error:%00', 'type=%00', 'plugin=a%07', 'schedule=%1b']) {
    const response = await fetch(`${site.url}/api/jobs?${query}`);
    expect([query, response.status, await response.json()]).toMatchObject([query, 400, { code: 'INVALID_DATA' }]);
  }
  await expect(site.jobs.listJobs({ q: '\ud800' })).rejects.toMatchObject({ code: 'INVALID_DATA' });
  expect((await get(`${site.url}/api/jobs?q=%0A%09echo`)).jobs).toHaveLength(1);
});

test('a user may have a limited number of live connections, and closing one makes room', async () => {
  await using site = await open({
    live: { maxPerUser: 2 },
    authorize: (c) => ({ user: c.req.header('authorization') ?? 'nobody' }),
  });
  const listeners: Listener[] = [];
  const listen = async (user: string) => {
    const listener = new Listener(site.ws, { headers: { authorization: user } });
    listeners.push(listener);
    return Promise.race([listener.until(({ heard }) => heard.length > 0).then(() => 'open'), listener.over]);
  };
  expect([await listen('ada'), await listen('ada'), await listen('ada')]).toEqual(['open', 'open', 429]);
  expect(await listen('bob')).toBe('open');
  await listeners[0]?.[Symbol.asyncDispose]();
  await expect.poll(() => listen('ada')).toBe('open');
  for (const listener of listeners) await listener[Symbol.asyncDispose]();
});

test('schedules made over HTTP are limited in number, and run every 10 s at most', async () => {
  await using site = await open({ scheduler: { maxSchedules: 2 }, roles: ['web'] });
  const save = (name: string, schedule: string) =>
    post(`${site.url}/api/schedules`, { name, schedule, jobData: { type: 'echo', data: { name } } });
  for (const often of ['* * * * * *', '*/5 * * * * *', '0,5 0 0 1 1 *', '55,0 * * * * *']) {
    const refused = await save('often', often);
    expect([often, refused.status, await refused.json()]).toMatchObject([
      often,
      400,
      { errors: [{ path: 'schedule', message: expect.stringContaining('scheduler.minInterval') }] },
    ]);
  }
  expect((await save('one', '*/10 * * * * *')).status).toBe(201);
  expect((await save('two', '* * * * *')).status).toBe(201);
  const third = await save('three', '0 0 * * *');
  expect(await third.json()).toMatchObject({ code: 'INVALID_STATE', detail: expect.stringContaining('maxSchedules') });
  expect((await save('two', '0 0 * * *')).status).toBe(201);
  const changed = await fetch(`${site.url}/api/schedules/two`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schedule: '* * * * * *' }),
  });
  expect(changed.status).toBe(400);
});

test('files above the limit of a job or of all files are refused, and none of them is kept', async () => {
  const { mkdtemp, readdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const { tmpdir } = await import('node:os');
  const dir = await mkdtemp(join(tmpdir(), 'pwj-uploads-'));
  await using site = await open({
    storage: { uploads: { folder: dir } },
    uploads: { maxBytes: 500, maxJobBytes: 800, maxTotalBytes: 1_500 },
  });
  const send = (...sizes: number[]) => {
    const form = new FormData();
    form.set('job', JSON.stringify({ type: 'echo', data: { name: 'n', files: [] } }));
    for (const [i, size] of sizes.entries()) form.set(`data.files[${i}]`, new Blob(['x'.repeat(size)]), 'a.txt');
    return fetch(`${site.url}/api/jobs`, { method: 'POST', body: form });
  };
  expect(await (await send(400, 401)).json()).toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    detail: expect.stringContaining('uploads.maxJobBytes'),
  });
  expect((await send(400, 400)).status).toBe(201);
  const statuses = await Promise.all([1, 2, 3, 4, 5].map(async () => (await send(400)).status));
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  const refused = await send(400);
  expect(refused.headers.get('retry-after')).toBe('60');
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('uploads.maxTotalBytes') });
  expect((await readdir(dir)).filter((name) => name !== 'incoming')).toHaveLength(3);
  expect(await readdir(join(dir, 'incoming'))).toEqual([]);
});

/** A body of 50 MB in chunks of 64 kB, none of them made before it is wanted. */
function endless(): { body: ReadableStream<Uint8Array>; read(): number } {
  let bytes = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (bytes >= 50_000_000) return controller.close();
      bytes += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  return { body, read: () => bytes };
}

const reader = definePlugin({
  name: 'reader',
  init({ routes, publicRoutes }) {
    const add = (app: PluginApp) =>
      app
        .post('/read', async (c) => c.json((await c.req.arrayBuffer()).byteLength))
        .post('/anyway', async (c) => c.json(await c.req.json().catch(() => 'no JSON')))
        .all('/unread', (c) => c.text('not read'));
    add(routes);
    add(publicRoutes);
  },
});

test.each(['', '/public'])('a plugin route at /plugins/<name>%s reads at most 1 MB', async (at) => {
  await using jobs = await createTestJobs({ plugins: { reader: { use: reader } } });
  const send = (path: string, body: NonNullable<RequestInit['body']>, headers = {}) =>
    jobs.request(`/plugins/reader${at}${path}`, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

  const most = await send('/read', 'x'.repeat(1_048_576));
  expect([most.status, await most.json()]).toEqual([200, 1_048_576]);
  expect((await send('/anyway', '{"a":1}')).status).toBe(200);
  expect((await jobs.request(`/plugins/reader${at}/unread`)).status).toBe(200);
  // A plugin that treats any failed read as invalid JSON must not replace the answer with its own.
  for (const path of ['/read', '/anyway', '/unread']) {
    const { body, read } = endless();
    const refused = await send(path, body);
    expect([refused.status, refused.headers.get('connection'), await refused.json()]).toMatchObject([
      413,
      'close',
      { code: 'PAYLOAD_TOO_LARGE', detail: 'The body is too large: at most 1048576 bytes.' },
    ]);
    expect(read()).toBeLessThan(1_500_000);
  }
  const { body, read } = endless();
  expect((await send('/read', body, { 'content-length': '50000000' })).status).toBe(413);
  expect(read()).toBeLessThan(500_000);
});
