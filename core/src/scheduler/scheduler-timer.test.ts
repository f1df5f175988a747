// The one timer: to the nearest run, sooner when something changes, and none after the stop.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTestDatabase } from '../../test/core-kit.ts';
import { type Fire, scheduleRig } from '../../test/schedule-rig.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Scheduler } from './scheduler.ts';
import type { Schedules } from './schedules.ts';

const NOON = Date.parse('2026-10-16T12:00:00Z');

/** Time only moves when the test moves it; `timer()` resolves with the delay of the next timer. */
class StillClock implements Clock {
  time = NOON;
  #due: { at: number; fn: () => void } | undefined;
  #told: ((ms: number) => void)[] = [];

  now = (): number => this.time;
  steady = (): number => this.time;
  soon = (fn: () => void): void => void setImmediate(fn);
  after = (ms: number, fn: () => void) => {
    const timer = { at: this.time + ms, fn };
    this.#due = timer;
    for (const tell of this.#told.splice(0)) tell(ms);
    return () => {
      if (this.#due === timer) this.#due = undefined;
    };
  };
  timer = (): Promise<number> => new Promise((resolve) => void this.#told.push(resolve));
  get waiting(): boolean {
    return this.#due !== undefined;
  }
  /** Runs the timer when its moment has come; answers the delay of the one that follows. */
  async advance(ms: number): Promise<number> {
    this.time += ms;
    const { at, fn } = this.#due ?? { at: Number.POSITIVE_INFINITY, fn: () => {} };
    if (at > this.time) return at - this.time;
    const following = this.timer();
    this.#due = undefined;
    fn();
    return following;
  }
}

let clock: StillClock;
let dialect: Dialect;
let scheduler: Scheduler;
let schedules: Schedules;
let fired: string[];
let fire: Fire;

beforeEach(async () => {
  clock = new StillClock();
  dialect = await openTestDatabase();
  fired = [];
  fire = async (_, { schedule, tick }) => {
    fired.push(`${schedule} ${(tick - NOON) / 1_000}`);
    return 'added';
  };
  ({ scheduler, schedules } = scheduleRig(dialect, clock, { fire: (job, about) => fire(job, about) }));
  schedules.changed.on(() => scheduler.within(0));
});
afterEach(() => dialect.close());

it('retries in five seconds if the job could not be added', async () => {
  await schedules.save(null, { type: 'often', schedule: '*/10 * * * * *', data: {} });
  fire = () => Promise.reject(new Error('disk full'));
  scheduler.start();
  await clock.advance(0);
  expect(await clock.advance(10_000)).toBe(5_000);
});

it('retries in five seconds if the database cannot be read', async () => {
  await dialect.db.schema.dropTable('pwj_schedules').execute();
  scheduler.start();
  expect(await clock.advance(0)).toBe(5_000);
});

it('fires nothing after a stop, and continues after the next start', async () => {
  await schedules.save(null, { type: 'often', schedule: '*/10 * * * * *', data: {} });
  scheduler.start();
  await clock.advance(0);
  await scheduler.stop();
  expect(clock.waiting).toBe(false);
  scheduler.within(0);
  expect(clock.waiting).toBe(false);
  clock.time += 10_000;
  scheduler.start();
  await clock.advance(0);
  expect(fired).toEqual(['often 10']);
});

it('stopped during a pass, waits for the job being added and keeps the others due', async () => {
  await schedules.save(null, {
    name: 'a',
    schedule: '*/10 * * * * *',
    missed: { all: 5 },
    jobData: { type: 't', data: {} },
  });
  const record: Fire = async (_, { tick }) => {
    fired.push(String((tick - NOON) / 1_000));
    return 'added';
  };
  let stopped: Promise<void> | undefined;
  fire = (...args) => {
    stopped ??= scheduler.stop();
    return record(...args);
  };
  clock.time += 35_000;
  expect(await scheduler.tick()).toBe(1);
  await stopped;
  expect(fired).toEqual(['10']);
  fire = record;
  scheduler.start();
  await clock.advance(0);
  expect(fired).toEqual(['10', '20', '30']);
});
