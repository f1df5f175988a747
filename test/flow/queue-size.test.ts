// How many jobs the queue takes, as those who add them meet it.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
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

test('jobs of a disabled plugin fill the queue, and all run when it is enabled', async () => {
  await using jobs = await open();
  await jobs.plugins.disable('w');
  await jobs.addJobs(many(20));
  await expect(jobs.addJob({ type: 'w', data: {} })).rejects.toMatchObject({
    code: 'QUEUE_FULL',
    message: expect.stringMatching(/maxQueueSize is 20.*parked/),
  });
  await jobs.plugins.enable('w');
  await jobs.idle();
  expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 20, parked: 0 });
});

test('jobs of a paused type fill the queue, and all run when it is resumed', async () => {
  await using jobs = await open();
  await jobs.pauses.pause({ kind: 'type', name: 'w' });
  await expect(jobs.addJobs(many(21))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  await jobs.addJobs(many(20));
  await expect(jobs.addJob({ type: 'w', data: {} })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  await jobs.pauses.resume('type', 'w');
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
