// Several processes on one database: each ended job is counted once, even if a process dies, lags or cannot write.

import type { HooksApi, JobEvent, PluginContext } from '@phraseworks/sdk';
import { definePlugin } from '@phraseworks/sdk';
import { createZone } from '@phraseworks/sdk/zone';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { manualClock } from '../../test/clock.ts';
import { migrations, type Tables } from '../tables.ts';
import { Collector } from './collector.ts';
import { createStore, type Store } from './store.ts';

/** The tables in a real database, and processes that receive the same events. */
async function open() {
  let ctx: PluginContext | undefined;
  const probe = definePlugin({
    name: 'report',
    migrations,
    init(given) {
      ctx = given as PluginContext;
    },
  });
  const jobs = await createTestJobs({ plugins: { report: { use: probe } } });
  if (!ctx) throw new Error('the plugin is not on');
  const { log } = ctx;
  const db = ctx.db.withTables<Tables>();
  const clock = manualClock();
  let number = 0;

  async function join(store: Store = createStore(db)) {
    const listeners = new Map<string, (payload: { event: JobEvent }) => unknown>();
    const addAction = ((name: string, fn: never) => listeners.set(name, fn)) as unknown as HooksApi['addAction'];
    const asked = { getJobStatus: async () => null };
    const parts = { store, zone: createZone('UTC'), clock, log, addAction, keepFigures: 400, beside: async () => {} };
    const collector = new Collector({ ...parts, ...asked });
    await collector.start();
    const hear = (event: JobEvent) => listeners.get(event.event.replace('job_', 'job:'))?.({ event });
    return { collector, hear };
  }
  type Process = Awaited<ReturnType<typeof join>>;

  const say = (processes: readonly Process[], n: number) => {
    for (let i = 0; i < n; i += 1) {
      number += 1;
      clock.advance(1);
      const base = { jobId: `j${number}`, jobType: 'work', plugin: null, attempt: 1 };
      const ended = { ...base, event: 'job_completed', status: 'completed', at: clock.iso(), duration: 50 } as const;
      for (const one of processes) one.hear(ended);
    }
  };
  const counted = async () => {
    const rows = await db.selectFrom('pwj_report_counts').select('completed').execute();
    const times = await db.selectFrom('pwj_report_times').select('n').execute();
    const sum = (list: unknown[]) => list.reduce<number>((all, value) => all + Number(value), 0);
    expect(sum(times.map(({ n }) => n))).toBe(sum(rows.map(({ completed }) => completed)));
    return sum(rows.map(({ completed }) => completed));
  };
  return { db, clock, join, say, counted, [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose]() };
}

test('three processes receive 300 jobs and count each once', async () => {
  await using site = await open();
  const processes = [await site.join(), await site.join(), await site.join()];
  for (let round = 0; round < 6; round += 1) {
    site.say(processes, 50);
    for (const { collector } of processes) await collector.flush();
  }
  expect(await site.counted()).toBe(300);
  for (const { collector } of processes) await collector.stop();
  expect(await site.counted()).toBe(300);
});

test('when the counting process is gone, another continues where it stopped', async () => {
  await using site = await open();
  const [first, second] = [await site.join(), await site.join()];
  site.say([first, second], 30);
  await first.collector.flush();
  site.say([first, second], 12);
  await second.collector.flush();
  expect(await site.counted()).toBe(30);
  // The first has died without a stop. After its time, the events it received last are not lost.
  site.clock.advance(21_000);
  await second.collector.flush();
  expect(await site.counted()).toBe(42);
});

test('a process that joins late, or leaves properly, changes nothing', async () => {
  await using site = await open();
  const first = await site.join();
  site.say([first], 10);
  await first.collector.flush();
  const late = await site.join();
  site.say([first, late], 5);
  await first.collector.stop();
  site.say([late], 5);
  await late.collector.flush();
  expect(await site.counted()).toBe(20);
});

test('a process that lags behind does not count again what the other has counted', async () => {
  await using site = await open();
  const [ahead, behind] = [await site.join(), await site.join()];
  site.say([ahead, behind], 10);
  const missed: (() => void)[] = [];
  const lagging = { collector: behind.collector, hear: (event: JobEvent) => missed.push(() => behind.hear(event)) };
  site.say([ahead, lagging as never], 40);
  await ahead.collector.flush();
  await behind.collector.flush();
  for (const hear of missed) hear();
  await behind.collector.flush();
  await ahead.collector.stop();
  await behind.collector.stop();
  expect(await site.counted()).toBe(50);
});

test('counts that cannot be written now are written later, once', async () => {
  await using site = await open();
  const real = createStore(site.db);
  let away = true;
  const store: Store = {
    ...real,
    // The second time the write arrives and its answer is lost.
    add: async (...args) => {
      if (away) throw new Error('the database is away');
      const done = await real.add(...args);
      if (args[0] === 0) throw new Error('the answer was lost');
      return done;
    },
  };
  const one = await site.join(store);
  site.say([one], 25);
  await one.collector.flush();
  expect(await site.counted()).toBe(0);
  away = false;
  await one.collector.flush();
  site.say([one], 5);
  await one.collector.flush();
  expect(await site.counted()).toBe(30);
});

test('while writing fails, memory is bounded and the oldest counts are dropped', async () => {
  await using site = await open();
  const real = createStore(site.db);
  let away = true;
  const one = await site.join({
    ...real,
    add: async (...args) => (away ? Promise.reject(new Error('away')) : real.add(...args)),
  });
  site.say([one], 25_000);
  away = false;
  await one.collector.stop();
  const kept = await site.counted();
  expect(kept).toBeGreaterThan(15_000);
  expect(kept).toBeLessThanOrEqual(20_000);
});

test('no timer runs while nothing happens, and counts are written within five seconds', async () => {
  await using site = await open();
  const one = await site.join();
  expect(site.clock.pending).toBe(0);
  site.say([one], 1);
  expect(site.clock.pending).toBe(1);
  await site.clock.elapse(5_000);
  expect(await site.counted()).toBe(1);
  expect(site.clock.pending).toBe(0);
});
