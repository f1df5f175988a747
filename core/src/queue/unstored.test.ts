// Thousands of jobs that end at once. How far a worker may run ahead of the store: after a crash, jobs without a stored outcome run again.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

const JOBS = 8_000;

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { maxConcurrentJobs: 1_000 } });
});
afterEach(() => kit.close());

test('the number of unstored outcomes does not grow with the queue', async () => {
  let ran = 0;
  let stored = 0;
  let most = 0;
  kit.register('t', async () => {
    ran += 1;
    most = Math.max(most, ran - stored);
  });
  const jobs = Array.from({ length: JOBS / 2 }, () => ({ type: 't', data: {} }));
  for (let i = 0; i < 2; i += 1) await kit.core.queue.addMany(jobs, { plugin: null });
  const over = new Promise<void>((resolve) => {
    kit.core.ledger.feed.onCommit((events) => {
      stored += events.filter(({ event }) => event.event === 'job_completed').length;
      if (stored >= JOBS) resolve();
    });
  });
  await kit.core.startWorker();
  await over;
  expect([ran, stored]).toEqual([JOBS, JOBS]);
  expect(most).toBeLessThan(3_000);
});

/** As a validator throws, deep in the call stack. */
const deep = (frames: number): never => {
  if (frames > 0) return deep(frames - 1);
  throw Object.assign(new Error('refused'), { retryable: false });
};

// Its job must not end inside the call that started it.
test('a thousand jobs whose processor throws synchronously fail one after the other, without nesting', async () => {
  kit.register('t', () => deep(300));
  const over = new Promise<void>((resolve) => {
    let failed = 0;
    kit.core.ledger.feed.onCommit((events) => {
      failed += events.filter(({ event }) => event.event === 'job_failed').length;
      if (failed === 1_000) resolve();
    });
  });
  await kit.core.queue.addMany(
    Array.from({ length: 1_000 }, () => ({ type: 't', data: {} })),
    { plugin: null },
  );
  await kit.core.startWorker();
  await over;
  expect(kit.core.worker.attempts.running).toHaveLength(0);
});
