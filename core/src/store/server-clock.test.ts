// The time of the server is the time of all its processes.
import { expect, test } from 'vitest';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { serverClock } from './server-clock.ts';

const serverAhead = (base: ManualClock, by: { ms: number }) => ({ serverTime: async () => base.now() + by.ms });

test('a host whose clock is five minutes late uses the time of the server, and its timers run as before', async () => {
  const base = new ManualClock();
  const { clock, stop } = await serverClock(serverAhead(base, { ms: 300_000 }), base);
  expect(clock.now() - base.now()).toBe(300_000);
  let fired = 0;
  clock.after(1_000, () => {
    fired += 1;
  });
  await base.advance(1_000);
  expect(fired).toBe(1);
  stop();
  expect(base.pending).toBe(0);
});

test('a changed clock is noticed within ten seconds, and a few milliseconds are ignored', async () => {
  const base = new ManualClock();
  const by = { ms: 40 };
  const { clock, stop } = await serverClock(serverAhead(base, by), base);
  const offset = () => clock.now() - base.now();
  expect(offset()).toBe(0);
  by.ms = -7_200_000;
  await base.advance(10_000);
  expect(offset()).toBe(-7_200_000);
  by.ms = 10;
  await base.advance(10_000);
  expect(offset()).toBe(0);
  stop();
});
