// A plugin with `onJobs: 'cancel'`: switching it off cancels the jobs that wait then, once. Later ones wait for it.
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sharedDatabase } from '../support/database.ts';

const shop = definePlugin({
  name: 'shop',
  onJobs: 'cancel',
  config: z.object({ pace: z.number().default(1) }),
  init(ctx) {
    ctx.registerProcessor('order', async () => {});
  },
});
const later = { type: 'order', data: {}, delay: 3_600_000 };

test('jobs that are added while it is off wait until it is enabled, whatever else is done to it meanwhile', async () => {
  await using jobs = await createTestJobs({ plugins: { shop: { use: shop } } });
  const before = await jobs.addJob(later);
  await jobs.plugins.disable('shop');
  await jobs.advance(1_000);
  const meanwhile = await jobs.addJob(later);
  const status = async ({ id }: { id: string }) => (await jobs.getJobStatus(id))?.status;
  expect([await status(before), await status(meanwhile)]).toEqual(['cancelled', 'parked']);
  await jobs.plugins.disable('shop');
  await jobs.plugins.configure('shop', { pace: 2 });
  await jobs.plugins.disable('shop');
  expect(await status(meanwhile)).toBe('parked');
  await jobs.plugins.enable('shop');
  expect(await status(meanwhile)).toBe('pending');
  await jobs.plugins.disable('shop');
  expect(await status(meanwhile)).toBe('cancelled');
});

test('another process that hears of it later leaves the jobs that were added since', async () => {
  const database = await sharedDatabase();
  const open = () => createTestJobs({ database, plugins: { shop: { use: shop } }, queue: { pollInterval: 1_000 } });
  await using here = await open();
  await using there = await open();
  await there.advance(60_000);
  await here.advance(60_000);
  await here.plugins.disable('shop');
  await here.advance(1_000);
  const { id } = await here.addJob(later);
  await there.advance(10_000);
  await expect.poll(async () => (await there.plugins.list())[0]?.state).toBe('off');
  expect(await there.getJobStatus(id)).toMatchObject({ status: 'parked' });
});
