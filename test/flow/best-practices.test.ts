// "Best Practices": validation, resources, progress and priorities, as the specification advises them.
import { mkdir } from 'node:fs/promises';
import { addJob, getJobStatus, type Processor, registerProcessor, updateJobProgress } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

test('the email type validates its data when added, and names the field', async () => {
  await using site = await openSpecSite();
  const noTemplate = addJob({ type: 'email', data: { to: 'a@example.com', subject: 'Hi' } });
  await expect(noTemplate).rejects.toThrow('data needs a template, html or text');
  const nobody = addJob({ type: 'email', data: { to: 'nobody', template: 'welcome' } });
  await expect(nobody).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'data.to' }] });
  expect((await site.listJobs()).jobs).toEqual([]);
});

test('progress reported every ten per cent can be read while the job runs and afterwards', async () => {
  await using jobs = await createTestJobs({ default: true });
  const done: number[] = [];
  let reached = (): void => {};
  const half = new Promise<void>((resolve) => (reached = resolve));
  let goOn = (): void => {};
  const going = new Promise<void>((resolve) => (goOn = resolve));
  let reports = 0;
  const processItem = async (item: number) => {
    if (item === 55) {
      reached();
      await going;
    }
    done.push(item);
  };

  const processLargeDataJob: Processor = async (jobData, jobId) => {
    const items = jobData.items;
    const total = items.length;

    for (let i = 0; i < total; i++) {
      await processItem(items[i]);

      // Report progress every 10%
      if (i % Math.ceil(total / 10) === 0) {
        reports += 1;
        await updateJobProgress(jobId, {
          processed: i + 1,
          total: total,
          percentage: Math.round(((i + 1) / total) * 100),
        });
      }
    }
  };

  registerProcessor('large', processLargeDataJob);
  const { id } = await addJob({ type: 'large', data: { items: [...Array(100).keys()] } });
  await half;
  await jobs.clock.advance(250);
  await expect
    .poll(() => getJobStatus(id))
    .toMatchObject({ status: 'processing', progress: { processed: 51, total: 100, percentage: 51 } });
  goOn();
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({ status: 'completed', progress: { processed: 91, percentage: 91 } });
  expect([reports, done.length]).toEqual([10, 100]);
});

test('jobs that users wait for run before maintenance, and urgent ones before all', async () => {
  await using site = await openSpecSite({ queue: { maxConcurrentJobs: 1 }, start: false });
  await mkdir(site.root, { recursive: true });
  const uploadData = { sourceUrl: site.pictures.url, operations: [{ type: 'resize' as const, width: 40 }] };
  const cleanupData = { action: 'temp_files' };
  registerProcessor('cleanup', async () => {});
  registerProcessor('alarm', async () => {});

  // Low priority for maintenance tasks
  await addJob({
    type: 'cleanup',
    data: cleanupData,
    priority: 'low', // Processed when queue is light
  });
  await addJob({ type: 'cleanup', data: { action: 'remove_old_logs' } });

  // High priority for user-initiated actions
  await addJob({
    type: 'image_process',
    data: uploadData,
    priority: 'high', // Processed first
  });
  await addJob({ type: 'cleanup', data: { action: 'temp_files' }, priority: 'high' });
  await addJob({ type: 'alarm', data: 'now', priority: 'urgent' });

  await site.start();
  await site.idle();
  const started = site.events.filter(({ event }) => event === 'job_started');
  const list = await Promise.all(started.map(({ jobId }) => getJobStatus(jobId)));
  const inOrder = list.filter((job) => job?.plugin === null).map((job) => job?.priority);
  expect(inOrder).toEqual(['urgent', 'high', 'normal', 'low']);
  expect(list.map(String)).toEqual(Array(5).fill('completed'));
});
