// "Error Handling & Retry Logic": when the next attempt starts, and which settings end the retries.

import { addJob, type Backoff, getJobStatus, type NewJob, type Processor, registerProcessor } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

/** Seconds after the start at which each attempt began. */
const startsOf = (jobs: TestJobs): number[] => {
  const starts = jobs.events.filter(({ event }) => event === 'job_started').map(({ at }) => Date.parse(at));
  return starts.map((at) => (at - (starts[0] ?? 0)) / 1_000);
};

test.each<[Backoff | undefined, number[]]>([
  ['exponential', [0, 5, 15, 35]],
  ['linear', [0, 5, 15, 30]],
  ['fixed', [0, 5, 10, 15]],
  [undefined, [0, 5, 10, 15]],
])('with the backoff %s, attempts start at %j seconds, and the fourth is the last', async (retryBackoff, starts) => {
  await using jobs = await createTestJobs({ default: true });
  registerProcessor('email', () => Promise.reject(new Error('no route to the server')));

  const jobConfig = {
    type: 'email',
    data: {},
    maxRetries: 3,
    retryDelay: 5000, // 5 seconds
    ...(retryBackoff ? { retryBackoff } : {}), // linear, exponential, fixed
  } satisfies NewJob;
  const { id } = await addJob(jobConfig);

  await jobs.advance(120_000);
  expect(startsOf(jobs)).toEqual(starts);
  expect(await getJobStatus(id)).toMatchObject({ status: 'failed', attempt: 4, error: 'no route to the server' });
  expect(jobs.events.map(({ event }) => event).filter((name) => name !== 'job_started')).toEqual([
    'job_added',
    'job_retry',
    'job_retry',
    'job_retry',
    'job_failed',
  ]);
});

const processJobWithCustomRetry =
  (processJob: (data: unknown) => Promise<{ success: true }>): Processor =>
  async (jobData, _jobId, attempt) => {
    try {
      return await processJob(jobData);
    } catch (caught) {
      const error = caught as Error & { code?: string };
      // Custom retry decision logic
      if (error.code === 'RATE_LIMIT' && attempt < 5) {
        return {
          success: false,
          error: error.message,
          retryable: true,
          retryDelay: 2 ** attempt * 1000, // Exponential backoff
        };
      }

      return {
        success: false,
        error: error.message,
        retryable: false, // Don't retry
      };
    }
  };

const limited = () => Object.assign(new Error('slow down'), { code: 'RATE_LIMIT' });

test('a processor that sets its own delays is followed, and its fifth attempt is the last', async () => {
  await using jobs = await createTestJobs({ default: true });
  registerProcessor(
    'call',
    processJobWithCustomRetry(() => Promise.reject(limited())),
  );
  const { id } = await addJob({ type: 'call', data: {}, maxRetries: 10 });
  await jobs.advance(120_000);
  expect(startsOf(jobs)).toEqual([0, 2, 6, 14, 30]);
  expect(await getJobStatus(id)).toMatchObject({ status: 'failed', attempt: 5, error: 'slow down' });
});

test('it stops at once on another error, and succeeds if the third call succeeds', async () => {
  await using jobs = await createTestJobs({ default: true });
  let calls = 0;
  registerProcessor(
    'call',
    processJobWithCustomRetry(async (data) => {
      if (data === 'wrong') throw new Error('bad request');
      calls += 1;
      if (calls < 3) throw limited();
      return { success: true };
    }),
  );
  const wrong = await addJob({ type: 'call', data: 'wrong' });
  const good = await addJob({ type: 'call', data: 'good' });
  await jobs.advance(6_000);
  expect(await getJobStatus(wrong.id)).toMatchObject({ status: 'failed', attempt: 1, error: 'bad request' });
  expect(await getJobStatus(good.id)).toMatchObject({ status: 'completed', attempt: 3 });
});

test('an attempt that exceeds its timeout is aborted and retried', async () => {
  await using jobs = await createTestJobs({ default: true });
  const reasons: string[] = [];
  registerProcessor('slow', async (_data, _id, attempt, job) => {
    if (attempt === 2) return { success: true };
    return new Promise((_resolve, reject) => {
      job.signal.addEventListener('abort', () => {
        reasons.push(job.signal.reason.why);
        reject(job.signal.reason);
      });
    });
  });
  const started = new Promise((resolve) => jobs.addAction('job:started', resolve));
  const { id } = await addJob({ type: 'slow', data: {}, timeout: 1_000, retryDelay: 2_000 });
  await started;
  await jobs.clock.advance(1_000);
  await jobs.idle();
  expect(await getJobStatus(id)).toMatchObject({ status: 'pending', attempt: 1, reason: 'timeout' });
  await jobs.advance(2_000);
  expect(await getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 2 });
  expect(reasons).toEqual(['timeout']);
});

test('after a retry with edited data, the key of the job belongs to that data', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('order', async () => {});
  const add = (n: number) => jobs.addJob({ type: 'order', data: { n }, idempotencyKey: 'order/1' });
  const { id } = await add(1);
  await jobs.idle();
  await jobs.retryJob(id, { data: { n: 2 } });
  expect(await add(2)).toMatchObject({ id, data: { n: 2 } });
  await expect(add(1)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  await jobs.idle();
  await jobs.retryJob(id);
  expect(await add(2)).toMatchObject({ id });
});
