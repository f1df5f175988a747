// A schedule changed by hand: what stays, what survives a restart, and what is refused.
import type { JobsError, Schedule } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import { Ledger } from '../store/ledger.ts';
import { ScheduleStore } from '../store/schedule-store.ts';
import { ScheduleAdministration } from './administration.ts';
import { Schedules } from './schedules.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const clock: Clock = { steady: () => 0, now: () => NOON, after: () => () => {}, soon: (fn) => void setImmediate(fn) };
const DECLARED: Schedule = { name: 'digest', schedule: '0 9 * * *', jobData: { type: 'mail', data: { to: 'team' } } };
const KEY = 'shop/digest';

let dialect: Dialect;
let schedules: Schedules;
let administration: ScheduleAdministration;

beforeEach(async () => {
  dialect = await openTestDatabase();
  const store = new ScheduleStore(new Ledger(dialect, 'test', clock));
  const parts = { store, clock, check: () => null, changed: () => {} };
  schedules = new Schedules(parts);
  administration = new ScheduleAdministration({
    ...parts,
    isActive: () => true,
    add: () => Promise.reject(new Error('nothing is added here')),
  });
  await schedules.save('shop', DECLARED);
});
afterEach(() => dialect.close());

it('omitted fields stay as they were', async () => {
  const changed = await administration.change(KEY, { schedule: '30 8 * * 1', timezone: 'Europe/Berlin' });
  expect(changed).toMatchObject({
    name: KEY,
    plugin: 'shop',
    schedule: '30 8 * * 1',
    timezone: 'Europe/Berlin',
    missed: 'once',
    jobData: { type: 'mail', data: { to: 'team' } },
    nextRun: '2026-10-19T06:30:00.000Z',
  });
  expect(await administration.get(KEY)).toEqual(changed);
});

it('a change survives the next start of its plugin', async () => {
  await administration.change(KEY, { missed: 'skip', jobData: { type: 'mail', data: { to: 'all' } } });
  await schedules.save('shop', DECLARED);
  await schedules.keepOnly('shop', ['digest']);
  expect(await administration.get(KEY)).toMatchObject({
    missed: 'skip',
    jobData: { data: { to: 'all' } },
    declared: true,
    changed: true,
  });
});

it("the plugin's own schedule returns after the changed one was removed", async () => {
  await administration.change(KEY, { schedule: '0 0 * * *' });
  await administration.remove(KEY);
  await schedules.save('shop', DECLARED);
  expect(await administration.get(KEY)).toMatchObject({ schedule: '0 9 * * *', changed: false });
});

it('a schedule that its plugin no longer declares is removed, changed or not', async () => {
  await administration.change(KEY, { schedule: '0 0 * * *' });
  await schedules.keepOnly('shop', []);
  expect(await administration.list()).toEqual([]);
});

it('a schedule created at run time does not count as declared after a change', async () => {
  await schedules.save(null, { ...DECLARED, name: 'own' } as Schedule, false);
  await administration.change('own', { schedule: '0 0 * * *' });
  expect(await administration.get('own')).toMatchObject({ declared: false, changed: false });
});

it('all wrong fields are listed, and nothing changes', async () => {
  const wrong = { schedule: '0 25 * * *', timezone: 'Mars/Olympus', missed: 'maybe' as 'skip' };
  const error = (await administration.change(KEY, wrong).catch((thrown: unknown) => thrown)) as JobsError;
  expect(error.code).toBe('INVALID_DATA');
  expect(error.errors.map(({ path }) => path).sort()).toEqual(['missed', 'schedule', 'timezone']);
  expect(await administration.get(KEY)).toMatchObject({ schedule: '0 9 * * *', changed: false });
});

it('a paused schedule lists its runs when asked by name, and is left out of the list of all', async () => {
  await administration.pause(KEY);
  const span = { from: NOON, to: NOON + 3 * 86_400_000 };
  expect(await administration.runs(span)).toEqual([{ name: KEY, at: [], capped: false, added: [] }]);
  expect((await administration.runs({ ...span, name: KEY }))[0]?.at).toHaveLength(3);
});

it.each(['get', 'change', 'runs'] as const)('%s of an unknown name is refused', async (what) => {
  const asked = {
    get: () => administration.get('shop/none'),
    change: () => administration.change('shop/none', {}),
    runs: () => administration.runs({ from: NOON, to: NOON + 1, name: 'shop/none' }),
  };
  await expect(asked[what]()).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
});
