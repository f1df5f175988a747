// What an operator sees of the schedules, and does with them.
import { type Job, JobsError, type NewJob } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import { Ledger } from '../store/ledger.ts';
import { ScheduleStore } from '../store/schedule-store.ts';
import { ScheduleAdministration } from './administration.ts';
import { Schedules } from './schedules.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const HOUR = 3_600_000;

let time = NOON;
const clock: Clock = { steady: () => 0, now: () => time, after: () => () => {}, soon: (fn) => void setImmediate(fn) };
const off = new Set<string | null>();
let added: unknown[];
let changes: number;
let dialect: Dialect;
let store: ScheduleStore;
let schedules: Schedules;
let administration: ScheduleAdministration;

beforeEach(async () => {
  time = NOON;
  off.clear();
  added = [];
  changes = 0;
  dialect = await openTestDatabase();
  store = new ScheduleStore(new Ledger(dialect, 'test', clock));
  const changed = () => {
    changes += 1;
  };
  schedules = new Schedules({ store, clock, check: () => null, changed: () => {} });
  const add = async (job: NewJob, about: { plugin: string | null; schedule: string }): Promise<Job> => {
    added.push({ job, about });
    return { id: `job-${added.length}` } as Job;
  };
  administration = new ScheduleAdministration({
    store,
    clock,
    isActive: (plugin) => !off.has(plugin),
    check: () => null,
    add,
    changed,
  });
  await schedules.save('shop', { type: 'report', data: { week: 1 }, schedule: '0 9 * * *', timezone: 'Europe/Berlin' });
});
afterEach(() => dialect.close());

const KEY = 'shop/report';

it('one whose run has come and waits is listed with that run first', async () => {
  time = Date.parse('2026-10-17T08:00:00Z');
  const [listed] = await administration.list();
  expect(listed?.nextRuns.slice(0, 2)).toEqual(['2026-10-17T07:00:00.000Z', '2026-10-18T07:00:00.000Z']);
});

it('one that is paused, or whose plugin is off, has no next run', async () => {
  off.add('shop');
  expect((await administration.list())[0]).toMatchObject({ nextRun: null, nextRuns: [] });
  off.clear();
  await administration.pause(KEY);
  expect((await administration.list())[0]).toMatchObject({ paused: true, nextRun: null, nextRuns: [] });
});

it('past runs are listed beside those of a schedule that ran more often', async () => {
  await schedules.save('shop', { name: 'often', type: 'report', data: {}, schedule: '* * * * *' });
  const ticks = Array.from({ length: 2_001 }, (_, i) => ({ schedule: 'shop/often', tick: NOON - i, job_id: `${i}` }));
  for (let from = 0; from < ticks.length; from += 500)
    await dialect.db
      .insertInto('pwj_ticks')
      .values(ticks.slice(from, from + 500))
      .execute();
  await dialect.db
    .insertInto('pwj_ticks')
    .values({ schedule: KEY, tick: NOON - HOUR, job_id: 'report' })
    .execute();
  const runs = await administration.runs({ from: NOON - 2 * HOUR, to: NOON + 1, limit: 2 });
  expect(runs.map((one) => one.added.map(({ job }) => job))).toEqual([['0', '1'], ['report']]);
});

it('what was due during a pause is not made up for', async () => {
  await administration.pause(KEY);
  time += 72 * HOUR;
  await administration.resume(KEY);
  expect(await store.get(KEY)).toMatchObject({ paused: false, nextAt: Date.parse('2026-10-20T07:00:00Z') });
  expect(changes).toBe(2);
});

it('resuming one that is not paused keeps the run that it waits for', async () => {
  time += 72 * HOUR;
  await administration.resume(KEY);
  expect(await store.get(KEY)).toMatchObject({ nextAt: Date.parse('2026-10-17T07:00:00Z') });
});

it('a run by hand adds the job beside the regular runs', async () => {
  time += HOUR;
  expect(await administration.run(KEY)).toEqual({ id: 'job-1' });
  expect(added).toEqual([
    { job: { type: 'report', data: { week: 1 } }, about: { plugin: 'shop', schedule: KEY, dataVersion: null } },
  ]);
  expect((await administration.list())[0]).toMatchObject({
    nextRun: '2026-10-17T07:00:00.000Z',
    lastRun: '2026-10-16T13:00:00.000Z',
    lastJob: 'job-1',
  });
});

it('a schedule of a zone that this machine does not know is listed all the same', async () => {
  await dialect.db.updateTable('pwj_schedules').set({ timezone: 'Mars/Olympus' }).execute();
  expect((await administration.list())[0]).toMatchObject({
    timezone: 'Mars/Olympus',
    nextRuns: ['2026-10-17T07:00:00.000Z'],
  });
});

it.each(['pause', 'resume', 'run', 'remove'] as const)(
  '%s of a name that is not there says so, without the name',
  async (action) => {
    const error = await administration[action]('shop/nothing').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JobsError);
    expect(error).toMatchObject({ code: 'SCHEDULE_NOT_FOUND', message: expect.not.stringContaining('nothing') });
  },
);
