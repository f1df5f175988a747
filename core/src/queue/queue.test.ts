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
const addMany = (jobs: unknown) => kit.core.queue.addMany(jobs as NewJob[], { plugin: null });
const total = async () => (await kit.core.reads.list({ limit: 200 })).records.length;
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

describe('adding a job', () => {
  test('stores the data as of the call: later changes by the caller are ignored', async () => {
    const data = { n: 1 };
    const adding = add({ type: 'plain', data });
    data.n = 2;
    expect((await adding).data).toEqual({ n: 1 });
  });
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

describe('adding many jobs', () => {
  test('stores them together, in order', async () => {
    const jobs = await addMany([
      { type: 'plain', data: 1 },
      { type: 'plain', data: 2, delay: 5 },
      { type: 'unknown', data: 3 },
    ]);
    expect(jobs.map((job) => [job.data, job.status])).toEqual([
      [1, 'pending'],
      [2, 'pending'],
      [3, 'parked'],
    ]);
    expect(jobs.map((job) => job.id).toSorted()).toEqual(jobs.map((job) => job.id));
    expect(await addMany([])).toEqual([]);
  });

  test.each([[null], [{}], ['x'], [{ length: 5 }]])('needs a list: %j is refused', async (jobs) => {
    expect((await refusal(addMany(jobs))).errors).toEqual([
      { path: 'jobs', message: 'must be an array of at most 10000 jobs' },
    ]);
  });

  test('accepts all or none if the queue is nearly full', async () => {
    const list = (n: number) => Array.from({ length: n }, () => ({ type: 'plain', data: {} }));
    await addMany(list(60));
    expect((await refusal(addMany(list(41)))).code).toBe('QUEUE_FULL');
    await addMany(list(40));
    expect((await refusal(addMany(list(10_001)))).code).toBe('INVALID_DATA');
  });

  test('returns the stored jobs for known idempotency keys', async () => {
    const first = await add({ type: 'plain', data: { a: 1 }, idempotencyKey: 'k' });
    const jobs = await addMany([
      { type: 'plain', data: {} },
      { type: 'plain', data: { a: 1 }, idempotencyKey: 'k' },
      { type: 'plain', data: 1, idempotencyKey: 'l' },
      { type: 'plain', data: 1, idempotencyKey: 'l' },
    ]);
    expect(jobs.map((job) => job.id)).toEqual([jobs[0]?.id, first.id, jobs[2]?.id, jobs[2]?.id]);
    for (const job of jobs) expect(await kit.core.reads.get(job.id)).not.toBeNull();
    expect(await total()).toBe(3);
    expect(
      (
        await refusal(
          addMany([
            { type: 'plain', data: 9 },
            { type: 'plain', data: 2, idempotencyKey: 'l' },
          ]),
        )
      ).errors,
    ).toMatchObject([{ path: '[1].idempotencyKey' }]);
    expect(await total()).toBe(3);
  });
});

describe('an idempotency key', () => {
  test('returns one job, in its current state, to 200 simultaneous callers', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 200 }, () => add({ type: 'plain', data: {}, idempotencyKey: 'k' })),
    );
    expect(new Set(jobs.map((job) => job.id)).size).toBe(1);
    await kit.core.startWorker();
    await kit.idle();
    expect((await add({ type: 'plain', data: {}, idempotencyKey: 'k' })).status).toBe('completed');
    await kit.stop();
  });
});
