// Schedules of a type that is not registered, and how often schedules of trusted code may run.

import { expect, test } from 'vitest';
import { createTestJobs } from '../../../testing/src/create-test-jobs.ts';

const about = (name: string, type: string, schedule = '0 3 * * *') => ({ name, schedule, jobData: { type, data: {} } });

test('once everything has started, each schedule of a type that nobody has is named in one warning', async () => {
  await using jobs = await createTestJobs({ start: false, schedules: [about('typo', 'wrok'), about('right', 'work')] });
  jobs.registerProcessor('work', async () => {});
  await jobs.scheduleJob(about('early', 'wrok'));
  const warnings = () => jobs.log.filter((line) => line.includes('for which no known plugin has a processor'));
  expect(warnings()).toEqual([]);
  await jobs.start();
  await expect.poll(() => warnings().length).toBe(2);
  await jobs.scheduleJob(about('late', 'wrok'));
  expect(
    warnings()
      .map((line) => /"(\w+)" adds/.exec(line)?.[1])
      .sort(),
  ).toEqual(['early', 'late', 'typo']);
});

test('trusted code may schedule a job every second, at any time', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('work', async () => {});
  await jobs.scheduleJob(about('often', 'work', '* * * * * *'));
  await jobs.schedules.change('often', { schedule: '*/2 * * * * *' });
  expect((await jobs.schedules.get('often')).schedule).toBe('*/2 * * * * *');
});
