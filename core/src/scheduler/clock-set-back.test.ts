// A clock that was wrong for a while: no run is lost by it, and none happens twice.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import { type Fire, scheduleRig } from '../../test/schedule-rig.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Scheduler } from './scheduler.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let time = NOON;
let dialect: Dialect;
let fired: number[];
const clock: Clock = { steady: () => 0, now: () => time, after: () => () => {}, soon: (fn) => void setImmediate(fn) };

beforeEach(async () => {
  time = NOON;
  fired = [];
  dialect = await openTestDatabase();
});
afterEach(() => dialect.close());

/** Fires each run once, as the table of ticks sees to. */
const fire: Fire = async (_job, { tick }) => {
  const hour = (tick - NOON) / HOUR;
  if (fired.includes(hour)) return 'already';
  fired.push(hour);
  return 'added';
};

const open = () => scheduleRig(dialect, clock, { fire }).scheduler;

const save = (isDeclared: boolean) =>
  scheduleRig(dialect, clock).schedules.save(
    null,
    { name: 'hourly', schedule: '0 * * * *', jobData: { type: 'a', data: {} } },
    isDeclared,
  );

async function look(scheduler: Scheduler, at: number): Promise<void> {
  time = at;
  await scheduler.tick();
}

test('after an hour with the clock a day ahead, the runs of today still happen, and that of tomorrow happens once', async () => {
  await save(true);
  const scheduler = open();
  await look(scheduler, NOON);
  await look(scheduler, NOON + DAY);
  expect(fired).toEqual([24]);
  // Seen 20 s after the run that was due meanwhile.
  await look(scheduler, NOON + HOUR + 20_000);
  await look(scheduler, NOON + HOUR + 21_000);
  await look(scheduler, NOON + 2 * HOUR);
  expect(fired).toEqual([24, 1, 2]);
  await look(scheduler, NOON + DAY);
  await look(scheduler, NOON + DAY + 1);
  expect(fired).toEqual([24, 1, 2]);
});

test('a schedule created at run time returns to the right time at the next start', async () => {
  await save(false);
  await look(open(), NOON + DAY);
  const next = open();
  await look(next, NOON + 1_000);
  await look(next, NOON + HOUR);
  expect(fired).toEqual([24, 1]);
});

test('a clock that is set back a little causes no run from before the schedule was created', async () => {
  const scheduler = open();
  await look(scheduler, NOON + 5_000);
  await save(false);
  await look(scheduler, NOON + 10_000);
  await look(scheduler, NOON + 9_900);
  expect(fired).toEqual([]);
});
