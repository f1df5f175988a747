// Adding jobs: a job is checked, given its limits and stored before the call returns.
import type { NewJob } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { maxQueueSize: 100 } });
  kit.register('plain', async () => {});
});
afterEach(() => kit.close());

const add = (job: unknown) => kit.core.queue.add(job as NewJob, { plugin: null });

test('adding a job stores the data as of the call: later changes by the caller are ignored', async () => {
  const data = { n: 1 };
  const adding = add({ type: 'plain', data });
  data.n = 2;
  expect((await adding).data).toEqual({ n: 1 });
});

test('an invalid job from a filter is refused with its field', async () => {
  await kit.close();
  kit = await openCore({ beforeAdd: async (job) => ({ ...job, priority: 'soon' as 'low', delay: 5 }) });
  await expect(add({ type: 'plain', data: {} })).rejects.toMatchObject({ errors: [{ path: 'priority' }] });
});

test('an idempotency key returns one job, in its current state, to 200 simultaneous callers', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 200 }, () => add({ type: 'plain', data: {}, idempotencyKey: 'k' })),
  );
  expect(new Set(jobs.map((job) => job.id)).size).toBe(1);
  await kit.core.startWorker();
  await kit.idle();
  expect((await add({ type: 'plain', data: {}, idempotencyKey: 'k' })).status).toBe('completed');
  await kit.stop();
});
