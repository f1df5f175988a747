// Limits over all processes, as plugins, administrators and callers see them.
import { definePlugin, type LimitRule } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, expect, test } from 'vitest';

let jobs: TestJobs | undefined;
const ends: (() => void)[] = [];
let isOver = false;
afterEach(async () => {
  isOver = true;
  for (const end of ends.splice(0)) end();
  await jobs?.stop();
  isOver = false;
});

const lasting = () =>
  new Promise<void>((resolve) => {
    ends.push(resolve);
    if (isOver) resolve();
  });

/** Waits until as many run. */
const processing = (n: number) => expect.poll(async () => (await jobs?.getQueueMetrics())?.processing).toBe(n);

const request = (as: 'admin' | 'user', path: string, init: RequestInit = {}) =>
  (jobs as TestJobs).request(path, { ...init, as, headers: { 'content-type': 'application/json' } });

test('types of several plugins share a limit by its name, whose numbers the configuration decides', async () => {
  const one = definePlugin({
    name: 'one',
    init: (ctx) => {
      ctx.defineLimit('openai', { concurrency: 1 });
      ctx.registerProcessor('ask', lasting, { limit: 'openai' });
    },
  });
  const two = definePlugin({
    name: 'two',
    init: (ctx) => void ctx.registerProcessor('draw', lasting, { limit: 'openai' }),
  });
  jobs = await createTestJobs({
    plugins: { one: { use: one }, two: { use: two } },
    limits: { openai: { concurrency: 2 } },
  });
  for (const type of ['ask', 'draw', 'ask', 'draw']) await jobs.addJob({ type, data: {} });
  await processing(2);
  expect(await jobs.limits.list()).toMatchObject([
    {
      name: 'openai',
      concurrency: 2,
      running: 2,
      waiting: 2,
      types: [{ type: 'ask' }, { type: 'draw' }],
      isChanged: false,
    },
  ]);
});

test('an administrator changes a limit for every process, and resets it', async () => {
  jobs = await createTestJobs();
  jobs.registerProcessor('t', lasting, { limit: { concurrency: 1 } });
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.push((await jobs.addJob({ type: 't', data: {} })).id);
  await processing(1);
  expect((await jobs.why(ids[1] as string)).why).toBe('Waits for the limit "t": 1 of 1 run.');
  expect(await jobs.limits.change('t', { concurrency: 2 })).toMatchObject({ concurrency: 2, isChanged: true });
  await processing(2);
  expect(await jobs.limits.reset('t')).toMatchObject({ concurrency: 1, isChanged: false });
  await expect(jobs.limits.change('nothing', { concurrency: 2 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(jobs.limits.change('t', { concurrency: 0 })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'change.concurrency' }],
  });
});

test('over HTTP, limits are listed and changed by administrators', async () => {
  jobs = await createTestJobs();
  jobs.registerProcessor('t', lasting, { limit: { rate: { n: 1, per: '1 minute' } } });
  for (let n = 0; n < 2; n += 1) await jobs.addJob({ type: 't', data: {} });
  await processing(1);
  const list = await request('admin', '/api/limits');
  expect(await list.json()).toMatchObject({ limits: [{ name: 't', rate: { n: 1, per: 60_000 }, started: 1 }] });
  const body = JSON.stringify({ rate: { n: 5, per: 60_000 } });
  expect((await request('user', '/api/limits/t', { method: 'PATCH', body })).status).toBe(403);
  expect(await (await request('admin', '/api/limits/t', { method: 'PATCH', body })).json()).toMatchObject({
    rate: { n: 5 },
  });
  await processing(2);
  expect((await request('admin', '/api/limits/t', { method: 'DELETE' })).status).toBe(200);
  expect((await request('admin', '/api/limits/x', { method: 'DELETE' })).status).toBe(404);
});

test('a blocked job says which limit it waits for, of which value, and what is used', async () => {
  jobs = await createTestJobs();
  jobs.registerProcessor('t', lasting, { limit: { concurrency: 2, by: 'tenant' } });
  for (let n = 0; n < 2; n += 1) await jobs.addJob({ type: 't', data: { tenant: 'a' } });
  const third = await jobs.addJob({ type: 't', data: { tenant: 'a' } });
  await processing(2);
  expect(third).toMatchObject({ status: 'blocked', reason: 'limit' });
  expect((await jobs.why(third.id)).why).toBe('Waits for a place at the limit "t" of tenant "a": 2 of 2 run.');
  expect((await jobs.limits.list())[0]).toMatchObject({
    waiting: 1,
    values: [{ value: 'a', running: 2, waiting: 1, closedUntil: null }],
  });
  await expect(jobs.addJob({ type: 't', data: {} })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.tenant' }],
  });
});

test('removing, cancelling and ending jobs of a value all free its place', async () => {
  jobs = await createTestJobs();
  jobs.registerProcessor('t', lasting, { limit: { concurrency: 1, by: 'tenant' } });
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await jobs.addJob({ type: 't', data: { tenant: 'a' } })).id);
  const states = (wanted: string[]) =>
    expect
      .poll(() => Promise.all(ids.map(async (id) => (await jobs?.getJobStatus(id))?.status ?? 'gone')))
      .toEqual(wanted);
  await states(['processing', 'blocked', 'blocked', 'blocked', 'blocked']);
  await jobs.deleteJob(ids[1] as string);
  await jobs.cancelJob(ids[2] as string);
  ends.shift()?.();
  await states(['completed', 'gone', 'cancelled', 'processing', 'blocked']);
  await jobs.cancelJob(ids[3] as string);
  // Its attempt is still ending, and has its place until then.
  await states(['completed', 'gone', 'cancelled', 'cancelled', 'blocked']);
  ends.shift()?.();
  await states(['completed', 'gone', 'cancelled', 'cancelled', 'processing']);
});

test.each<[string, unknown, string]>([
  ['a number that is not one', { concurrency: 0 }, 'limit.concurrency'],
  ['a rate without a time', { rate: { n: 5 } }, 'limit.rate.per'],
  ['nothing', {}, 'limit'],
  ['an unknown part', { concurrency: 1, per: 5 }, 'limit'],
  ['an invalid path', { concurrency: 1, by: '..' }, 'limit.by'],
  ['a name that is not defined', 'openai', 'limit'],
])('a limit with %s is refused at registration, with its field', async (_what, limit, path) => {
  jobs = await createTestJobs();
  const register = () => jobs?.registerProcessor('t', lasting, { limit: limit as LimitRule });
  expect(register).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  expect(register).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ path: expect.stringContaining(path) })] }),
  );
});
