// Processors that go wrong: whatever they throw, return or never do, the job ends with a reason and the others go on.

import { definePlugin, type JobResult, type Processor } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const circle: Record<string, unknown> = {};
circle.self = circle;

const hostile = Object.defineProperty(new Error(), 'message', {
  get() {
    throw new Error('even this');
  },
});

test.each<[string, unknown, string]>([
  ['an Error', new Error('the disk is gone'), 'the disk is gone'],
  ['an Error without a message', new TypeError(), 'TypeError'],
  ['text', 'just text', 'just text'],
  ['nothing', undefined, 'a undefined was thrown'],
  ['null', null, 'a null was thrown'],
  ['a number', 42, 'a number was thrown'],
  ['a BigInt', 10n, 'a bigint was thrown'],
  ['a symbol', Symbol('s'), 'a symbol was thrown'],
  ['a function', () => {}, 'a function was thrown'],
  ['an object with a message', { message: 'like an error' }, 'like an error'],
  ['a circle', circle, 'a object was thrown'],
  ['an Error whose message throws', hostile, 'something was thrown that cannot be read'],
])('%s that is thrown becomes the error of the job', async (_, thrown, error) => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('throws', async () => {
    throw thrown;
  });
  jobs.registerProcessor('good', async () => {});
  const { id } = await jobs.addJob({ type: 'throws', data: {}, maxRetries: 0 });
  const good = await jobs.addJob({ type: 'good', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'failed', error, attempt: 1 });
  expect(await jobs.getJobStatus(good.id)).toMatchObject({ status: 'completed' });
  const response = await jobs.request(`/api/jobs/${id}/history`);
  expect([response.status, ((await response.json()) as { attempts: object[] }).attempts]).toMatchObject([
    200,
    [{ outcome: 'failed', error }],
  ]);
});

test('a message of a megabyte is kept at four kilobytes', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('throws', async () => {
    throw new Error('x'.repeat(1_000_000));
  });
  const { id } = await jobs.addJob({ type: 'throws', data: {}, maxRetries: 0 });
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.error).toHaveLength(4_096);
});

test.each<[string, unknown, string, string]>([
  ['a BigInt', 10n, 'result_not_serialisable', 'BigInt'],
  ['a circle', circle, 'result_not_serialisable', 'refers to itself'],
  ['a function', () => {}, 'result_not_serialisable', 'is a function'],
  ['a hundred levels', JSON.parse('['.repeat(100) + ']'.repeat(100)), 'result_not_serialisable', 'too deeply'],
  ['two megabytes', 'x'.repeat(2_000_000), 'result_too_large', 'at most 1024 kB'],
])('a result that is %s fails the job without doing its work twice', async (_, result, reason, words) => {
  await using jobs = await createTestJobs();
  let calls = 0;
  jobs.registerProcessor('returns', async () => {
    calls += 1;
    return { success: true, result };
  });
  const { id } = await jobs.addJob({ type: 'returns', data: {}, maxRetries: 5 });
  await jobs.advance(60_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({
    status: 'failed',
    reason,
    error: expect.stringContaining(words),
    result: null,
  });
  expect(calls).toBe(1);
  expect((await jobs.request(`/api/jobs/${id}`)).status).toBe(200);
});

test.each<[string, unknown, string, unknown]>([
  ['an error that is an Error', { success: false, error: new Error('inside'), retryable: false }, 'failed', 'inside'],
  ['an error that is a circle', { success: false, error: circle, retryable: false }, 'failed', 'a object was thrown'],
  ['no error at all', { success: false, retryable: false }, 'failed', expect.stringContaining('without an error')],
  ['a delay that is none', { success: false, error: 'no', retryDelay: Number.NaN }, 'pending', 'no'],
  ['something of its own', ['a', 'b'], 'completed', null],
])('an answer with %s is understood', async (_, answer, status, error) => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('answers', async () => answer as JobResult);
  const { id } = await jobs.addJob({ type: 'answers', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status, error });
});

test('processors that never return give their slots back after time-out and grace, and the sixth job runs', async () => {
  await using jobs = await createTestJobs({ queue: { maxConcurrentJobs: 5 } });
  const leave: (() => void)[] = [];
  const stuck: Processor = () => new Promise<void>((resolve) => leave.push(resolve));
  jobs.registerProcessor('stuck', stuck);
  jobs.registerProcessor('good', async () => {});
  const held = await jobs.addJobs(
    Array.from({ length: 5 }, () => ({ type: 'stuck', data: {}, timeout: 1_000, maxRetries: 0 })),
  );
  const sixth = await jobs.addJob({ type: 'good', data: {} });
  await expect.poll(() => leave.length).toBe(5);
  expect(await jobs.getJobStatus(sixth.id)).toMatchObject({ status: 'pending' });
  expect(await jobs.why(sixth.id)).toMatchObject({ why: expect.stringContaining('All 5 slots') });
  await jobs.clock.advance(1_000);
  await jobs.clock.advance(2_000);
  await jobs.idle();
  expect(await jobs.getJobStatus(sixth.id)).toMatchObject({ status: 'completed' });
  for (const { id } of held) {
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'failed', reason: 'timeout' });
  }
  expect((await jobs.getQueueMetrics()).stuck).toBe(5);
  for (const end of leave) end();
  await expect.poll(async () => (await jobs.getQueueMetrics()).stuck).toBe(0);
});

test('a call that a processor did not await and that is refused fails neither its job nor the process, and is charged to its plugin', async () => {
  const forgetful = definePlugin({
    name: 'forgetful',
    init(ctx) {
      ctx.registerProcessor('forget', async (_data, id) => {
        void ctx.addJob({ type: 'forget', data: {}, delay: -1 });
        return { success: true, result: id };
      });
    },
  });
  await using jobs = await createTestJobs({ plugins: { forgetful: { use: forgetful } } });
  const { id } = await jobs.addJob({ type: 'forget', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: id });
  const [plugin] = await jobs.plugins.list();
  expect(plugin?.health).toEqual({ hookErrors: 1, lastError: expect.stringContaining('did not await: delay must be') });
});
