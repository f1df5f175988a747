// Slots: which jobs get one, in which order, and how a worker stops.
import type { Processor } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
let started: string[];
beforeEach(async () => {
  started = [];
  kit = await openCore({ queue: { maxConcurrentJobs: 2 } });
});
afterEach(() => kit.close());

const quick: Processor = async (data) => {
  started.push(data);
};

describe('which job gets a slot', () => {
  test('a type keeps to its limit even if its jobs are short enough to prefetch', async () => {
    let now = 0;
    let most = 0;
    const counted: Processor = async () => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
    };
    kit.register('limited', counted, { concurrency: 1 }, 'shop');
    await kit.core.queue.addMany(
      Array.from({ length: 500 }, () => ({ type: 'limited', data: {} })),
      { plugin: null },
    );
    await kit.core.startWorker();
    while (kit.events.filter((event) => event.event === 'job_completed').length < 500) await kit.idle();
    expect(most).toBe(1);
  });
});

describe('a worker that stops', () => {
  test('stores the success of a job that finished after its signal', async () => {
    kit.register('t', async (_data, _id, _attempt, job) => {
      await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
      return { success: true, result: 'done all the same' };
    });
    await kit.core.startWorker();
    const id = await kit.add({ type: 't', data: 1 });
    await kit.idle();
    await kit.stop();
    expect(await kit.row(id)).toMatchObject({ state: 'completed', attempt: 1 });
  });

  test('does not wait forever for a job that ignores its signal: the job is released within the timeout and counted as stuck', async () => {
    kit.register('t', () => new Promise(() => {}));
    await kit.core.startWorker();
    const id = await kit.add({ type: 't', data: 1 });
    await kit.idle();
    let isOver = false;
    const stopped = kit.core.stopWorker(1_000).then(() => (isOver = true));
    await kit.clock.advance(749);
    expect(isOver).toBe(false);
    await kit.clock.advance(1);
    await stopped;
    expect([await kit.state(id), await kit.core.peers.stuck()]).toEqual(['ready', 1]);
  });

  test('finishes stopping even if the site keeps adding jobs', async () => {
    kit.register('t', quick);
    await kit.core.startWorker();
    let over = false;
    const visitor = async () => {
      while (!over) await kit.add({ type: 't', data: 1 });
    };
    const visitors = Array.from({ length: 600 }, visitor);
    const twentyMore = async () => {
      for (let n = 0; n < 20; n += 1) await kit.add({ type: 't', data: 1 });
    };
    await kit.next('job_completed');
    const stopped = kit.core.stopWorker(1_000).then(() => 'stopped');
    const first = await Promise.race([stopped, twentyMore().then(() => 'still waiting')]);
    over = true;
    await Promise.all(visitors);
    expect(first).toBe('stopped');
  });
});

describe('a processor that is disposed', () => {
  test('gives back what it runs, though it ignores its signal: no attempt is spent, and it cannot settle the job later', async () => {
    let late: () => void = () => {};
    const dispose = kit.register('t', (_data, _id, _attempt, job) => {
      job.signal.addEventListener('abort', () => started.push(job.signal.reason.why));
      return new Promise<void>((resolve) => (late = resolve));
    });
    await kit.core.startWorker();
    const id = await kit.add({ type: 't', data: 1 });
    await kit.idle();
    await dispose();
    expect(started).toEqual(['disabled']);
    await kit.clock.advance(250);
    expect(await kit.row(id)).toMatchObject({ state: 'ready', attempt: 0, lease_until: null });
    kit.register('t', async () => ({ success: true, result: 'the new one' }));
    await kit.idle();
    late();
    await kit.idle();
    expect(await kit.row(id)).toMatchObject({ state: 'completed', attempt: 1, result: '"the new one"' });
  });

  test('keeps the slots and jobs of other types as they are', async () => {
    let end: () => void = () => {};
    const dispose = kit.register('gone', quick);
    kit.register('t', () => new Promise<void>((resolve) => (end = resolve)));
    await kit.core.startWorker();
    const id = await kit.add({ type: 't', data: 1 });
    await kit.idle();
    await dispose();
    await kit.clock.advance(1_000);
    expect(await kit.state(id)).toBe('processing');
    end();
    await kit.idle();
    expect(await kit.state(id)).toBe('completed');
  });
});
