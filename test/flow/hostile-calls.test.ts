// Calls in the same process with values that no caller should pass: each succeeds or is refused with the field, and nothing invalid is stored.
import { JobsError } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const throwing = Object.defineProperty({}, 'type', {
  enumerable: true,
  get() {
    throw new Error('even this');
  },
});
const HOSTILE: unknown[] = [
  ...[undefined, null, true, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1n, '', 'x', '\0', Symbol('s')],
  ...[() => {}, {}, [], [null], new Date(Number.NaN), new Map(), Object.create(null), throwing],
  ...[{ kind: {}, name: {}, reason: {} }, { kind: 'type', name: 't', reason: {} }, { filter: {} }, { by: {} }],
  ...[{ type: {} }, { status: 7 }, { q: 7 }, { limit: {} }, { cursor: 7 }, { from: 'x' }, { ids: 'x' }, { name: {} }],
  { from: {}, to: {} },
];

type Call = (jobs: TestJobs, value: never) => unknown;
const CALLS: Record<string, Call> = {
  addJob: (jobs, value) => jobs.addJob(value),
  'data of addJob': (jobs, value) => jobs.addJob({ type: 't', data: value }),
  'delay of addJob': (jobs, value) => jobs.addJob({ type: 't', data: 1, delay: value }),
  addJobs: (jobs, value) => jobs.addJobs(value),
  getJobStatus: (jobs, value) => jobs.getJobStatus(value),
  getJobHistory: (jobs, value) => jobs.getJobHistory(value),
  getJobAttempts: (jobs, value) => jobs.getJobAttempts(value),
  getJobLogs: (jobs, value) => jobs.getJobLogs(value),
  getJobReceipts: (jobs, value) => jobs.getJobReceipts(value),
  why: (jobs, value) => jobs.why(value),
  jobView: (jobs, value) => jobs.jobView(value),
  cancelJob: (jobs, value) => jobs.cancelJob(value),
  retryJob: (jobs, value) => jobs.retryJob(value),
  'options of retryJob': (jobs, value) => jobs.retryJob('x', value),
  runJob: (jobs, value) => jobs.runJob(value),
  deleteJob: (jobs, value) => jobs.deleteJob(value),
  listJobs: (jobs, value) => jobs.listJobs(value),
  failures: (jobs, value) => jobs.failures(value),
  updateJobProgress: (jobs, value) => jobs.updateJobProgress('x', value),
  recordJobMetrics: (jobs, value) => jobs.recordJobMetrics('x', value),
  handleError: (jobs, value) => jobs.handleError(value, value, value),
  'pauses.pause': (jobs, value) => jobs.pauses.pause(value),
  'pauses.resume': (jobs, value) => jobs.pauses.resume(value, value),
  scheduleJob: (jobs, value) => jobs.scheduleJob(value),
  unscheduleJob: (jobs, value) => jobs.unscheduleJob(value),
  'schedules.get': (jobs, value) => jobs.schedules.get(value),
  'schedules.preview': (jobs, value) => jobs.schedules.preview(value),
  'schedules.change': (jobs, value) => jobs.schedules.change(value, value),
  'schedules.pause': (jobs, value) => jobs.schedules.pause(value),
  'schedules.resume': (jobs, value) => jobs.schedules.resume(value),
  'schedules.run': (jobs, value) => jobs.schedules.run(value),
  'schedules.remove': (jobs, value) => jobs.schedules.remove(value),
  'plugins.enable': (jobs, value) => jobs.plugins.enable(value),
  'plugins.disable': (jobs, value) => jobs.plugins.disable(value),
  'plugins.settings': (jobs, value) => jobs.plugins.settings(value),
  'plugins.configure': (jobs, value) => jobs.plugins.configure(value, value),
};

test('every method of an instance answers a hostile value with success or our own error', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('t', async () => {});
  const foreign: string[] = [];
  for (const [name, call] of Object.entries(CALLS)) {
    for (const [n, value] of HOSTILE.entries()) {
      try {
        await call(jobs, value as never);
      } catch (error) {
        if (!(error instanceof JobsError)) foreign.push(`${name} with value ${n}: ${error}`);
      }
    }
  }
  expect(foreign).toEqual([]);
  expect((await jobs.listJobs()).jobs.length).toBeGreaterThan(0);
});

test('an option whose getter changes is checked as it is stored', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('t', async () => {});
  let reads = 0;
  const sly = {
    type: 't',
    data: {},
    get delay(): number {
      reads += 1;
      return reads === 1 ? 60_000 : Number.NaN;
    },
  };
  const { id } = await jobs.addJob(sly);
  const { jobs: listed } = await jobs.listJobs();
  expect([reads, listed.map((job) => job.id)]).toEqual([1, [id]]);
});

test('a schema that never answers refuses the job after ten seconds', async () => {
  await using jobs = await createTestJobs();
  jobs.registerProcessor('t', async () => {}, { data: z.string().refine(() => new Promise<boolean>(() => {})) });
  const adding = expect(jobs.addJob({ type: 't', data: 'x' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('The schema of "t" did not answer within 10 s'),
  });
  await jobs.clock.advance(10_000);
  await adding;
});
