// How long jobs waited: a delay that was asked for is no waiting, nor is the time before a person put a job back.
import { createTestJobs, turn } from '@phraseworks/jobs/testing';
import type { HistoryEntry, Job, JobEvent, PluginDatabase } from '@phraseworks/sdk';
import { definePlugin } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import report from '../index.ts';
import { bucketOf } from './histogram.ts';
import { Starts, waitOf } from './starts.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const AT = Date.UTC(2026, 0, 1, 10);
const job = (status: string, runAt: number | null) => ({ status, runAt: runAt === null ? null : iso(runAt) }) as Job;
const history = (...entries: [HistoryEntry['event'], number][]) =>
  entries.map(([event, at]) => ({ event, at: iso(at), attempt: 0, status: 'pending' }) as HistoryEntry);

test.each([
  [
    'a job without a delay waited from when it was added',
    job('processing', null),
    history(['job_added', AT - 5_000]),
    false,
    5_000,
  ],
  [
    'a delayed job waited from when it was due',
    job('processing', AT - 30),
    history(['job_added', AT - 60_000]),
    false,
    30,
  ],
  [
    'a job that was put back waited from then',
    job('processing', null),
    history(['job_added', AT - 90_000], ['job_requeued', AT - 700]),
    false,
    700,
  ],
  [
    'a parked job waited from when it was let go',
    job('completed', null),
    history(['job_added', AT - 90_000], ['job_unparked', AT - 200]),
    false,
    200,
  ],
  [
    'what happened afterwards does not count',
    job('completed', null),
    history(['job_added', AT - 10], ['job_requeued', AT + 900]),
    false,
    10,
  ],
  [
    'of a job that is over, in a type with delays, it cannot be told',
    job('completed', null),
    history(['job_added', AT - 90_000]),
    true,
    undefined,
  ],
  ['of a job that is gone it cannot be told', job('completed', null), [], false, undefined],
] as const)('%s', (_name, one, entries, delayed, wait) => expect(waitOf(one, entries, AT, delayed)).toBe(wait));

test('so many jobs are asked for at most, and only by the one who counts', async () => {
  let asked = 0;
  const starts = new Starts({
    getJobStatus: async () => {
      asked += 1;
      return null;
    },
    getJobHistory: async () => [],
  });
  const start = (n: number) => {
    const jobId = `019b76da-a800-7000-8000-${String(n).padStart(12, '0')}`;
    starts.started({
      event: 'job_started',
      jobId,
      jobType: 'work',
      plugin: null,
      status: 'processing',
      attempt: 1,
      at: iso(AT),
    } as JobEvent);
    return starts.ended(jobId);
  };
  expect(start(1)?.wait).toBeUndefined();
  expect(asked).toBe(0);
  starts.asks = true;
  for (let n = 0; n < 150; n += 1) start(n);
  expect(asked).toBe(100);
  expect(start(151)?.wait).toBe(10 * 3_600_000);
  starts.refill();
  start(152);
  expect(asked).toBe(101);
});

test('starts that never end are forgotten at last', () => {
  const starts = new Starts({ getJobStatus: async () => null, getJobHistory: async () => [] });
  for (let n = 0; n < 20_001; n += 1) {
    starts.started({
      event: 'job_started',
      jobId: `j${n}`,
      jobType: 'w',
      plugin: null,
      status: 'processing',
      attempt: 1,
      at: iso(AT),
    } as JobEvent);
  }
  expect(starts.ended('j0')).toBeUndefined();
  expect(starts.ended('j1')).toEqual({ at: AT, wait: undefined });
});

test('in a whole instance a delay of an hour is no waiting', async () => {
  let db: PluginDatabase | undefined;
  const work = definePlugin({
    name: 'work',
    init(ctx) {
      db = ctx.db;
      // As long as it takes to ask for a job.
      ctx.registerProcessor('work', async () => {
        for (let turns = 0; turns < 30; turns += 1) await turn(1);
      });
    },
  });
  const folder = 'nothing-is-written-here';
  await using jobs = await createTestJobs({
    plugins: { work: { use: work }, report: { use: report, config: { folder } } },
  });
  await jobs.addJob({ type: 'work', data: {}, delay: 3_600_000 });
  await jobs.advance(3_600_000);
  await jobs.advance(10_000);
  const rows = await db?.selectFrom('pwj_report_times').select(['bucket', 'n']).where('kind', '=', 'wait').execute();
  expect(rows?.map(({ n }) => Number(n))).toEqual([1]);
  expect(Number(rows?.[0]?.bucket)).toBeLessThan(bucketOf(1_000));
});
