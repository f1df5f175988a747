// "Best Practices": validation, resources, progress and priorities, as the specification advises them.
import { access, mkdir, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addJob, getJobStatus, type Processor, registerProcessor, updateJobProgress } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { openSpecSite } from '../support/spec-site.ts';

const isValidEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text);

const validateEmailJobData = (data: Record<string, string>) => {
  const required = ['to', 'subject', 'template'];
  for (const field of required) {
    if (!data[field]) {
      throw new Error(`Missing required field: ${field}`);
    }
  }

  if (!isValidEmail(data.to ?? '')) {
    throw new Error('Invalid email address');
  }
};

test.each([
  [{ to: 'a@example.com', template: 'welcome' }, 'Missing required field: subject'],
  [{ to: 'nobody', subject: 'Hi', template: 'welcome' }, 'Invalid email address'],
])('a processor that validates its data fails the job with its own message: %j', async (data, message) => {
  await using jobs = await createTestJobs({ default: true });
  registerProcessor('checked', async (jobData) => validateEmailJobData(jobData));
  const { id } = await addJob({ type: 'checked', data, maxRetries: 0 });
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({ status: 'failed', error: message });
});

test('the email type validates its data when added, and names the field', async () => {
  await using site = await openSpecSite();
  const noTemplate = addJob({ type: 'email', data: { to: 'a@example.com', subject: 'Hi' } });
  await expect(noTemplate).rejects.toThrow('data needs a template, html or text');
  const nobody = addJob({ type: 'email', data: { to: 'nobody', template: 'welcome' } });
  await expect(nobody).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'data.to' }] });
  expect((await site.listJobs()).jobs).toEqual([]);
});

test('temporary files are gone after a success, a failure and a cancel', async () => {
  const folder = await temporaryFolder();
  await using jobs = await createTestJobs({ default: true });
  let files = 0;
  let reached = (): void => {};
  const waits = new Promise<void>((resolve) => (reached = resolve));
  const createTempFile = async (): Promise<string> => {
    files += 1;
    const path = join(folder, `temp-${files}`);
    await writeFile(path, 'x');
    return path;
  };

  const processImageJob: Processor = async (jobData, _jobId, _attempt, job) => {
    const tempFiles: string[] = [];

    try {
      // Track temporary resources
      const tempFile = await createTempFile();
      tempFiles.push(tempFile);

      // Process image...
      await access(tempFile);
      if (jobData === 'fails') throw new Error('the image is broken');
      if (jobData === 'waits') {
        await new Promise((_, reject) => {
          job.signal.addEventListener('abort', reject);
          reached();
        });
      }
    } finally {
      // Always cleanup resources
      for (const file of tempFiles) {
        await unlink(file).catch(() => {}); // Ignore cleanup errors
      }
    }
  };

  registerProcessor('temporary', processImageJob);
  const good = await addJob({ type: 'temporary', data: 'good' });
  const bad = await addJob({ type: 'temporary', data: 'fails', maxRetries: 0 });
  await jobs.idle();
  const waiting = await addJob({ type: 'temporary', data: 'waits' });
  await waits;
  await jobs.cancelJob(waiting.id);
  await jobs.idle();

  expect([await getJobStatus(good.id), await getJobStatus(bad.id), await getJobStatus(waiting.id)].map(String)).toEqual(
    ['completed', 'failed', 'cancelled'],
  );
  expect([files, await readdir(folder)]).toEqual([3, []]);
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
  await addJob({ type: 'cleanup', data: { action: 'old_jobs' }, priority: 'high' });
  await addJob({ type: 'alarm', data: 'now', priority: 'urgent' });

  await site.start();
  await site.idle();
  const started = site.events.filter(({ event }) => event === 'job_started');
  const list = await Promise.all(started.map(({ jobId }) => getJobStatus(jobId)));
  const inOrder = list.filter((job) => job?.lane === 'app').map((job) => job?.priority);
  expect(inOrder).toEqual(['urgent', 'high', 'normal', 'low']);
  expect(list.map(String)).toEqual(Array(5).fill('completed'));
});
