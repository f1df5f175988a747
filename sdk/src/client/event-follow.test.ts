// Events by a filter, where looks and what comes live overlap.
import { expect, test } from 'vitest';
import type { Job, JobMessage, JobState } from '../job.ts';
import { eventFollow } from './event-follow.ts';
import type { JobFunctions } from './job-functions.ts';

const jobOf = (id: string, status: JobState) => ({ id, type: 'email', plugin: null, status, attempt: 1 }) as Job;
const live = (jobId: string, status: JobState) =>
  ({ id: 1, type: 'job_update', data: { event: `job_${status}`, jobId, jobType: 'email', status } }) as JobMessage;

/** Each look gets the next answer, when the test gives it. */
function rig() {
  const waiting: ((jobs: Job[]) => void)[] = [];
  const functions = {
    listJobs: () =>
      new Promise((resolve) => {
        waiting.push((jobs) => resolve({ jobs: jobs as never, nextCursor: null, capped: false }));
      }),
  } as Partial<JobFunctions> as JobFunctions;
  const heard: string[] = [];
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  /** Beside events. */
  const told: string[] = [];
  const hear = ({ data }: JobMessage): unknown => heard.push(`${data.jobId} ${data.status}`);
  const onReady = (): void => {
    told.push('ready');
    isReady();
  };
  const follow = eventFollow({}, functions, hear, { onReady, onResync: () => told.push('resync') });
  const answer = (...jobs: Job[]): void => waiting.shift()?.(jobs);
  const answerLast = (...jobs: Job[]): void => waiting.pop()?.(jobs);
  return { follow, heard, told, ready, answer, answerLast };
}

test('a read does not repeat an older state of a job than the events since it started', async () => {
  const { follow, heard, ready, answer } = rig();
  const first = follow.look();
  answer(jobOf('a', 'pending'), jobOf('b', 'pending'));
  await first;
  follow.ready();
  follow.hear(live('a', 'completed'));
  answer(jobOf('a', 'processing'), jobOf('b', 'failed'));
  await ready;
  expect(heard).toEqual(['a completed', 'b failed']);
});

test('a read that started before events arrived adds nothing after them', async () => {
  const { follow, heard, ready, answer } = rig();
  const first = follow.look();
  answer(jobOf('a', 'pending'));
  await first;
  const late = follow.look();
  follow.ready();
  follow.hear(live('a', 'completed'));
  answer(jobOf('a', 'processing'));
  await late;
  answer(jobOf('a', 'completed'));
  await ready;
  expect(heard).toEqual(['a completed']);
});

test('later reads report changes of a job first known from an event', async () => {
  const { follow, heard, ready, answer } = rig();
  const look = async (status: JobState): Promise<void> => {
    const next = follow.look();
    answer(jobOf('a', status));
    await next;
  };
  await look('pending');
  follow.ready();
  follow.hear(live('a', 'processing'));
  answer(jobOf('a', 'processing'));
  await ready;
  await look('processing');
  await look('completed');
  expect(heard).toEqual(['a processing', 'a completed']);
});

test('of two overlapping reads, the one that started last wins', async () => {
  const { follow, heard, answer, answerLast } = rig();
  const first = follow.look();
  answer(jobOf('a', 'pending'));
  await first;
  const [old, young] = [follow.look(), follow.look()];
  // They are answered in the other order.
  answerLast(jobOf('a', 'completed'));
  await young;
  answer(jobOf('a', 'processing'));
  await old;
  expect(heard).toEqual(['a completed']);
});

test('a follower that left receives nothing more, from a pending read or a resync', async () => {
  const { follow, heard, answer, told } = rig();
  const first = follow.look();
  answer(jobOf('a', 'pending'));
  await first;
  told.length = 0;
  follow.ready();
  follow.end();
  answer(jobOf('a', 'completed'));
  follow.hear(live('a', 'completed'));
  follow.resync();
  await new Promise((resolve) => setImmediate(resolve));
  expect([heard, told]).toEqual([[], []]);
});
