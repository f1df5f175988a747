// A processor that throws synchronously: its job must not end inside the call that started it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

const JOBS = 1_000;

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { maxConcurrentJobs: 1_000 } });
});
afterEach(() => kit.close());

/** As a validator throws, deep in the call stack. */
const deep = (frames: number): never => {
  if (frames > 0) return deep(frames - 1);
  throw Object.assign(new Error('refused'), { retryable: false });
};

test('thousands of such jobs fail one after the other, without nesting', async () => {
  kit.register('t', () => deep(300));
  const over = new Promise<void>((resolve) => {
    let failed = 0;
    kit.core.ledger.onCommit((events) => {
      failed += events.filter(({ event }) => event.event === 'job_failed').length;
      if (failed === JOBS) resolve();
    });
  });
  await kit.core.queue.addMany(
    Array.from({ length: JOBS }, () => ({ type: 't', data: {} })),
    { plugin: null },
  );
  await kit.core.startWorker();
  await over;
  expect(kit.core.worker.running).toHaveLength(0);
});
