// "Monitoring & Performance": the metrics of the queue, and figures that the application keeps with a job.

import { addJob, getJobStatus, getQueueMetrics, recordJobMetrics, registerProcessor } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

test('the metrics count every state, overall and by type, and the average time', async () => {
  await using jobs = await createTestJobs({ default: true });
  let leave = (): void => {};
  registerProcessor('quick', async () => {
    await jobs.clock.advance(40);
  });
  registerProcessor('bad', async () => ({ success: false, error: 'no', retryable: false }));
  registerProcessor('stays', () => new Promise<void>((resolve) => (leave = resolve)));
  await addJob({ type: 'quick', data: {} });
  await addJob({ type: 'bad', data: {} });
  await jobs.idle();
  await addJob({ type: 'quick', data: {}, delay: 60_000 });
  const started = new Promise((resolve) => jobs.addAction('job:started', resolve));
  await addJob({ type: 'stays', data: {} });
  await started;

  const metrics = await getQueueMetrics();
  const printed = {
    totalJobs: metrics.total,
    pendingJobs: metrics.pending,
    processingJobs: metrics.processing,
    completedJobs: metrics.completed,
    failedJobs: metrics.failed,
    averageProcessingTime: metrics.avgProcessingTime,
  };

  expect(printed).toEqual({
    totalJobs: 4,
    pendingJobs: 1,
    processingJobs: 1,
    completedJobs: 1,
    failedJobs: 1,
    averageProcessingTime: 40,
  });
  expect(metrics.types.quick).toMatchObject({ total: 2, pending: 1, completed: 1, avgProcessingTime: 40 });
  const response = await jobs.request('/api/metrics', { as: 'user' });
  expect(await response.json()).toEqual(metrics);
  leave();
  await jobs.idle();
});

test('metrics of a job are stored with it and merged by key', async () => {
  await using jobs = await createTestJobs({ default: true });
  const processJob = async (job: { id: string }) => {
    await jobs.idle();
    return getJobStatus(job.id);
  };
  registerProcessor('work', async () => ({ success: true, result: 42 }));
  const job = await addJob({ type: 'work', data: {} });

  // Track job processing times
  const startTime = Date.now();
  const result = await processJob(job);
  const processingTime = Date.now() - startTime;

  await recordJobMetrics(job.id, { processingTime, memoryUsage: process.memoryUsage(), cpuUsage: process.cpuUsage() });

  expect(result?.result).toBe(42);
  await recordJobMetrics(job.id, { rows: 7 });
  expect((await getJobStatus(job.id))?.metrics).toMatchObject({
    processingTime,
    memoryUsage: { rss: expect.any(Number) },
    cpuUsage: { user: expect.any(Number), system: expect.any(Number) },
    rows: 7,
  });
  const answer = await (await jobs.request(`/api/jobs/${job.id}`)).json();
  expect((answer as { metrics: object }).metrics).toHaveProperty('memoryUsage.rss');
});
