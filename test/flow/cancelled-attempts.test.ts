// The attempt of a job that is cancelled while it runs: it stays on record, whatever its processor answers, and the job is free as soon as it ends.
import { AttemptAborted, discard, type JobResult, snooze } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

let jobs: TestJobs;
beforeEach(async () => {
  jobs = await createTestJobs();
});
afterEach(() => jobs[Symbol.asyncDispose]());

const outcomes = async (id: string) => (await jobs.getJobAttempts(id)).map(({ outcome }) => outcome);
const steps = async (id: string) => (await jobs.getJobHistory(id)).map(({ event }) => event).sort();
const CANCELLED = ['job_added', 'job_cancelled', 'job_started'];

/** Adds a job, waits until it runs, and cancels it. */
async function cancelRunning(type: string): Promise<string> {
  const { id } = await jobs.addJob({ type, data: {} });
  await jobs.running(id);
  expect(await jobs.cancelJob(id)).toBe(true);
  return id;
}

const ANSWERS: [string, () => unknown][] = [
  ['discard()', () => discard('no longer wanted')],
  ['snooze()', () => snooze(60_000)],
  ['a failure', () => ({ success: false, error: 'gave up' })],
  ['a success', () => ({ success: true })],
  ['an error', () => new AttemptAborted('cancel')],
];

test.each(ANSWERS)(
  'a processor that answers a cancel with %s leaves its attempt on record, and the job can be retried and deleted at once',
  async (_name, answer) => {
    let runs = 0;
    jobs.registerProcessor('work', async (_data, _id, _attempt, job) => {
      runs += 1;
      if (runs > 1) return { success: true };
      await new Promise<void>((resolve) => job.signal.addEventListener('abort', () => resolve()));
      return answer() as JobResult;
    });
    const id = await cancelRunning('work');
    await jobs.idle();
    expect([await outcomes(id), await steps(id)]).toEqual([['cancelled'], CANCELLED]);
    await jobs.retryJob(id);
    await jobs.idle();
    expect(await outcomes(id)).toEqual(['cancelled', 'completed']);
    await jobs.deleteJob(id);
    expect(await jobs.getJobStatus(id)).toBeNull();
  },
);

test('the start of a cancelled job is in its history while its processor still runs', async () => {
  let end: () => void = () => {};
  jobs.registerProcessor('slow', () => new Promise<void>((resolve) => (end = resolve)));
  const id = await cancelRunning('slow');
  expect([await outcomes(id), await steps(id)]).toEqual([['cancelled'], CANCELLED]);
  end();
  await jobs.idle();
  expect([await outcomes(id), await steps(id)]).toEqual([['cancelled'], CANCELLED]);
});
