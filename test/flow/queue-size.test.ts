// How many jobs the queue takes, as those who add them meet it.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const YEAR = 365 * 86_400_000;
const LIMITS = { maxQueueSize: 20, maxDelayedJobs: 20 };
const worker = definePlugin({
  name: 'w',
  init: ({ registerProcessor }) => {
    registerProcessor('w', async () => {});
  },
});
const open = () => createTestJobs({ plugins: { w: { use: worker } }, queue: LIMITS });
const many = (n: number, delay?: number) =>
  Array.from({ length: n }, () => ({ type: 'w', data: {}, ...(delay ? { delay } : {}) }));

test.each<[string, (jobs: TestJobs) => Promise<unknown>, (jobs: TestJobs) => Promise<unknown>]>([
  ['a disabled plugin', (jobs) => jobs.plugins.disable('w'), (jobs) => jobs.plugins.enable('w')],
  [
    'a paused type',
    (jobs) => jobs.pauses.pause({ kind: 'type', name: 'w' }),
    (jobs) => jobs.pauses.resume('type', 'w'),
  ],
])('jobs of %s fill the queue, and all run when it is back', async (_, hold, release) => {
  await using jobs = await open();
  await hold(jobs);
  await expect(jobs.addJobs(many(21))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  await jobs.addJobs(many(20));
  await expect(jobs.addJob({ type: 'w', data: {} })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringMatching(/maxQueueSize is 20.*parked/),
  });
  await release(jobs);
  await jobs.idle();
  expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 20, parked: 0 });
});

test('jobs delayed by a year do not starve others, and have their own limit', async () => {
  await using jobs = await open();
  await jobs.addJobs(many(20, YEAR));
  await expect(jobs.addJob({ type: 'w', data: {}, delay: 1_000 })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringContaining('maxDelayedJobs is 20'),
  });
  const job = await jobs.addJob({ type: 'w', data: {} });
  await jobs.idle();
  expect(String(await jobs.getJobStatus(job.id))).toBe('completed');
});

test('a retry is accepted, however many jobs are delayed', async () => {
  let runs = 0;
  const flaky = definePlugin({
    name: 'w',
    init: ({ registerProcessor }) => {
      registerProcessor('w', async () => {
        runs += 1;
        if (runs === 1) throw new Error('once more');
      });
    },
  });
  await using jobs = await createTestJobs({ plugins: { w: { use: flaky } }, queue: LIMITS });
  await jobs.addJobs(many(20, YEAR));
  const job = await jobs.addJob({ type: 'w', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(job.id)).toMatchObject({ status: 'pending', attempt: 1 });
  await jobs.advance(60_000);
  expect(await jobs.getJobStatus(job.id)).toMatchObject({ status: 'completed', attempt: 2 });
});

test('callers over HTTP leave a tenth of the queue to the site itself', async () => {
  const open = () => createTestJobs({ plugins: { w: { use: worker } }, queue: LIMITS, authorize: () => true });
  const addTo = (jobs: TestJobs) => (body: unknown) =>
    jobs.request('/api/jobs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await using busy = await open();
  const delay = addTo(busy);
  expect((await delay(many(18, YEAR))).status).toBe(201);
  expect((await delay(many(1, YEAR))).status).toBe(429);
  await busy.addJobs(many(2, YEAR));
  await using jobs = await open();
  await jobs.plugins.disable('w');
  const add = addTo(jobs);
  expect((await add(many(19))).status).toBe(429);
  expect((await add(many(18))).status).toBe(201);
  const refused = await add(many(1)[0]);
  expect(refused.headers.get('retry-after')).not.toBeNull();
  expect(await refused.json()).toMatchObject({ code: 'QUEUE_FULL', detail: expect.stringContaining('nine tenths') });
  await jobs.addJobs(many(2));
  await expect(jobs.addJob({ type: 'w', data: {} })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
});
