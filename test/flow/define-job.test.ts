// A type as one value: a plugin registers it, and others add jobs of it by importing the value.
import { defineJob, definePlugin, lazy } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const greet = defineJob({
  type: 'greet',
  data: z.object({ name: z.string(), times: z.coerce.number().default(1) }),
  result: z.object({ text: z.string() }),
  maxRetries: 0,
  summary: ({ name }) => `to ${name}`,
  run: ({ name, times }) => ({ success: true, result: { text: `${'Hello '.repeat(times)}${name}` } }),
});
const loud = defineJob({ type: 'loud', run: lazy(async () => ({ default: ({ name }) => name.toUpperCase() })) });

const greeter = definePlugin({
  name: 'greeter',
  init(ctx) {
    ctx.registerProcessor(greet);
    ctx.registerProcessor(loud);
    ctx.routes.post('/', async (c) => c.json(await greet.add({ name: 'Route' }, { priority: 'high' })));
  },
});
const other = definePlugin({
  name: 'other',
  init(ctx) {
    ctx.onReady(async () => void (await ctx.add(greet, { name: 'Ada', times: '2' }, { idempotencyKey: 'once' })));
  },
});
const plugins = { greeter: { use: greeter }, other: { use: other } };

test('a defined job runs with the output of its schema, whether the host, a plugin or HTTP adds it', async () => {
  await using jobs = await createTestJobs({ plugins });
  const route = await jobs.request('/plugins/greeter', { method: 'POST' });
  expect(await route.json()).toMatchObject({ type: 'greet', plugin: 'greeter', priority: 'high', maxRetries: 0 });
  const { id } = await jobs.add(loud, { name: 'host' }, { delay: 1_000 });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending', type: 'loud' });
  await jobs.advance(1_000);
  const { jobs: all } = await jobs.listJobs();
  expect(all.map(({ summary, result }) => [summary, result])).toEqual([
    [null, 'HOST'],
    ['to Route', { text: 'Hello Route' }],
    ['to Ada', { text: 'Hello Hello Ada' }],
  ]);
  expect(all.filter(greet.is).map(({ result }) => result?.text.length)).toEqual([11, 15]);
});

test('its data is validated like that of any job, and it is parked while its plugin is off', async () => {
  await using jobs = await createTestJobs({ plugins });
  await expect(jobs.add(greet, { name: 3 as never })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.name' }],
  });
  await jobs.plugins.disable('greeter');
  const { id } = await jobs.add(greet, { name: 'Ada' });
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'parked', reason: 'plugin_disabled' });
});
