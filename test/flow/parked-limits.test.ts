// A job added while its plugin is off still has the limits of its type.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const careful = definePlugin({
  name: 'careful',
  init: ({ registerProcessor }) => {
    registerProcessor('careful', async () => {}, { timeout: 1_234, maxRetries: 1, retryDelay: 77, concurrency: 2 });
  },
});

test('the limits of a type are remembered while its plugin is off', async () => {
  await using jobs = await createTestJobs({ plugins: { careful: { use: careful } } });
  await jobs.plugins.disable('careful');
  const job = await jobs.addJob({ type: 'careful', data: {} });
  expect(job).toMatchObject({
    status: 'parked',
    timeout: 1_234,
    maxRetries: 1,
    retryDelay: 77,
    lane: 'careful/careful',
  });
  await jobs.plugins.enable('careful');
  await jobs.idle();
  expect(String(await jobs.getJobStatus(job.id))).toBe('completed');
});
