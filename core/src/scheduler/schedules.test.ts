// Declaring schedules: what a second save changes and what it keeps, and what is removed.
import type { Schedule } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import { scheduleRig } from '../../test/schedule-rig.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import type { ScheduleStore } from '../store/schedule-store.ts';
import type { Schedules } from './schedules.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const HOUR = 3_600_000;

let time = NOON;
const clock: Clock = { steady: () => 0, now: () => time, after: () => () => {}, soon: (fn) => void setImmediate(fn) };
let dialect: Dialect;
let store: ScheduleStore;
let schedules: Schedules;

beforeEach(async () => {
  time = NOON;
  dialect = await openTestDatabase();
  ({ store, schedules } = scheduleRig(dialect, clock));
});
afterEach(() => dialect.close());

const named = (name: string, more: Partial<Schedule> = {}): Schedule =>
  ({ name, schedule: '0 * * * *', jobData: { type: 'report', data: {} }, ...more }) as Schedule;

describe('a saved schedule', () => {
  it('of the same name in two plugins and the application counts as three', async () => {
    for (const owner of ['shop', 'blog', null]) await schedules.save(owner, named('maintenance'));
    expect((await store.list()).map((schedule) => schedule.key)).toEqual([
      'blog/maintenance',
      'maintenance',
      'shop/maintenance',
    ]);
    expect(await schedules.namesOf('shop')).toEqual(['maintenance']);
  });

  it('keeps its next run if saved again unchanged, so a restart forgets no missed run', async () => {
    await schedules.save(null, named('a'));
    time += 3 * HOUR;
    expect(await schedules.save(null, named('a'))).toMatchObject({ nextRun: '2026-10-16T16:00:00.000Z' });
    expect(await store.get('a')).toMatchObject({ nextAt: NOON + HOUR });
  });

  it('returns to the nearest run if saved again after a clock was far ahead', async () => {
    time = NOON + 4 * 365 * 24 * HOUR;
    await schedules.save(null, named('a'));
    time = NOON;
    await schedules.save(null, named('a'));
    expect(await store.get('a')).toMatchObject({ nextAt: NOON + HOUR });
  });

  it.each([{ schedule: '30 * * * *' }, { schedule: '30 14 * * *', timezone: 'Europe/London' }])(
    'continues with the next run of a changed pattern or time zone: %j',
    async (more) => {
      await schedules.save(null, named('a'));
      time += HOUR;
      await schedules.save(null, named('a', more));
      expect(await store.get('a')).toMatchObject({ nextAt: NOON + HOUR + HOUR / 2 });
    },
  );

  it('with another job or policy changes only that, and stays paused', async () => {
    await schedules.save(null, named('a'));
    await store.pause('a');
    await schedules.save(null, named('a', { missed: 'skip', jobData: { type: 'report', data: { week: 2 } } } as never));
    const saved = await store.get('a');
    expect(saved).toMatchObject({ paused: true, missed: 'skip', nextAt: NOON + HOUR });
    expect(JSON.parse(saved?.job ?? '')).toEqual({ type: 'report', data: { week: 2 } });
  });

  it('beyond 500 is refused, and a change of an existing one is not', async () => {
    await schedules.save(null, named('s0'));
    const [row] = await dialect.db.selectFrom('pwj_schedules').selectAll().execute();
    const copies = Array.from({ length: 499 }, (_, i) => ({ ...row, key: `s${i + 1}`, name: `s${i + 1}` }) as never);
    await dialect.db.insertInto('pwj_schedules').values(copies).execute();
    await expect(schedules.save(null, named('one_more'))).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await schedules.save(null, named('s7', { missed: 'skip' }));
    expect(await store.get('s7')).toMatchObject({ missed: 'skip' });
  });
});

it('a removed schedule that its plugin no longer declares leaves those of others', async () => {
  for (const name of ['a', 'b', 'c']) await schedules.save('shop', named(name));
  await schedules.save('blog', named('a'));
  await schedules.save(null, named('a'));
  expect(await schedules.keepOnly('shop', ['b', 'unknown'])).toBe(2);
  expect((await store.list()).map((schedule) => schedule.key)).toEqual(['a', 'blog/a', 'shop/b']);
  expect(await schedules.keepOnly('shop', [])).toBe(1);
  expect(await schedules.keepOnly('shop', [])).toBe(0);
  expect(await schedules.namesOf('blog')).toEqual(['a']);
});
