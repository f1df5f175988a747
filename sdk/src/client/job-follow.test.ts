// One job's events, put together from its history and from what comes live, in whatever order that arrives.
import { expect, test, vi } from 'vitest';
import type { HistoryEntry, Job, JobEvent } from '../job.ts';
import { jobFollow } from './job-follow.ts';
import type { JobFunctions } from './job-functions.ts';

const at = (ms: number): string => new Date(Date.UTC(2026, 10, 25) + ms).toISOString();
const entry = (event: HistoryEntry['event'], attempt: number, ms: number, status: Job['status']): HistoryEntry => ({
  event,
  attempt,
  at: at(ms),
  status,
});
const live = (event: JobEvent['event'], attempt: number, ms: number, status: Job['status']) => ({
  id: ms,
  type: 'job_update' as const,
  data: { event, jobId: 'a', jobType: 'email', plugin: null, status, attempt, at: at(ms) },
});

/** A job with the history given by the test. */
function rig(history: HistoryEntry[]) {
  let asked = 0;
  const job = () => ({ id: 'a', type: 'email', plugin: null, status: history.at(-1)?.status, attempt: asked }) as Job;
  const functions = {
    getJobStatus: async () => {
      asked += 1;
      return history.length > 0 ? job() : null;
    },
    getJobHistory: async () => [...history],
  } as Partial<JobFunctions> as JobFunctions;
  const ended = vi.fn();
  const follow = jobFollow('a', { functions, checkInterval: 1_000_000, ended });
  const rest = async (): Promise<string[]> => {
    const list: string[] = [];
    for await (const { event, attempt } of follow) list.push(`${event} ${attempt}`);
    return list;
  };
  return { follow, rest, ended, functions };
}

const ADDED = entry('job_added', 0, 10, 'pending');

test('events that arrive before the history wait for it, and are reported once', async () => {
  const { follow, rest, ended } = rig([ADDED, entry('job_started', 1, 25, 'processing')]);
  follow.ready();
  // A start is sent with the time of the claim, and kept with that of the first step.
  follow.hear(live('job_started', 1, 20, 'processing'));
  follow.hear(live('job_completed', 1, 30, 'completed'));
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
  expect(ended).toHaveBeenCalledOnce();
});

test('late events already in the history are not reported again', async () => {
  const { follow, rest } = rig([
    ADDED,
    entry('job_started', 1, 25, 'processing'),
    entry('job_retry', 1, 30, 'pending'),
  ]);
  follow.ready();
  await follow.look();
  follow.hear(live('job_started', 1, 20, 'processing'));
  follow.hear(live('job_retry', 1, 30, 'pending'));
  follow.hear(live('job_started', 2, 40, 'processing'));
  follow.hear(live('job_failed', 2, 50, 'failed'));
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_retry 1', 'job_started 2', 'job_failed 2']);
});

test('times that differ from the history change no order and repeat nothing', async () => {
  const { follow, rest } = rig([entry('job_added', 0, 500, 'pending'), entry('job_started', 1, 490, 'processing')]);
  follow.ready();
  follow.hear(live('job_started', 1, 505, 'processing'));
  await follow.look();
  follow.hear(live('job_started', 1, 505, 'processing'));
  follow.hear(live('job_completed', 1, 495, 'completed'));
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
});

test('progress of a finished attempt is not reported', async () => {
  const { follow, rest } = rig([
    ADDED,
    entry('job_started', 1, 25, 'processing'),
    entry('job_retry', 1, 30, 'pending'),
  ]);
  follow.ready();
  await follow.look();
  const late = live('job_progress', 1, 28, 'processing');
  follow.hear({ ...late, data: { ...late.data, progress: { percentage: 40 } } });
  follow.hear(live('job_cancelled', 1, 40, 'cancelled'));
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_retry 1', 'job_cancelled 1']);
});

test('progress after the end does not keep the iterator open', async () => {
  const { follow, rest } = rig([
    ADDED,
    entry('job_started', 1, 25, 'processing'),
    entry('job_completed', 1, 30, 'completed'),
  ]);
  follow.ready();
  follow.hear(live('job_completed', 1, 30, 'completed'));
  const late = live('job_progress', 1, 28, 'processing');
  follow.hear({ ...late, data: { ...late.data, progress: { percentage: 40 } } });
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
});

test('equal progress of another attempt is reported', async () => {
  const { follow, rest } = rig([ADDED]);
  const half = (attempt: number) => {
    const message = live('job_progress', attempt, 0, 'processing');
    follow.hear({ ...message, data: { ...message.data, progress: { percentage: 50 } } });
  };
  follow.ready();
  await follow.look();
  follow.hear(live('job_started', 1, 20, 'processing'));
  half(1);
  half(1);
  follow.hear(live('job_retry', 1, 30, 'pending'));
  follow.hear(live('job_started', 2, 40, 'processing'));
  half(2);
  follow.hear(live('job_completed', 2, 50, 'completed'));
  expect((await rest()).filter((line) => line.startsWith('job_progress'))).toEqual([
    'job_progress 1',
    'job_progress 2',
  ]);
});

test('a second start of one attempt, after the job was released, is reported', async () => {
  const history = [ADDED, entry('job_started', 1, 25, 'processing')];
  const { follow, rest } = rig(history);
  follow.ready();
  await follow.look();
  history.push(
    entry('job_released', 1, 30, 'pending'),
    entry('job_started', 1, 45, 'processing'),
    entry('job_completed', 1, 50, 'completed'),
  );
  follow.resync();
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_started 1', 'job_completed 1']);
});

test('a read that started before a resync does not release events from after it', async () => {
  const history = [ADDED];
  const { follow, rest, functions } = rig(history);
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => {
    functions.getJobHistory = async () => {
      const then = [...history];
      if (history.length > 1) return then;
      resolve();
      await new Promise<void>((go) => {
        answer = go;
      });
      return then;
    };
  });
  follow.ready();
  await asked;
  history.push(entry('job_started', 1, 25, 'processing'), entry('job_completed', 1, 30, 'completed'));
  follow.resync();
  follow.hear(live('job_completed', 1, 30, 'completed'));
  answer();
  expect(await rest()).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
});

test('a requeued job is reported from its first run on', async () => {
  const { follow, rest } = rig([
    ADDED,
    entry('job_started', 1, 20, 'processing'),
    entry('job_failed', 1, 30, 'failed'),
    entry('job_requeued', 0, 40, 'pending'),
  ]);
  follow.ready();
  await follow.look();
  follow.hear(live('job_cancelled', 0, 50, 'cancelled'));
  const told = ['job_added 0', 'job_started 1', 'job_failed 1', 'job_added 0', 'job_cancelled 0'];
  expect(await rest()).toEqual(told);
});

test('a late end of an earlier run does not end the next one', async () => {
  const { follow, rest } = rig([
    ADDED,
    entry('job_started', 1, 20, 'processing'),
    entry('job_failed', 1, 30, 'failed'),
    entry('job_requeued', 0, 40, 'pending'),
  ]);
  follow.ready();
  await follow.look();
  follow.hear(live('job_failed', 1, 30, 'failed'));
  follow.hear(live('job_started', 1, 5_000, 'processing'));
  follow.hear(live('job_completed', 1, 5_010, 'completed'));
  expect((await rest()).slice(3)).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
});

test('a second end that arrives as soon as an echo would is still reported', async () => {
  const history = [
    ADDED,
    entry('job_started', 1, 20, 'processing'),
    entry('job_failed', 1, 30, 'failed'),
    entry('job_requeued', 0, 40, 'pending'),
  ];
  const { follow, rest } = rig(history);
  follow.ready();
  await follow.look();
  history.push(entry('job_started', 1, 50, 'processing'), entry('job_failed', 1, 60, 'failed'));
  follow.hear(live('job_started', 1, 50, 'processing'));
  follow.hear(live('job_failed', 1, 60, 'failed'));
  expect((await rest()).slice(3)).toEqual(['job_added 0', 'job_started 1', 'job_failed 1']);
});

test('an iterator closed while waiting ends, and stops following the job', async () => {
  const { follow, ended } = rig([ADDED]);
  follow.ready();
  expect((await follow.next()).value?.event).toBe('job_added');
  const next = follow.next();
  await follow.return?.();
  expect(await next).toEqual({ value: undefined, done: true });
  expect(ended).toHaveBeenCalledOnce();
});

test('an unknown job is an error, thrown once', async () => {
  const { follow } = rig([]);
  follow.ready();
  await expect(follow.next()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  expect(await follow.next()).toEqual({ value: undefined, done: true });
});
