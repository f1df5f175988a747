// A type as one value: a plugin registers it, and others add jobs of it by importing the value.
import { defineJob, definePlugin, lazy, token } from '@phraseworks/sdk';
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

test('outside of any scope, add() of a defined job uses the plugin that registered it', async () => {
  const wave = defineJob({ type: 'wave', data: z.object({ to: z.string() }), run: () => {} });
  const Waves = token<{ send(to: string): Promise<{ id: string }> }>('test/waves');
  let service: { send(to: string): Promise<{ id: string }> } | undefined;
  const waves = definePlugin({
    name: 'waves',
    provides: [Waves],
    init(ctx) {
      ctx.registerProcessor(wave);
      service = { send: (to) => wave.add({ to }) };
      ctx.provide(Waves, service);
    },
  });
  await using jobs = await createTestJobs({ plugins: { waves: { use: waves } } });
  const { id } = (await service?.send('Ada')) ?? { id: '' };
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ type: 'wave', data: { to: 'Ada' }, status: 'completed' });
  await jobs.plugins.disable('waves');
  await expect(wave.add({ to: 'Ada' })).rejects.toThrow(
    'a job of the type "wave" cannot be added, because no running plugin has registered it',
  );
  await jobs.plugins.enable('waves');
  await using _other = await createTestJobs({ plugins: { waves: { use: waves } } });
  await expect(wave.add({ to: 'Ada' })).rejects.toThrow('several job systems with this type: use ctx.add()');
});

test('data that its schema takes only before it is stored is refused when it is added or scheduled', async () => {
  const at = defineJob({ type: 'at', data: z.object({ at: z.date() }), run: () => {} });
  const later = defineJob({ type: 'later', data: z.object({ at: z.coerce.date() }), run: ({ at }) => at.getTime() });
  await using jobs = await createTestJobs();
  jobs.registerProcessor(at);
  jobs.registerProcessor(later);
  const refused = { code: 'INVALID_DATA', errors: [{ path: 'data.at' }] };
  await expect(jobs.add(at, { at: new Date(0) })).rejects.toMatchObject(refused);
  await expect(jobs.addJobs([{ type: 'at', data: { at: new Date(0) } }])).rejects.toThrow(
    '[0].data.at must be date after it was stored as JSON',
  );
  await expect(jobs.scheduleJob({ type: 'at', schedule: '0 9 * * *', data: { at: new Date(0) } })).rejects.toThrow(
    'data.at must be date',
  );
  expect(await jobs.perform(later, { at: new Date(7) })).toMatchObject({ outcome: 'completed', result: 7 });
  const [failed] = [
    await jobs.addJob({ type: 'later', data: { at: 'no date' }, maxRetries: 0 }).catch((error) => error),
  ];
  expect(failed).toMatchObject(refused);
});
