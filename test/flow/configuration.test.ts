// "Configuration": the two files of the specification are the settings, word for word.

import { addJob, addJobs, getJobStatus, registerProcessor } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

// config/jobQueue.js
const jobQueueConfig = {
  maxConcurrentJobs: 5,
  maxQueueSize: 1000,
  defaultRetries: 3,
  defaultRetryDelay: 5000,
  jobTimeout: 300000, // 5 minutes
  cleanupInterval: 3600000, // 1 hour
  retentionPeriod: 86400000, // 24 hours
};

// config/processors.js
const processorConfig = {
  email: { timeout: 30000, maxRetries: 3, retryDelay: 5000 },
  image_process: { timeout: 120000, maxRetries: 2, retryDelay: 10000 },
  backup: { timeout: 600000, maxRetries: 1, retryDelay: 60000 },
};

const settings = { default: true, queue: jobQueueConfig, processors: processorConfig };

test('a job without options gets the defaults, and one of a listed type gets those of its type', async () => {
  await using site = await openSpecSite(settings);
  registerProcessor('plain', async () => {});
  registerProcessor('backup', async () => {});
  const email = { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } };
  const picture = { sourceUrl: site.pictures.url, operations: [{ type: 'resize' as const, width: 8 }] };
  const limits = async (type: string, data: unknown, more = {}) => {
    const { timeout, maxRetries, retryDelay } = await addJob({ type, data, delay: 1_000, ...more });
    return [timeout, maxRetries, retryDelay];
  };
  expect(await limits('plain', {})).toEqual([300_000, 3, 5_000]);
  expect(await limits('email', email)).toEqual([30_000, 3, 5_000]);
  expect(await limits('image_process', picture)).toEqual([120_000, 2, 10_000]);
  expect(await limits('backup', {})).toEqual([600_000, 1, 60_000]);
  expect(await limits('backup', {}, { maxRetries: 0, timeout: 5 })).toEqual([5, 0, 60_000]);
});

test('each limit comes from the job, else the configuration, else the plugin; zero counts as set', async () => {
  await using jobs = await createTestJobs({ processors: { own: { timeout: 2_000, maxRetries: 6 } } });
  const options = { timeout: 3_000, maxRetries: 7, retryDelay: 30, retryBackoff: 'linear' as const };
  jobs.registerProcessor('own', async () => {}, options);
  const job = await jobs.addJob({ type: 'own', data: {}, maxRetries: 0 });
  expect(job).toMatchObject({ timeout: 2_000, maxRetries: 0, retryDelay: 30, retryBackoff: 'linear' });
});

test('five jobs run at once, never a sixth', async () => {
  await using jobs = await createTestJobs(settings);
  let running = 0;
  let most = 0;
  registerProcessor('counted', async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  });
  await addJobs(Array.from({ length: 40 }, () => ({ type: 'counted', data: {} })));
  await jobs.idle();
  expect([most, (await jobs.getQueueMetrics()).completed]).toEqual([5, 40]);
});

test('finished and failed jobs are kept for 24 hours, then removed by the next cleanup', async () => {
  await using jobs = await createTestJobs({ ...settings, roles: ['web', 'worker'] });
  registerProcessor('plain', async () => {});
  registerProcessor('bad', async () => ({ success: false, error: 'no', retryable: false }));
  const ids = [await addJob({ type: 'plain', data: {} }), await addJob({ type: 'bad', data: {} })].map(({ id }) => id);
  await jobs.idle();
  const known = async () => (await Promise.all(ids.map((id) => getJobStatus(id)))).map(String);
  await jobs.advance(jobQueueConfig.retentionPeriod);
  expect(await known()).toEqual(['completed', 'failed']);
  await jobs.advance(jobQueueConfig.cleanupInterval);
  expect(await known()).toEqual(['null', 'null']);
});
