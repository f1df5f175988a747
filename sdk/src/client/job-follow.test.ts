// One job's events, put together from its history and from what comes live, in whatever order that arrives.
import { expect, test, vi } from 'vitest';
import type { HistoryEntry } from '../contract/jobs.ts';
import type { Job, JobEvent } from '../job.ts';
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

const STARTED = entry('job_started', 1, 25, 'processing');
const RETRY = entry('job_retry', 1, 30, 'pending');
const REQUEUED = [
  ADDED,
  entry('job_started', 1, 20, 'processing'),
  entry('job_failed', 1, 30, 'failed'),
  entry('job_requeued', 0, 40, 'pending'),
];
const progress = (attempt: number, ms: number) => {
  const message = live('job_progress', attempt, ms, 'processing');
  return { ...message, data: { ...message.data, progress: { percentage: 50 } } };
};

interface Story {
  history: HistoryEntry[];
  /** What comes live before the history is read. */
  early?: ReturnType<typeof live>[];
  /** And after it. */
  late?: ReturnType<typeof live>[];
  told: string[];
}

test.each<[string, Story]>([
  [
    'events that arrive before the history wait for it, and are reported once',
    {
      history: [ADDED, STARTED],
      // A start is sent with the time of the claim, and kept with that of the first step.
      early: [live('job_started', 1, 20, 'processing'), live('job_completed', 1, 30, 'completed')],
      told: ['added 0', 'started 1', 'completed 1'],
    },
  ],
  [
    'times that differ from the history change no order and repeat nothing',
    {
      history: [entry('job_added', 0, 500, 'pending'), entry('job_started', 1, 490, 'processing')],
      early: [live('job_started', 1, 505, 'processing')],
      late: [live('job_started', 1, 505, 'processing'), live('job_completed', 1, 495, 'completed')],
      told: ['added 0', 'started 1', 'completed 1'],
    },
  ],
  [
    'progress of a finished attempt is not reported',
    {
      history: [ADDED, STARTED, RETRY],
      late: [progress(1, 28), live('job_cancelled', 1, 40, 'cancelled')],
      told: ['added 0', 'started 1', 'retry 1', 'cancelled 1'],
    },
  ],
  [
    'progress after the end does not keep the iterator open',
    {
      history: [ADDED, STARTED, entry('job_completed', 1, 30, 'completed')],
      early: [live('job_completed', 1, 30, 'completed'), progress(1, 28)],
      told: ['added 0', 'started 1', 'completed 1'],
    },
  ],
  [
    'equal progress is reported once for each attempt',
    {
      history: [ADDED],
      late: [
        live('job_started', 1, 20, 'processing'),
        progress(1, 0),
        progress(1, 0),
        live('job_retry', 1, 30, 'pending'),
        live('job_started', 2, 40, 'processing'),
        progress(2, 0),
        live('job_completed', 2, 50, 'completed'),
      ],
      told: ['added 0', 'started 1', 'progress 1', 'retry 1', 'started 2', 'progress 2', 'completed 2'],
    },
  ],
  [
    'a late end of an earlier run does not end the next one',
    {
      history: REQUEUED,
      late: [
        live('job_failed', 1, 30, 'failed'),
        live('job_started', 1, 5_000, 'processing'),
        live('job_completed', 1, 5_010, 'completed'),
      ],
      told: ['added 0', 'started 1', 'failed 1', 'added 0', 'started 1', 'completed 1'],
    },
  ],
])('%s', async (_, { history, early = [], late, told }) => {
  const { follow, rest, ended } = rig(history);
  follow.ready();
  for (const message of early) follow.hear(message);
  if (late) await follow.look();
  for (const message of late ?? []) follow.hear(message);
  expect(await rest()).toEqual(told.map((line) => `job_${line}`));
  expect(ended).toHaveBeenCalledOnce();
});

test('a second start of one attempt, after the job was released, is reported', async () => {
  const history = [ADDED, STARTED];
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

test('a second end that arrives as soon as an echo would is still reported', async () => {
  const history = [...REQUEUED];
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
