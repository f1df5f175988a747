// Start and stop of an instance, in every order that a host may call them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../testing/src/manual-clock.ts';
import { type Assembled, assemble } from './create-jobs.ts';
import { systemRandom } from './kernel/clock.ts';
import { createLogger } from './kernel/logger.ts';

let clock: ManualClock;
let jobs: Assembled;
beforeEach(async () => {
  clock = new ManualClock();
  jobs = await assemble(
    { database: 'sqlite::memory:', log: createLogger('error', () => {}) },
    { clock, random: systemRandom, env: {} },
  );
});
afterEach(() => jobs.stop({ timeout: 0 }));

test('a second start changes nothing', async () => {
  await jobs.start();
  const timers = clock.pending;
  await jobs.start();
  expect([clock.pending, jobs.info().running]).toEqual([timers, true]);
});

test('a stop during the start leaves nothing running', async () => {
  const started = jobs.start();
  await jobs.stop({ timeout: 0 });
  await started;
  expect([clock.pending, jobs.info().running]).toEqual([0, false]);
});

test('a stopped instance cannot be started again', async () => {
  await jobs.stop({ timeout: 0 });
  await expect(jobs.start()).rejects.toMatchObject({ code: 'INVALID_STATE' });
  expect(clock.pending).toBe(0);
});
