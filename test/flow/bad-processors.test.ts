// Faulty processors: whatever they throw, return or never do, the job ends with a reason and others continue.

import { definePlugin, type JobResult, type Processor, snooze } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const circle: Record<string, unknown> = {};
circle.self = circle;

const hostile = Object.defineProperty(new Error(), 'message', {
  get() {
    throw new Error('even this');
  },
});

const THROWN: [string, unknown, string][] = [
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
  ['an Error whose message throws', hostile, 'an unreadable value was thrown'],
];

test('a thrown value becomes the error of its job, and other jobs continue', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('throws', async (n: number) => {
    throw THROWN[n]?.[1];
  });
  jobs.registerProcessor('good', async () => {});
  const added = await jobs.addJobs(THROWN.map((_, n) => ({ type: 'throws', data: n, maxRetries: 0 })));
  const good = await jobs.addJob({ type: 'good', data: {} });
  await jobs.idle();
  for (const [n, [name, , error]] of THROWN.entries()) {
    const id = added[n]?.id ?? '';
    expect(await jobs.getJobStatus(id), name).toMatchObject({ status: 'failed', error, attempt: 1 });
    const response = await jobs.request(`/api/jobs/${id}/history`);
    expect([response.status, ((await response.json()) as { attempts: object[] }).attempts], name).toMatchObject([
      200,
      [{ outcome: 'failed', error }],
    ]);
  }
  expect(await jobs.getJobStatus(good.id)).toMatchObject({ status: 'completed' });
});

const RESULTS: [string, unknown, string, string][] = [
  ['a BigInt', 10n, 'result_not_serialisable', 'BigInt'],
  ['a circle', circle, 'result_not_serialisable', 'refers to itself'],
  ['a function', () => {}, 'result_not_serialisable', 'is a function'],
  ['a hundred levels', JSON.parse('['.repeat(100) + ']'.repeat(100)), 'result_not_serialisable', 'too deeply'],
  ['two megabytes', 'x'.repeat(2_000_000), 'result_too_large', 'at most 1024 kB'],
];

test('a result that cannot be stored fails the job, and its work is not repeated', async () => {
  await using jobs = await createTestJobs();
  const calls: number[] = [];
  jobs.registerProcessor('returns', async (n: number) => {
    calls.push(n);
    return { success: true, result: RESULTS[n]?.[1] };
  });
  const added = await jobs.addJobs(RESULTS.map((_, n) => ({ type: 'returns', data: n, maxRetries: 5 })));
  await jobs.advance(60_000);
  for (const [n, [name, , reason, words]] of RESULTS.entries()) {
    const id = added[n]?.id ?? '';
    expect(await jobs.getJobStatus(id), name).toMatchObject({
      status: 'failed',
      reason,
      error: expect.stringContaining(words),
      result: null,
    });
    expect((await jobs.request(`/api/jobs/${id}`)).status).toBe(200);
  }
  expect(calls).toEqual([...RESULTS.keys()]);
});

const ANSWERS: [string, unknown, string, unknown][] = [
  ['an error that is an Error', { success: false, error: new Error('inside'), retryable: false }, 'failed', 'inside'],
  ['an error that is a circle', { success: false, error: circle, retryable: false }, 'failed', 'a object was thrown'],
  ['no error at all', { success: false, retryable: false }, 'failed', expect.stringContaining('without an error')],
  ['a success that is a text', { success: 'yes', error: 'no' }, 'pending', 'no'],
  ['a delay that is not a number', { success: false, error: 'no', retryDelay: Number.NaN }, 'pending', 'no'],
  ['something of its own', ['a', 'b'], 'completed', null],
];

test('an unusual return value is handled', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('answers', async (n: number) => ANSWERS[n]?.[1] as JobResult);
  const added = await jobs.addJobs(ANSWERS.map((_, n) => ({ type: 'answers', data: n })));
  await jobs.idle();
  for (const [n, [name, , status, error]] of ANSWERS.entries())
    expect(await jobs.getJobStatus(added[n]?.id ?? ''), name).toMatchObject({ status, error });
});

test('processors that never return free their slots after timeout and grace period, and the sixth job runs', async () => {
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

test('an unawaited call that is refused fails neither its job nor the process, and is charged to its plugin', async () => {
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
  expect(plugin?.health).toEqual({
    hookErrors: 1,
    lastError: expect.stringContaining('an unawaited promise: delay must be'),
  });
});

test.each([Number.NaN, undefined, '60000', -1])(
  'a snooze for %j fails the attempt instead of running the job without end',
  async (delay) => {
    await using jobs = await createTestJobs();
    jobs.registerProcessor('waits', async () => snooze(delay as number));
    const { id } = await jobs.addJob({ type: 'waits', data: {}, maxRetries: 2, retryDelay: 60_000 });
    await jobs.advance(59_000);
    expect(await jobs.getJobStatus(id)).toMatchObject({
      status: 'pending',
      attempt: 1,
      error: expect.stringContaining('delay must be a number of milliseconds'),
    });
    await jobs.advance(600_000);
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'failed', attempt: 3 });
    expect(await jobs.getJobAttempts(id)).toHaveLength(3);
  },
);
