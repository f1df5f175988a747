// A clock that only the test moves.
import type { PluginClock } from '@phraseworks/sdk';

export interface TestClock extends PluginClock {
  /** Without firing timers. */
  advance(ms: number): void;
  /** Fires what is due, and waits for it. */
  elapse(ms: number): Promise<void>;
  readonly pending: number;
}

export function manualClock(start = Date.UTC(2026, 10, 25, 9)): TestClock {
  let now = start;
  const timers = new Set<{ at: number; fn: () => unknown }>();
  return {
    now: () => now,
    iso: (ms = now) => new Date(ms).toISOString(),
    rest: async () => {},
    after(ms, fn) {
      const timer = { at: now + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      now += ms;
    },
    async elapse(ms) {
      now += ms;
      for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) await timer.fn();
    },
    get pending() {
      return timers.size;
    },
  };
}
