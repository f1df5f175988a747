// What an operator sees of the schedules and does with them: what a change by hand keeps, what survives a restart, and what is refused.
import type { Job, NewJob, Schedule } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import { scheduleRig } from '../../test/schedule-rig.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Schedules } from './schedules.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const HOUR = 3_600_000;
const DECLARED: Schedule = { type: 'report', data: { week: 1 }, schedule: '0 9 * * *', timezone: 'Europe/Berlin' };

let time = NOON;
const clock: Clock = { steady: () => 0, now: () => time, after: () => () => {}, soon: (fn) => void setImmediate(fn) };
const off = new Set<string | null>();
let added: unknown[];
let dialect: Dialect;
let schedules: Schedules;

beforeEach(async () => {
  time = NOON;
  off.clear();
  added = [];
  dialect = await openTestDatabase();
  const add = async (job: NewJob, about: object): Promise<Job> => {
    added.push({ job, about });
    return { id: `job-${added.length}` } as Job;
  };
  ({ schedules } = scheduleRig(dialect, clock, { add, isOn: (plugin) => !off.has(plugin) }));
  await schedules.save('shop', DECLARED);
});
afterEach(() => dialect.close());

const KEY = 'shop/report';

it('a schedule with an overdue run lists that run first', async () => {
  time = Date.parse('2026-10-17T08:00:00Z');
  const [listed] = await schedules.list();
  expect(listed?.nextRuns.slice(0, 2)).toEqual(['2026-10-17T07:00:00.000Z', '2026-10-18T07:00:00.000Z']);
});

it('a schedule that is paused or whose plugin is off has no next run', async () => {
  off.add('shop');
  expect((await schedules.list())[0]).toMatchObject({ nextRun: null, nextRuns: [] });
  off.clear();
  await schedules.pause(KEY);
  expect((await schedules.list())[0]).toMatchObject({ paused: true, nextRun: null, nextRuns: [] });
});

it('a manual run adds the job without changing the regular runs', async () => {
  time += HOUR;
  expect(await schedules.run(KEY)).toEqual({ id: 'job-1' });
  expect(added).toEqual([
    { job: { type: 'report', data: { week: 1 } }, about: { plugin: 'shop', schedule: KEY, dataVersion: null } },
  ]);
  expect((await schedules.list())[0]).toMatchObject({
    nextRun: '2026-10-17T07:00:00.000Z',
    lastRun: '2026-10-16T13:00:00.000Z',
    lastJob: 'job-1',
  });
});

it('a schedule in an unknown time zone is still listed', async () => {
  await dialect.db.updateTable('pwj_schedules').set({ timezone: 'Mars/Olympus' }).execute();
  expect((await schedules.list())[0]).toMatchObject({
    timezone: 'Mars/Olympus',
    nextRuns: ['2026-10-17T07:00:00.000Z'],
  });
});

it('fields that a change leaves out stay as they were', async () => {
  const changed = await schedules.change(KEY, { schedule: '30 8 * * 1' });
  expect(changed).toMatchObject({
    name: KEY,
    plugin: 'shop',
    schedule: '30 8 * * 1',
    timezone: 'Europe/Berlin',
    missed: 'once',
    jobData: { type: 'report', data: { week: 1 } },
    nextRun: '2026-10-19T06:30:00.000Z',
  });
  expect(await schedules.get(KEY)).toEqual(changed);
});

it('a change survives the next start of its plugin', async () => {
  await schedules.change(KEY, { missed: 'skip', jobData: { type: 'report', data: { week: 2 } } });
  await schedules.save('shop', DECLARED);
  await schedules.keepOnly('shop', ['report']);
  expect(await schedules.get(KEY)).toMatchObject({
    missed: 'skip',
    jobData: { data: { week: 2 } },
    declared: true,
    changed: true,
  });
});

it('a schedule that its plugin no longer declares is removed, changed or not', async () => {
  await schedules.change(KEY, { schedule: '0 0 * * *' });
  await schedules.keepOnly('shop', []);
  expect(await schedules.list()).toEqual([]);
});

it('a schedule created at run time does not count as declared after a change', async () => {
  await schedules.save(null, { ...DECLARED, name: 'own' } as Schedule, false);
  await schedules.change('own', { schedule: '0 0 * * *' });
  expect(await schedules.get('own')).toMatchObject({ declared: false, changed: false });
});
