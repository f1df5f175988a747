// Two processes that share a lane but not its types: each runs its own jobs and leaves the other's alone.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let folder: string;
/** Runs `x`. */
let a: CoreKit;
/** Runs `y`, one at a time; its first job runs until the test ends it. */
let b: CoreKit;
let ran: unknown[];
let end: () => void;
beforeEach(async () => {
  folder = await temporaryFolder();
  const path = join(folder, 'jobs.db');
  ran = [];
  // Sweeps and heartbeats happen only if a test moves the clock that far.
  a = await openCore({ path, queue: { sweepInterval: 1_000_000 } });
  b = await openCore({ path, queue: { sweepInterval: 1_000_000, maxConcurrentJobs: 1 } });
  a.register('x', async (data) => void ran.push(data), { lane: 'shared' });
  b.register(
    'y',
    async (data) => {
      if (data === 'first') await new Promise<void>((resolve) => (end = resolve));
      ran.push(data);
    },
    { lane: 'shared' },
  );
  await a.core.startWorker();
  await b.core.startWorker();
  await b.add({ type: 'y', data: 'first' });
  await b.idle();
});
afterEach(async () => {
  await a.close();
  await b.close();
});

/** The number of claims of a job. */
const claims = async (id: string): Promise<number> => (await a.row(id)).run;
const look = async (kit: CoreKit): Promise<void> => {
  kit.core.writes.requestClaim();
  await kit.idle();
};

test('a job that only the other process can run is released unchanged: still ready, no attempt, no history', async () => {
  const id = await b.add({ type: 'y', data: 'second' });
  await look(a);
  expect(await a.row(id)).toMatchObject({ state: 'ready', lane: 'shared', attempt: 0, run: 1, reason: null });
  expect([await a.core.reads.history(id), await a.core.reads.attempts(id)]).toEqual([[], []]);
  end();
  await b.idle();
  expect([ran, await b.state(id)]).toEqual([['first', 'second'], 'completed']);
});

test('the lane is tried again after pauses that grow to half a minute', async () => {
  const id = await b.add({ type: 'y', data: 'second' });
  await look(a);
  const counts: number[] = [];
  const both = async (ms: number) => {
    // They see each other as live only while their clocks move together.
    for (let left = ms; left > 0; left -= 1_000) {
      await b.clock.advance(Math.min(left, 1_000));
      await a.clock.advance(Math.min(left, 1_000));
    }
    counts.push(await claims(id));
  };
  for (const ms of [999, 1, 1_999, 1, 4_000, 8_000, 16_000, 29_999, 1, 29_999, 1]) await both(ms);
  expect(counts).toEqual([1, 2, 2, 3, 4, 5, 6, 6, 7, 7, 8]);
});

test('its own jobs in that lane run after the pause, and the next pause is short again', async () => {
  const id = await b.add({ type: 'y', data: 'second' });
  await look(a);
  await a.clock.advance(1_000);
  await a.add({ type: 'x', data: 'mine' });
  await a.idle();
  expect([ran, await claims(id)]).toEqual([[], 2]);
  await a.clock.advance(2_000);
  expect([ran, await claims(id)]).toEqual([['mine'], 3]);
  await a.clock.advance(999);
  expect(await claims(id)).toBe(3);
  await a.clock.advance(1);
  expect(await claims(id)).toBe(4);
});

test('a job is parked if no live process can run it, and returns when one can', async () => {
  const id = await b.add({ type: 'y', data: 'second' });
  await a.clock.advance(30_001);
  await look(a);
  expect(await a.row(id)).toMatchObject({ state: 'parked', reason: 'no_processor', attempt: 0 });
  await b.clock.advance(30_001);
  await b.core.sweep();
  expect(await b.row(id)).toMatchObject({ state: 'ready', lane: 'shared' });
  await a.clock.advance(1_000);
  await look(a);
  expect((await a.row(id)).state).toBe('ready');
});

test('neither process moves jobs from a lane that the other serves, even if it would use another lane', async () => {
  b.register('z', async () => {}, { lane: 'old' });
  a.register('z', async () => {}, { lane: 'new' });
  await b.core.startWorker();
  const id = await b.add({ type: 'z', data: 1 });
  await a.core.stranded.reconcile();
  expect(await a.row(id)).toMatchObject({ state: 'ready', lane: 'old' });
});
