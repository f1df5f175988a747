// The plugin's tables on the engine of the run, and a clock that stands still.

import type { PluginClock } from '@phraseworks/sdk';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { onTestFinished } from 'vitest';
import { type Database, tables } from '../src/tables.ts';

/** Closed with the test. */
export async function openDatabase(): Promise<Database> {
  let db: Database | undefined;
  const plugin = definePlugin({
    name: 'email',
    tables,
    init: (ctx) => {
      db = ctx.db;
    },
  });
  const jobs = await createTestJobs({ plugins: { email: { use: plugin } }, start: false });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  if (!db) throw new Error(JSON.stringify(await jobs.plugins.list()));
  return db;
}

export interface ManualClock extends PluginClock {
  /** Milliseconds since 1970. */
  time: number;
  /** Moves on, and fires what is due on the way. */
  advance(ms: number): Promise<void>;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

export function manualClock(time = Date.UTC(2026, 10, 25, 9)): ManualClock {
  const timers = new Set<{ at: number; fn: () => void }>();
  const clock: ManualClock = {
    time,
    now: () => clock.time,
    after: (ms, fn) => {
      const timer = { at: clock.time + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    iso: (ms = clock.time) => new Date(ms).toISOString(),
    rest: async () => {},
    async advance(ms) {
      const end = clock.time + ms;
      await turn();
      for (;;) {
        const next = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers.delete(next);
        clock.time = Math.max(clock.time, next.at);
        next.fn();
        await turn();
      }
      clock.time = end;
    },
  };
  return clock;
}
