// The clock of a machine that is set back, or sleeps, while the timers of another clock run on.
import type { Clock } from '../src/kernel/clock.ts';

export function shiftedClock(base: Clock) {
  const clock = {
    shift: 0,
    steady: () => 0,
    now: () => base.now() + clock.shift,
    after: base.after.bind(base),
    soon: base.soon.bind(base),
  };
  return clock;
}
