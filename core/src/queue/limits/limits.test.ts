// Limits over all processes: how many jobs run, how many start, and in which order.
import { join } from 'node:path';
import type { Processor, ProcessorOptions } from '@phraseworks/sdk';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { ManualClock } from '../../../../testing/src/manual-clock.ts';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

const kits: CoreKit[] = [];
let isOver = false;
const ends: (() => void)[] = [];
afterEach(async () => {
  isOver = true;
  for (const end of ends.splice(0)) end();
  for (const kit of kits.splice(0)) await kit.close();
  isOver = false;
});

interface Run {
  n: number;
  end: (how?: Error) => void;
}

/** Processes on one database, with one clock, whose jobs end when the test says so. */
async function open(options: ProcessorOptions, { processes = 1, slots = 50 } = {}) {
  const clock = new ManualClock();
  const path = join(await temporaryFolder(), 'jobs.db');
  const runs: Run[] = [];
  const processor: Processor = ({ n }: { n: number }) =>
    new Promise<void>((resolve, reject) => {
      runs.push({ n, end: (how) => (how ? reject(how) : resolve()) });
      ends.push(resolve);
      if (isOver) resolve();
    });
  const own: CoreKit[] = [];
  for (let i = 0; i < processes; i += 1) {
    const kit = await openCore({ ...(processes > 1 ? { path } : {}), clock, queue: { maxConcurrentJobs: slots } });
    kits.push(kit);
    own.push(kit);
    kit.register('t', processor, options);
    await kit.core.startWorker();
    kit.core.startListening();
  }
  const kit = own[0] as CoreKit;
  /** In small steps: a claimed job of a rate has to begin soon. */
  const pass = async (ms: number) => {
    for (let left = ms; ; left -= 100) {
      for (let i = 0; i < 3; i += 1) for (const one of own) await one.idle();
      if (left <= 0) return;
      await clock.advance(Math.min(left, 100));
    }
  };
  const add = (n: number, more: object = {}, data: object = {}) =>
    kit.core.queue.add({ type: 't', data: { n, tenant: 'a', ...data }, ...more }, { plugin: null });
  const began = () => runs.map(({ n }) => n);
  return { kit, pass, runs, add, began };
}

test('jobs of a type with a concurrency run only as many at once, over two processes', async () => {
  const { runs, add, pass, began } = await open({ limit: { concurrency: 3 } }, { processes: 2 });
  for (let n = 0; n < 8; n += 1) await add(n);
  await pass(2_000);
  expect(began()).toEqual([0, 1, 2]);
  runs[1]?.end();
  await pass(2_000);
  expect(began()).toEqual([0, 1, 2, 3]);
});

test('of a rate, no more jobs start in any window, and the next when it is over', async () => {
  const { runs, add, pass, began } = await open({ limit: { rate: { n: 2, per: '10 seconds' } } }, { processes: 2 });
  for (let n = 0; n < 5; n += 1) await add(n);
  await pass(1_000);
  expect(began()).toEqual([0, 1]);
  for (const run of runs) run.end();
  await pass(8_900);
  expect(began()).toEqual([0, 1]);
  await pass(500);
  expect(began()).toEqual([0, 1, 2, 3]);
  await pass(9_000);
  expect(began()).toHaveLength(4);
  await pass(2_000);
  expect(began()).toHaveLength(5);
});

test('with `by`, jobs over the number are blocked, and the end of one readies the next of its value', async () => {
  const { kit, runs, add, pass, began } = await open({ limit: { concurrency: 2, by: 'tenant' } });
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) ids.push((await add(n)).id);
  await add(9, {}, { tenant: 'b' });
  await pass(100);
  expect(began().sort()).toEqual([0, 1, 9]);
  expect((await kit.row(ids[3] as string)).state).toBe('blocked');
  expect((await kit.row(ids[3] as string)).reason).toBe('limit');
  runs.find(({ n }) => n === 0)?.end();
  await pass(100);
  expect(began().sort()).toEqual([0, 1, 2, 9]);
});

test('values take turns, although one of them was first with many jobs', async () => {
  const { add, runs, pass, began } = await open({ limit: { concurrency: 5, by: 'tenant' } }, { slots: 1 });
  for (let n = 0; n < 20; n += 1) await add(n);
  await add(100, {}, { tenant: 'b' });
  await add(200, {}, { tenant: 'c' });
  for (let i = 0; i < 4; i += 1) {
    await pass(50);
    runs.at(-1)?.end();
  }
  expect(began().slice(0, 4)).toEqual([0, 100, 200, 1]);
});

test('a job that closes its limit returns without using up an attempt, and all wait until then', async () => {
  const clock = new ManualClock();
  const kit = await openCore({ clock });
  kits.push(kit);
  const began: [string, number][] = [];
  let isClosed = true;
  for (const [type, limit] of [
    ['plain', undefined],
    ['limited', { concurrency: 2 }],
    ['by', { concurrency: 1, by: 'tenant' }],
  ] as const)
    kit.register(
      type,
      ((_data: unknown, _id: string, attempt: number, job: { limited: (ms: number) => never }) => {
        began.push([type, attempt]);
        if (isClosed) job.limited(5_000);
      }) as unknown as Processor,
      limit ? { limit, maxRetries: 0 } : { maxRetries: 0 },
    );
  await kit.core.startWorker();
  const ids: string[] = [];
  for (const type of ['plain', 'limited', 'by']) {
    ids.push(await kit.add({ type, data: { tenant: 'a' } }));
    await clock.advance(100);
    await kit.add({ type, data: { tenant: 'a' } });
  }
  await clock.advance(100);
  expect(began).toEqual([
    ['plain', 1],
    ['limited', 1],
    ['by', 1],
  ]);
  isClosed = false;
  await clock.advance(4_000);
  expect(began).toHaveLength(3);
  await clock.advance(2_000);
  expect(began).toHaveLength(9);
  expect(began.every(([, attempt]) => attempt === 1)).toBe(true);
  for (const id of ids) expect(await kit.state(id)).toBe('completed');
});
