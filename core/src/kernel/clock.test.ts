// Time as the rest of the code sees it.
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { iso, pause, systemClock, systemRandom } from './clock.ts';

test('times are written in UTC, whether repeated or interleaved', () => {
  expect([0, 0, 1_767_225_600_123, 0].map(iso)).toEqual([
    '1970-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.123Z',
    '1970-01-01T00:00:00.000Z',
  ]);
});

test('a pause ends on time, and its timer is gone', async () => {
  const clock = new ManualClock();
  let over = false;
  void pause(clock, 100).then(() => {
    over = true;
  });
  await clock.advance(99);
  expect(over).toBe(false);
  await clock.advance(1);
  expect([over, clock.pending]).toEqual([true, 0]);
});

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

test('fractions are between 0 and 1, and bytes differ', () => {
  for (let i = 0; i < 1_000; i += 1) {
    const x = systemRandom.fraction();
    expect(x >= 0 && x < 1).toBe(true);
  }
  const [a, b] = [new Uint8Array(16), new Uint8Array(16)];
  systemRandom.bytes(a);
  systemRandom.bytes(b);
  expect(a).not.toEqual(b);
});
