// "Job Management API": adding, following and cancelling, with the module-level functions.
import { inspect } from 'node:util';
import { addJob, cancelJob, getJobHistory, getJobStatus, type Job, registerProcessor } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

const data = { to: 'user@example.com', template: 'welcome', variables: { userName: 'John Doe' } };

test('an added job has an id and the given options', async () => {
  await using site = await openSpecSite();

  // Add a job to the queue
  const job = await addJob({
    type: 'email',
    data,
    priority: 'normal', // low, normal, high, urgent
    delay: 0, // milliseconds to delay execution
    maxRetries: 3,
    retryDelay: 5000, // milliseconds between retries
  });

  expect(`Job ${job.id} added to queue`).toMatch(/^Job [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} added to queue$/);
  expect(job).toMatchObject({ status: 'pending', priority: 'normal', runAt: null, maxRetries: 3, retryDelay: 5_000 });
  await site.idle();
});

test('a delay in milliseconds holds the job back for exactly that time', async () => {
  await using site = await openSpecSite();
  const { id } = await addJob({ type: 'email', data, delay: 60_000 });
  await site.advance(59_999);
  expect(await getJobStatus(id)).toMatchObject({ status: 'pending', attempt: 0 });
  await site.advance(1);
  expect(await getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('the status prints as the state and can be read as an object', async () => {
  await using site = await openSpecSite();
  const { id: jobId } = await addJob({ type: 'email', data, delay: 1_000 });

  // Get current job status
  const status = (await getJobStatus(jobId)) as Job;
  // console.log(status) prints what inspect() gives: pending, processing, completed, failed

  expect(String(status)).toBe('pending');
  expect(inspect(status)).toMatch(/^pending \{/);
  expect(status.status).toBe('pending');
  await site.advance(1_000);
  expect(String(await getJobStatus(jobId))).toBe('completed');
});

test('the history lists the events of a job, oldest first', async () => {
  await using site = await openSpecSite();
  let calls = 0;
  registerProcessor('picky', async () => {
    calls += 1;
    if (calls === 1) throw new Error('not yet');
    return { success: true, result: { calls } };
  });
  const { id: jobId } = await addJob({ type: 'picky', data: {} });
  await site.idle();
  await site.advance(5_000);

  // Get job execution history
  const history = await getJobHistory(jobId);

  expect(history).toMatchObject([
    { event: 'job_added', attempt: 0, status: 'pending', at: '2026-01-01T00:00:00.000Z' },
    { event: 'job_started', attempt: 1, status: 'processing' },
    { event: 'job_retry', attempt: 1, status: 'pending', error: 'not yet' },
    { event: 'job_started', attempt: 2, status: 'processing', at: '2026-01-01T00:00:05.000Z' },
    { event: 'job_completed', attempt: 2, status: 'completed', result: { calls: 2 } },
  ]);
  expect(await getJobHistory('0190a6e0-0000-7000-8000-000000000000')).toEqual([]);
});

test('a pending job is cancelled and never runs; a finished one is not', async () => {
  await using site = await openSpecSite();
  const { id: jobId } = await addJob({ type: 'email', data, delay: 1_000 });
  const said: string[] = [];

  // Cancel a pending job
  const cancelled = await cancelJob(jobId);
  if (cancelled) {
    said.push('Job cancelled successfully');
  }

  expect(said).toEqual(['Job cancelled successfully']);
  await site.advance(10_000);
  expect(await getJobStatus(jobId)).toMatchObject({ status: 'cancelled', attempt: 0 });
  expect(await cancelJob(jobId)).toBe(false);
  expect(await site.mails()).toEqual([]);
});

test('a request of the CMS finds its own instance through the middleware, next to the default one', async () => {
  await using first = await openSpecSite();
  await using second = await openSpecSite({ default: false });
  const cms = new Hono();
  cms.use(second.middleware);
  cms.post('/sign-up', async (c) => c.text((await addJob({ type: 'email', data })).id));

  const id = await (await cms.request('/sign-up', { method: 'POST' })).text();

  await second.idle();
  expect(await second.getJobStatus(id)).toMatchObject({ status: 'completed' });
  expect(await first.getJobStatus(id)).toBeNull();
});
