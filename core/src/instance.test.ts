// Start and stop of an instance, in every order that a host may call them.
import { join } from 'node:path';
import { definePlugin } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../test/support/folder.ts';
import { ManualClock } from '../../testing/src/manual-clock.ts';
import { type Assembled, assemble } from './create-jobs.ts';
import { systemRandom } from './kernel/clock.ts';
import { createLogger } from './kernel/logger.ts';

const log = createLogger('error', () => {});
let clock: ManualClock;
let jobs: Assembled;
beforeEach(async () => {
  clock = new ManualClock();
  jobs = await assemble({ database: 'sqlite::memory:', log }, { clock, random: systemRandom, env: {} });
});
afterEach(() => jobs.stop({ timeout: 0 }));

test('a second start changes nothing', async () => {
  await jobs.start();
  const timers = clock.pending;
  await jobs.start();
  expect([clock.pending, jobs.info().running]).toEqual([timers, true]);
});

test('a stop during the start leaves nothing running', async () => {
  const started = jobs.start();
  await jobs.stop({ timeout: 0 });
  await started;
  expect([clock.pending, jobs.info().running]).toEqual([0, false]);
});

test('without a role it starts no plugin, is not listed and stores nothing by itself; a start then starts its plugins', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const nightly = { schedule: '0 1 * * *', type: 'sum', data: {} };
  let starts = 0;
  const plugin = definePlugin({
    name: 'sums',
    async init(ctx) {
      starts += 1;
      ctx.registerProcessor('sum', () => {}, { data: z.object({ n: z.number() }) });
      await ctx.scheduleJob({ ...nightly, name: 'nightly', data: { n: 1 } });
    },
  });
  await using script = await assemble(
    { database, plugins: { sums: { use: plugin } }, schedules: [{ ...nightly, name: 'own' }], roles: [], log },
    { clock, random: systemRandom, env: {} },
  );
  await script.addJob({ type: 'sum', data: {} });
  expect([starts, await script.nodes(), await script.schedules.list()]).toEqual([0, [], []]);
  await script.start();
  await expect(script.addJob({ type: 'sum', data: {} })).rejects.toMatchObject({ code: 'INVALID_DATA' });
  await clock.advance(86_400_000);
  expect([starts, await script.nodes(), await script.schedules.list()]).toEqual([1, [], []]);
  expect((await script.listJobs()).jobs).toMatchObject([{ status: 'pending' }]);
});

test('a stop ends within its timeout, whatever a processor and a plugin do: the job is back in the queue', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const plugin = definePlugin({ name: 'deaf', init: (ctx) => ctx.onDisable(() => new Promise<void>(() => {})) });
  const around = { clock, random: systemRandom, env: {} };
  const site = await assemble({ database, plugins: { deaf: { use: plugin } }, log }, around);
  let begun: () => void = () => {};
  const running = new Promise<void>((resolve) => (begun = resolve));
  site.registerProcessor('t', () => {
    begun();
    return new Promise(() => {});
  });
  await site.start();
  const { id } = await site.addJob({ type: 't', data: {} });
  await running;
  let isOver = false;
  const stopped = site.stop({ timeout: 8_000 }).then(() => (isOver = true));
  await clock.advance(6_999);
  expect(isOver).toBe(false);
  await clock.advance(1_001);
  await stopped;
  await using later = await assemble({ database, roles: [], log }, around);
  expect(await later.getJobStatus(id)).toMatchObject({ status: 'parked', attempt: 0 });
});

test('a stopped instance cannot be started again', async () => {
  await jobs.stop({ timeout: 0 });
  await expect(jobs.start()).rejects.toMatchObject({ code: 'INVALID_STATE' });
  expect(clock.pending).toBe(0);
});
