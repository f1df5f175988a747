import { executionAsyncResource } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { createTestJobs } from '../../../testing/src/create-test-jobs.ts';
import { turn } from '../../../testing/src/manual-clock.ts';

/** Node 20 copies the value of every storage that was ever used into each resource. */
const copied = async (): Promise<number> => {
  await turn(1);
  return Object.getOwnPropertySymbols(executionAsyncResource()).length;
};

test('job systems that have stopped leave nothing in the promises of their process', async () => {
  const use = async (): Promise<number> => {
    await using jobs = await createTestJobs();
    jobs.addFilter('job:add', (list) => list);
    jobs.addAction('job:completed', () => {});
    jobs.registerProcessor('x', async () => ({ success: true }));
    await jobs.addJob({ type: 'x', data: {} });
    await jobs.idle();
    return copied();
  };
  const first = await use();
  for (let n = 0; n < 3; n += 1) await use();
  expect(await copied()).toBe(first);
});
