// Adding jobs: a job is checked, given its limits and stored before the call returns.
import { JobsError, type NewJob, Veto } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

const SECRET = 'hunter2';
let kit: CoreKit;
beforeEach(async () => {
  kit = await openCore({ queue: { maxQueueSize: 100, defaultRetries: 2 } });
  kit.register(
    'email',
    async () => {},
    { data: z.object({ to: z.email(), n: z.number().max(9).optional() }), maxRetries: 7, timeout: 30_000 },
    'mail',
  );
  kit.register('plain', async () => {});
});
afterEach(() => kit.close());

const add = (job: unknown) => kit.core.queue.add(job as NewJob, { plugin: null });
async function refusal(work: Promise<unknown>): Promise<JobsError> {
  const reason = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(reason instanceof JobsError)) throw new Error('it was not refused as it should', { cause: reason });
  expect(reason.message).not.toContain(SECRET);
  expect(JSON.stringify(reason.errors)).not.toContain(SECRET);
  return reason;
}

test('adding a job stores the data as of the call: later changes by the caller are ignored', async () => {
  const data = { n: 1 };
  const adding = add({ type: 'plain', data });
  data.n = 2;
  expect((await adding).data).toEqual({ n: 1 });
});

describe('a refusal, with the field and without the value', () => {
  test('follows a veto of a filter, with its reason', async () => {
    await kit.close();
    const applyFilters = () => Promise.reject(new Veto('not on Sundays'));
    kit = await openCore({ beforeAdd: applyFilters });
    expect(await refusal(add({ type: 'plain', data: {} }))).toMatchObject({
      code: 'VETOED',
      message: 'not on Sundays',
    });
  });

  test('follows an invalid job from a filter', async () => {
    await kit.close();
    kit = await openCore({ beforeAdd: async (_name, job) => ({ ...job, priority: 'soon' as 'low', delay: 5 }) });
    expect((await refusal(add({ type: 'plain', data: {} }))).errors.map(({ path }) => path)).toEqual(['priority']);
  });
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
