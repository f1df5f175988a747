// Actions on one job: retry, run now, report progress, record figures.
import { JobsError } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

const SECRET = 'hunter2';
const NOWHERE = '01900000-0000-7000-8000-000000000000';
let kit: CoreKit;
let seen: unknown[];
beforeEach(async () => {
  seen = [];
  kit = await openCore();
  kit.register(
    't',
    async (data) => {
      seen.push(data);
      if (data.fail) throw new Error('refused');
    },
    { data: z.object({ fail: z.boolean().optional(), n: z.number().optional() }) },
    'shop',
  );
  kit.register(
    'held',
    (_data, _id, _attempt, job) =>
      new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve())),
  );
  await kit.core.startWorker();
});
afterEach(() => kit.close());

async function done(data: unknown, more: object = {}): Promise<string> {
  const id = await kit.add({ type: 't', data, maxRetries: 0, ...more });
  await kit.idle();
  return id;
}
async function refusal(work: Promise<unknown>): Promise<JobsError> {
  const reason = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(reason instanceof JobsError)) throw new Error('it was not refused as it should', { cause: reason });
  expect(reason.message + JSON.stringify(reason.errors)).not.toContain(SECRET);
  return reason;
}

describe('retry', () => {
  test('queues a failed job as if it were new, and keeps its history', async () => {
    const id = await done({ fail: true });
    expect(await kit.state(id)).toBe('failed');
    const job = await kit.core.actions.retry(id, { by: 'ada', data: { fail: false } });
    expect(job).toMatchObject({ status: 'pending', attempt: 0, error: null, finishedAt: null, data: { fail: false } });
    await kit.idle();
    expect(await kit.row(id)).toMatchObject({ state: 'completed', attempt: 1, run: 2 });
    expect(seen).toEqual([{ fail: true }, { fail: false }]);
    expect(await kit.core.reads.history(id)).toMatchObject([{ event: 'job_requeued', by: 'ada' }]);
    expect((await kit.core.reads.attempts(id)).map((attempt) => attempt.outcome)).toEqual(['failed', 'completed']);
  });

  test('checks edited data like that of a new job, and a refusal leaves the job unchanged', async () => {
    const id = await done({ fail: true });
    expect((await refusal(kit.core.actions.retry(id, { data: { n: SECRET } }))).errors).toEqual([
      { path: 'data.n', message: 'must be number' },
    ]);
    expect((await refusal(kit.core.actions.retry(id, { data: { fail: false, x: 'x'.repeat(300_000) } }))).code).toBe(
      'PAYLOAD_TOO_LARGE',
    );
    expect(await kit.row(id)).toMatchObject({ state: 'failed', data: '{"fail":true}' });
  });

  test('of a job that cannot run now, or does not exist, is refused', async () => {
    const id = await done({ fail: true });
    await kit.core.holds.pause({ kind: 'type', name: 't' });
    expect(await refusal(kit.core.actions.retry(id, {}))).toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining('paused'),
    });
    for (const nobody of [NOWHERE, SECRET, ''])
      expect((await refusal(kit.core.actions.retry(nobody, {}))).code).toBe('JOB_NOT_FOUND');
  });

  test('queues the job once, even if requested twice at the same time', async () => {
    let runs = 0;
    let end = (): void => {};
    // Its second run lasts until both retries have returned: otherwise a slow one could queue it again afterwards.
    const both = new Promise<void>((resolve) => (end = resolve));
    kit.register('twice', async () => {
      runs += 1;
      if (runs > 1) await both;
      throw new Error('refused');
    });
    const id = await kit.add({ type: 'twice', data: {}, maxRetries: 0 });
    await kit.idle();
    const answers = await Promise.allSettled([kit.core.actions.retry(id, {}), kit.core.actions.retry(id, {})]);
    end();
    await kit.idle();
    expect([answers.filter((answer) => answer.status === 'fulfilled').length, runs]).toEqual([1, 2]);
  });
});

describe('run now', () => {
  test('runs a delayed job, and one that waits for its retry', async () => {
    const delayed = await kit.add({ type: 't', data: { n: 1 }, delay: 60_000 });
    const retrying = await done({ fail: true }, { maxRetries: 1, retryDelay: 60_000 });
    expect((await kit.core.actions.run(delayed)).status).toBe('pending');
    await kit.core.actions.run(retrying);
    await kit.idle();
    expect([await kit.state(delayed), await kit.row(retrying)]).toMatchObject([
      'completed',
      { state: 'failed', attempt: 2 },
    ]);
    expect(await kit.core.reads.counts()).toHaveLength(2);
  });

  test('refuses a job without a processor', async () => {
    const unknown = await kit.add({ type: 'unknown', data: {}, delay: 60_000 });
    expect((await refusal(kit.core.actions.run(unknown))).message).toContain('no_processor');
  });
});

describe('figures of a job', () => {
  const record = (id: string, metrics: unknown) =>
    kit.core.reports.recordMetrics(id, metrics as Record<string, unknown>);
  const metrics = async (id: string) => JSON.parse((await kit.row(id)).metrics ?? 'null');

  test('are all kept when recorded at the same time', async () => {
    const id = await done({});
    await Promise.all(Array.from({ length: 50 }, (_, i) => record(id, { [`key${i}`]: i })));
    expect(Object.keys(await metrics(id))).toHaveLength(50);
  });

  test('are refused with their path if they cannot be stored', async () => {
    const id = await done({});
    await record(id, { a: 1 });
    expect((await refusal(record(id, { a: { b: Number.NaN } }))).errors[0]?.path).toBe('metrics.a.b');
    expect((await refusal(record(id, { a: SECRET.repeat(10_000) }))).errors[0]?.message).toContain('16 kB');
    for (const wrong of [null, undefined, 5, SECRET, [1]])
      expect((await refusal(record(id, wrong))).code).toBe('INVALID_DATA');
    expect((await refusal(record(NOWHERE, { a: 1 }))).code).toBe('JOB_NOT_FOUND');
    expect(await metrics(id)).toEqual({ a: 1 });
  });
});
