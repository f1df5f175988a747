// Schedules of the configuration: saved at each start, and removed when the configuration no longer has them.
import { expect, test } from 'vitest';
import { sharedDatabase } from '../../../test/support/database.ts';
import { testDatabase } from '../../../testing/src/test-database.ts';
import type { JobsOptions } from '../create-jobs.ts';
import { createJobs } from '../create-jobs.ts';

const site = (database: string, schedules: JobsOptions['schedules']) =>
  createJobs({ database, logLevel: 'error', ...(schedules ? { schedules } : {}) });

const NIGHTLY = { name: 'nightly', schedule: '0 1 * * *', jobData: { type: 't', data: {}, priority: 'low' as const } };

test('exist after the start, are removed by a start without them, and leave other schedules alone', async () => {
  const database = await sharedDatabase();
  const first = await site(database, [NIGHTLY, { type: 'u', schedule: '0 * * * *', data: {} }]);
  await first.scheduleJob({ name: 'by_hand', schedule: '0 9 * * 1', jobData: { type: 't', data: {} } });
  const namesOf = async (jobs: typeof first) => (await jobs.schedules.list()).map(({ name }) => name).sort();
  expect(await namesOf(first)).toEqual(['by_hand', 'nightly', 'u']);
  await first.stop();
  const second = await site(database, [NIGHTLY]);
  expect(await namesOf(second)).toEqual(['by_hand', 'nightly']);
  await second.stop();
  const third = await site(database, undefined);
  expect(await namesOf(third)).toEqual(['by_hand']);
  await third.stop();
});

test('all mistakes are listed at once, by their position', async () => {
  const wrong = [NIGHTLY, { ...NIGHTLY, schedule: '61 * * * *' }, { schedule: '0 1 * * *' }];
  await expect(site(await testDatabase(), wrong as never)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringMatching(/schedules\[1\]\.schedule .*schedules\[2\]\.name /),
  });
  await expect(site(await testDatabase(), [NIGHTLY, NIGHTLY])).rejects.toMatchObject({
    message: expect.stringContaining('schedules[1].name is a duplicate'),
  });
});
