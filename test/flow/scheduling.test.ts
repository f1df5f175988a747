// "Scheduling System": the three cron jobs of the specification, and schedules that come and go at run time.

import { addJob, registerProcessor, scheduleJob, unscheduleJob } from '@phraseworks/sdk';
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { openSpecSite } from '../support/spec-site.ts';

const HOUR = 3_600_000;

test('backup, cleanup and report run on their patterns, with their data and priority', async () => {
  const monday = Date.UTC(2026, 0, 5, 0, 30);
  await using jobs = await createTestJobs({ default: true, clock: new ManualClock(monday) });
  const ran: Record<string, string[]> = { backup: [], cleanup: [], report: [] };
  const work = (type: string) => async () => {
    ran[type]?.push(new Date(jobs.clock.now()).toISOString());
  };
  for (const type of ['backup', 'cleanup', 'report']) registerProcessor(type, work(type));

  // Daily backup job
  await scheduleJob({
    schedule: '0 1 * * *',
    type: 'backup',
    data: { type: 'database', retention: '30 days' },
    priority: 'low',
  });

  // Hourly cleanup job
  await scheduleJob({ schedule: '0 * * * *', type: 'cleanup', data: { action: 'temp_files' }, priority: 'normal' });

  // Weekly report generation
  await scheduleJob({
    schedule: '0 9 * * 1',
    type: 'report',
    data: { type: 'weekly_analytics', recipients: ['admin@example.com'] },
    priority: 'normal',
  });

  await jobs.advance(9 * HOUR);
  expect(ran.backup).toEqual(['2026-01-05T01:00:00.000Z']);
  expect(ran.cleanup).toHaveLength(9);
  expect(ran.report).toEqual(['2026-01-05T09:00:00.000Z']);
  const last = (await jobs.listJobs({ type: 'backup', limit: 1 })).jobs[0];
  expect(last).toMatchObject({
    data: { type: 'database', retention: '30 days' },
    priority: 'low',
    schedule: 'backup',
    status: 'completed',
  });
  expect((await jobs.schedules.list()).map(({ name, nextRun }) => [name, nextRun])).toEqual([
    ['backup', '2026-01-06T01:00:00.000Z'],
    ['cleanup', '2026-01-05T10:00:00.000Z'],
    ['report', '2026-01-12T09:00:00.000Z'],
  ]);
});

test('a reminder scheduled at run time is sent at nine until it is unscheduled', async () => {
  await using site = await openSpecSite({ clock: new ManualClock(Date.UTC(2026, 0, 1, 8, 30)) });

  // Schedule a job dynamically
  const scheduledJob = await scheduleJob({
    name: 'user_reminder',
    schedule: '0 9 * * *', // Daily at 9 AM
    jobData: { type: 'email', data: { template: 'daily_reminder', to: 'user@example.com' } },
  });

  expect(scheduledJob).toEqual({
    name: 'user_reminder',
    schedule: '0 9 * * *',
    timezone: 'UTC',
    nextRun: '2026-01-01T09:00:00.000Z',
  });
  await site.advance(HOUR);
  expect(await site.mails()).toMatchObject([{ to: 'user@example.com', subject: 'Your daily reminder' }]);

  // Later, unschedule the job
  await unscheduleJob('user_reminder');

  site.clock.jump(24 * HOUR);
  await site.advance(60_000);
  expect(await site.mails()).toHaveLength(1);
  expect(await site.schedules.list()).toEqual([]);
  expect(await unscheduleJob('user_reminder')).toBe(false);
});

test('the same name changes a schedule, and a job added by hand runs independently', async () => {
  await using jobs = await createTestJobs({ default: true, clock: new ManualClock(Date.UTC(2026, 0, 1, 8, 30)) });
  const ran: unknown[] = [];
  registerProcessor('note', async (data) => {
    ran.push(data);
  });
  await scheduleJob({ name: 'notes', schedule: '0 9 * * *', jobData: { type: 'note', data: 'nine' } });
  await scheduleJob({ name: 'notes', schedule: '0 10 * * *', jobData: { type: 'note', data: 'ten' } });
  await addJob({ type: 'note', data: 'by hand' });
  await jobs.advance(2 * HOUR);
  expect(ran).toEqual(['by hand', 'ten']);
});

test('the next runs of an expression can be previewed before it is saved', async () => {
  await using jobs = await createTestJobs({ default: true, clock: new ManualClock(Date.UTC(2026, 0, 1, 8, 30)) });
  expect((await jobs.schedules.preview({ schedule: '0 9 1 * *', timezone: 'Europe/Berlin' })).slice(0, 2)).toEqual([
    '2026-02-01T08:00:00.000Z',
    '2026-03-01T08:00:00.000Z',
  ]);
  await expect(jobs.schedules.preview({ schedule: '0 9 31 2 *' })).rejects.toThrow('Invalid schedule');
});
