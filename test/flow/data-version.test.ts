// Jobs stored before their plugin was updated: converted, or held back with the reason until a version can read them.
import { definePlugin, type Job } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { sharedDatabase } from '../support/database.ts';

const First = z.strictObject({ name: z.string() });
const Second = z.strictObject({ first: z.string(), last: z.string() });
const split = (data: unknown) => {
  const [first, last] = First.parse(data).name.split(' ') as [string, string];
  return { first, last };
};

interface Versioned {
  data: z.ZodType;
  version?: number;
  upgrade?: (data: unknown, from: number) => unknown;
  timeout?: number;
  maxRetries?: number;
}

let database: string;
let ran: unknown[];
beforeEach(async () => {
  database = await sharedDatabase();
  ran = [];
});

const site = (options: Versioned, start = true): Promise<TestJobs> => {
  const guests = definePlugin({
    name: 'guests',
    init: (ctx) => void ctx.registerProcessor('welcome', (data: unknown) => void ran.push(data), options),
  });
  return createTestJobs({ database, start, plugins: { guests: { use: guests } } });
};

/** Adds a job under these options without running it. */
async function store(options: Versioned, data: unknown): Promise<string> {
  await using jobs = await site(options, false);
  return (await jobs.addJob({ type: 'welcome', data })).id;
}

async function settled(jobs: TestJobs, id: string): Promise<Job | null> {
  await jobs.idle();
  return jobs.getJobStatus(id);
}

test('a job stored by an earlier version runs with converted data, and its stored data is unchanged', async () => {
  const id = await store({ data: First }, { name: 'Ada Lovelace' });
  await using jobs = await site({ data: Second, version: 2, upgrade: split });
  expect(await settled(jobs, id)).toMatchObject({ status: 'completed', data: { name: 'Ada Lovelace' } });
  expect(ran).toEqual([{ first: 'Ada', last: 'Lovelace' }]);
});

const broken = {
  'is missing': undefined,
  throws: () => {
    throw new Error('no last name');
  },
  'gives data that does not fit either': () => ({ first: 'Ada' }),
};
for (const [what, upgrade] of Object.entries(broken))
  test(`jobs of a type wait with the reason if the conversion of one ${what}, and runs when a version that can read it starts`, async () => {
    const id = await store({ data: First }, { name: 'Ada Lovelace' });
    {
      await using jobs = await site({ data: Second, version: 2, ...(upgrade && { upgrade }) });
      expect(await settled(jobs, id)).toMatchObject({ status: 'parked', reason: 'data_version', attempt: 0 });
      expect((await jobs.why(id))?.why).toMatch(/stored by version 1 .* does not fit version 2: /);
      // Nothing tries it again and again.
      await jobs.advance(3_600_000);
      expect(jobs.events.filter(({ event }) => event === 'job_started')).toHaveLength(1);
    }
    await using jobs = await site({ data: Second, version: 2, upgrade: split });
    expect(await settled(jobs, id)).toMatchObject({ status: 'completed' });
    expect(ran).toEqual([{ first: 'Ada', last: 'Lovelace' }]);
  });

test('a job stored by a newer version waits for that version', async () => {
  const id = await store({ data: Second, version: 2 }, { first: 'Ada', last: 'Lovelace' });
  {
    await using jobs = await site({ data: First });
    expect(await settled(jobs, id)).toMatchObject({ status: 'parked', reason: 'data_version' });
  }
  await using jobs = await site({ data: Second, version: 2, upgrade: split });
  expect(await settled(jobs, id)).toMatchObject({ status: 'completed' });
});

test('a job added while its plugin is off gets the version and the limits that were registered last', async () => {
  const limits = { timeout: 1_234, maxRetries: 1 };
  await using jobs = await site({ data: Second, version: 2, upgrade: split, ...limits });
  await jobs.plugins.disable('guests');
  const job = await jobs.addJob({ type: 'welcome', data: { first: 'Ada', last: 'Lovelace' } });
  expect(job).toMatchObject({ status: 'parked', ...limits });
  await jobs.plugins.enable('guests');
  expect(await settled(jobs, job.id)).toMatchObject({ status: 'completed' });
});

test('a retry with new data gets the current version', async () => {
  const id = await store({ data: First }, { name: 'Ada' });
  await using jobs = await site({ data: Second, version: 2, upgrade: split });
  await settled(jobs, id);
  await jobs.cancelJob(id);
  await jobs.retryJob(id, { data: { first: 'Ada', last: 'Lovelace' } });
  expect(await settled(jobs, id)).toMatchObject({ status: 'completed' });
});

test('a version that is not a whole number is refused, and so is a conversion without a version', async () => {
  await expect(site({ data: First, version: 1.5 })).rejects.toThrow('version must be a whole number');
  await expect(site({ data: First, upgrade: split })).rejects.toThrow('upgrade must be beside a version');
});

test('the runs of a schedule from before an update of its type run with converted data', async () => {
  await using before = await site({ data: First }, false);
  await before.scheduleJob({
    name: 'often',
    schedule: '*/5 * * * *',
    jobData: { type: 'welcome', data: { name: 'Ada Lovelace' } },
  });
  await before[Symbol.asyncDispose]();
  await using jobs = await site({ data: Second, version: 2, upgrade: split });
  await jobs.advance(300_000);
  await jobs.idle();
  await jobs.schedules.change('often', { schedule: '*/10 * * * *' });
  await jobs.schedules.run('often');
  await jobs.idle();
  expect(ran).toEqual([
    { first: 'Ada', last: 'Lovelace' },
    { first: 'Ada', last: 'Lovelace' },
  ]);
});

test('a schedule declared before its type is registered has data of the current version', async () => {
  const guests = definePlugin({
    name: 'guests',
    init: async (ctx) => {
      await ctx.scheduleJob({ schedule: '0 4 * * *', type: 'welcome', data: { first: 'Ada', last: 'Lovelace' } });
      const options = { data: Second, version: 2, upgrade: split };
      ctx.registerProcessor('welcome', (data: unknown) => void ran.push(data), options);
    },
  });
  await using jobs = await createTestJobs({ database, plugins: { guests: { use: guests } } });
  await jobs.advance(4 * 3_600_000 + 60_000);
  await jobs.idle();
  expect(ran).toEqual([{ first: 'Ada', last: 'Lovelace' }]);
});
