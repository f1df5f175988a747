// "Job Types": the three jobs of the specification, unchanged.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addJob, getJobStatus, type NewJob, registerProcessor, type Schedule, scheduleJob } from '@phraseworks/sdk';
import { ManualClock } from '@phraseworks/testing';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

test('the email job is sent from its template and can be read in the mailbox', async () => {
  await using site = await openSpecSite();

  // Creating an email job
  const emailJob = {
    type: 'email',
    data: {
      to: 'user@example.com',
      subject: 'Welcome to PhraseWorks',
      template: 'welcome',
      variables: { userName: 'John Doe' },
    },
    priority: 'normal',
    maxRetries: 3,
  } satisfies NewJob;

  const { id } = await addJob(emailJob);

  await site.idle();
  expect(await getJobStatus(id)).toMatchObject({
    status: 'completed',
    priority: 'normal',
    maxRetries: 3,
    message: 'Email sent to user@example.com',
  });
  expect(await site.mails()).toMatchObject([{ to: 'user@example.com', subject: 'Welcome to PhraseWorks' }]);
});

test('the image job fetches, resizes, optimizes, converts and saves the picture', async () => {
  await using site = await openSpecSite();

  // Creating an image processing job
  const imageJob = {
    type: 'image_process',
    data: {
      sourceUrl: site.pictures.url,
      operations: [
        { type: 'resize', width: 800, height: 600 },
        { type: 'optimize', quality: 85 },
        { type: 'format', format: 'webp' },
      ],
      outputPath: '/uploads/processed/image.webp',
    },
    priority: 'high',
  } satisfies NewJob;

  const { id } = await addJob(imageJob);

  await site.idle();
  const bytes = await readFile(join(site.root, 'uploads/processed/image.webp'));
  expect(await getJobStatus(id)).toMatchObject({
    error: null,
    status: 'completed',
    priority: 'high',
    result: { outputPath: '/uploads/processed/image.webp', fileSize: bytes.length },
  });
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 800, height: 600 });
});

test('the scheduled job runs with its data at two every night', async () => {
  await using site = await openSpecSite({ clock: new ManualClock(Date.UTC(2026, 0, 1, 1, 30)) });
  const cleaned: unknown[] = [];
  registerProcessor('cleanup', async (data) => {
    cleaned.push(data);
  });

  // Scheduled cleanup job
  const cleanupJob = {
    type: 'cleanup',
    schedule: '0 2 * * *', // Daily at 2 AM
    data: { action: 'remove_old_logs', olderThan: '30 days' },
  } satisfies Schedule;

  const scheduled = await scheduleJob(cleanupJob);

  expect(scheduled).toMatchObject({ name: 'cleanup', schedule: '0 2 * * *', nextRun: '2026-01-01T02:00:00.000Z' });
  await site.advance(3_600_000);
  expect(cleaned).toEqual([{ action: 'remove_old_logs', olderThan: '30 days' }]);
  const added = site.events.filter(({ event }) => event === 'job_added');
  expect(added.map(({ at }) => at.slice(8, 16))).toEqual(['01T02:00']);
  expect((await site.schedules.list())[0]?.nextRun).toBe('2026-01-02T02:00:00.000Z');
});
