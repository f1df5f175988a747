// Each matcher passes, and fails with words that say what became of the job.
import './matchers.ts';
import { definePlugin, discard } from '@phraseworks/sdk';
import { expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { createTestJobs } from './index.ts';

declare module '@phraseworks/sdk' {
  interface JobTypes {
    matchers_test_check: { data: { url: string }; result: { status: number; headers: { age: number } } };
  }
}

const links = definePlugin({
  name: 'links',
  init(ctx) {
    ctx.registerProcessor('matchers_test_check', async ({ url }, _id, _attempt, job) => {
      if (url === 'gone') return discard('the post was deleted');
      job.log.info('checking', url);
      if (url === 'busy') throw new Error('the page answered 503');
      if (url === 'wrong') return { success: false, error: 'the page answered 404', retryable: false };
      return { success: true, result: { status: 200, headers: { age: 3 } } };
    });
  },
});

async function start() {
  const jobs = await createTestJobs({ plugins: { links: { use: links } } });
  onTestFinished(() => jobs.stop());
  return { jobs, check: (url: string) => jobs.perform('matchers_test_check', { url }) };
}

/** What a failing matcher prints, with `ID` in place of ids. */
function words(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message.replace(/[\da-f]{8}-[\da-f-]{27}/g, 'ID');
  }
  throw new Error('it passed');
}

test('toHaveCompleted compares a part of the result', async () => {
  const { check, jobs } = await start();
  const done = await check('fine');
  expect(done).toHaveCompleted();
  expect(done).toHaveCompleted({ status: 200, headers: { age: expect.any(Number) } });
  expect([await jobs.getJobStatus(done.job.id)]).toEqual([expect.toHaveCompleted({ status: 200 })]);
  expect(done).not.toHaveCompleted({ status: 404 });
  expect(words(() => expect(done).toHaveCompleted({ headers: { age: 4 } }))).toBe(
    `Expected the result to be {"headers": {"age": 4}}.
  matchers_test_check ID: completed, attempt 1 of 4
  log: info checking fine
  result: {"headers": {"age": 3}, "status": 200}`,
  );
  expect(words(() => expect(done).not.toHaveCompleted())).toMatch(/^Expected the job not to have completed\.\n/);
});

test('toHaveFailed and toBeRetrying distinguish a final failure from one that is retried', async () => {
  const { check, jobs } = await start();
  const wrong = await check('wrong');
  expect(wrong).toHaveFailed();
  expect(wrong).toHaveFailed('404');
  expect(await jobs.getJobStatus(wrong.job.id)).toHaveFailed(/answered 4/);
  expect(words(() => expect(wrong).toHaveFailed('500'))).toBe(`Expected the job to have failed with "500".
  matchers_test_check ID: failed, attempt 1 of 4
  error: the page answered 404
  log: info checking wrong`);
  const busy = await check('busy');
  expect(busy).toBeRetrying('503');
  expect(await jobs.getJobStatus(busy.job.id)).toBeRetrying(/503$/);
  expect(busy).not.toHaveFailed();
  expect(words(() => expect(busy).toHaveFailed())).toBe(`Expected the job to have failed.
  matchers_test_check ID: retrying, attempt 1 of 4
  error: the page answered 503
  log: info checking busy
  hint: the next attempt is due at 2026-01-01T00:00:05.000Z: await jobs.advance(ms)`);
});

test('toBeCancelled compares the reason', async () => {
  const { check } = await start();
  const gone = await check('gone');
  expect(gone).toBeCancelled('post was deleted');
  expect(words(() => expect(gone).toBeCancelled('by hand'))).toBe(`Expected the job to be cancelled with "by hand".
  matchers_test_check ID: cancelled, attempt 1 of 4
  reason: discarded: the post was deleted`);
});

test('toHaveAdded checks all jobs since the start', async () => {
  const { check, jobs } = await start();
  await expect(jobs).not.toHaveAdded('matchers_test_check');
  await check('fine');
  await expect(jobs).toHaveAdded('matchers_test_check', { url: 'fine' });
  await expect(jobs).toHaveAdded('matchers_test_check', { url: expect.stringMatching(/^f/) });
  await expect(expect(jobs).toHaveAdded('matchers_test_check', { url: 'busy' })).rejects.toThrow(
    /^Expected a job matchers_test_check with {"url": "busy"} to be added\.\n {2}matchers_test_check \S+: {"url": "fine"}$/,
  );
  await expect(expect(jobs).toHaveAdded('mail')).rejects.toThrow(
    'Expected a job mail to be added.\n  Added: matchers_test_check',
  );
  await jobs.plugins.disable('links');
  await jobs.addJob({ type: 'matchers_test_check', data: { url: 'parked' } });
  await expect(jobs).toHaveAdded('matchers_test_check', { url: 'parked' });
});

test('a value that is not a job is refused with what to pass, even after not', async () => {
  const { jobs } = await start();
  const none = await jobs.getJobStatus('none');
  expect(words(() => expect(none).not.toHaveFailed())).toBe(
    'toHaveFailed() got null: the job does not exist. Use expect(await jobs.getJobStatus(id)) or expect(await jobs.perform(type, data)).',
  );
  expect(words(() => expect(jobs.getJobStatus('none')).toHaveFailed())).toContain('got a promise: await it.');
  expect(words(() => expect('id').toHaveFailed())).toContain('got no job.');
});

test('the types follow from the declared type of the job', () => {
  const _ = async () => {
    const { jobs } = await start();
    const job = await jobs.getJobStatus<'matchers_test_check'>('1');
    // @ts-expect-error: the result has no such property
    expect(job).toHaveCompleted({ stauts: 200 });
    // @ts-expect-error: the data has no such property
    await expect(jobs).toHaveAdded('matchers_test_check', { ulr: 'fine' });
    expectTypeOf(expect(jobs).toHaveAdded('undeclared', { anything: 1 })).resolves.toBeVoid();
    expect(await jobs.getJobStatus('1')).toHaveCompleted({ anything: 1 });
  };
});
