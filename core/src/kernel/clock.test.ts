// Time as the rest of the code sees it.
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { pause, systemClock } from './clock.ts';

test('a pause ends at once when its signal fires, and its timer is gone', async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const waiting = pause(clock, 1_000_000, controller.signal);
  controller.abort();
  await waiting;
  expect(clock.pending).toBe(0);
  await pause(clock, 1_000_000, controller.signal);
});

test('a timer of a year does not fire at once', async () => {
  let fired = false;
  const cancel = systemClock.after(31_622_400_000, () => {
    fired = true;
  });
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  cancel();
  expect(fired).toBe(false);
});
