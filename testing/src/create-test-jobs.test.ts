// The kit's own promises: the clock moves while a job runs, and attempts can be lost.
import { definePlugin, type RunningJob } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createTestJobs } from './index.ts';

/** A plugin whose jobs wait until the test resolves them. */
function waiting() {
  const attempts: { job: RunningJob; end: (result: unknown) => void }[] = [];
  const plugin = definePlugin({
    name: 'waiting',
    init(ctx) {
      ctx.registerProcessor(
        'wait',
        (_data, _id, _attempt, job) => new Promise<never>((end) => attempts.push({ job, end: end as () => void })),
      );
      ctx.registerProcessor('nap', () => new Promise<void>((resolve) => void ctx.clock.after(60_000, resolve)));
    },
  });
  return { attempts, plugins: { waiting: { use: plugin } } };
}

test('running() fails at once for a finished or unknown job, with the reason', async () => {
  const { plugins, attempts } = waiting();
  await using jobs = await createTestJobs({ plugins });
  const { id } = await jobs.addJob({ type: 'wait', data: {} });
  await jobs.running(id);
  attempts[0]?.end({ success: true });
  await jobs.idle();
  await expect(jobs.running(id)).rejects.toThrow(`The job ${id} does not run: it is completed.`);
  await expect(jobs.running('none')).rejects.toThrow('The job none does not exist.');
});

test('a timer of a fraction of a millisecond ends at a whole one, as a real one does', async () => {
  await using jobs = await createTestJobs();
  const times: number[] = [];
  jobs.clock.after(0.5, () => times.push(jobs.clock.now() % 1));
  jobs.clock.after(99.9, () => times.push(jobs.clock.now() % 1));
  await jobs.advance(100);
  expect(times).toEqual([0, 0]);
});

test('a crash loses the running attempts with their results, and their jobs run again', async () => {
  const { plugins, attempts } = waiting();
  await using jobs = await createTestJobs({ plugins });
  const { id } = await jobs.addJob({ type: 'wait', data: {}, maxRetries: 0 });
  await jobs.running(id);
  await jobs.crash();
  await jobs.running(id);
  attempts[0]?.end({ success: true, result: 'lost' });
  attempts[1]?.end({ success: true, result: 'kept' });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: 'kept', crashes: 1, attempt: 1 });
  expect((await jobs.getJobAttempts(id)).map(({ outcome }) => outcome)).toEqual(['crashed', 'completed']);
});

test('an attempt that loses its lease has its signal aborted, and only its job runs again', async () => {
  const { plugins, attempts } = waiting();
  await using jobs = await createTestJobs({ plugins });
  const [lost, other] = await jobs.addJobs([
    { type: 'wait', data: 1 },
    { type: 'wait', data: 2 },
  ]);
  await jobs.running(lost?.id as string);
  await jobs.running(other?.id as string);
  const before = attempts.find(({ job }) => job.id === lost?.id);
  before?.job.signal.addEventListener('abort', () => before.end({ success: true }));
  await jobs.loseLease(lost?.id as string);
  await jobs.running(lost?.id as string);
  expect(before?.job.signal.reason).toMatchObject({ why: 'lost_lease' });
  expect(attempts.map(({ job }) => [job.id === lost?.id, job.signal.aborted])).toEqual([
    [true, true],
    [false, false],
    [true, false],
  ]);
});
