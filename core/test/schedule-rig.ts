// Schedules on a real database; of the rest of the core, only what a test gives.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../src/kernel/clock.ts';
import { resolveSettings } from '../src/kernel/config.ts';
import { identify } from '../src/kernel/identity.ts';
import { createLogger, type Logger } from '../src/kernel/logger.ts';
import type { Queue } from '../src/queue/queue.ts';
import { Scheduler } from '../src/scheduler/scheduler.ts';
import { Schedules } from '../src/scheduler/schedules.ts';
import type { Dialect } from '../src/store/dialect.ts';
import { Ledger } from '../src/store/ledger.ts';
import { ScheduleStore } from '../src/store/schedule-store.ts';

export type Fire = Queue['addTick'];

interface Around {
  add?: unknown;
  fire?: Fire;
  check?: unknown;
  isOn?(plugin: string | null): boolean;
  log?: Logger;
}

export function scheduleRig(dialect: Dialect, clock: Clock, around: Around = {}) {
  const { add, fire, check = async () => null, isOn = () => true, log = createLogger('silent') } = around;
  const store = new ScheduleStore({ ledger: new Ledger({ dialect, identity: identify(randomUUID()), clock }) });
  const needs = {
    store,
    clock,
    log,
    settings: resolveSettings({}),
    queue: { add, addTick: fire },
    admission: { check, isKnown: () => true },
    holds: { isOn, pauseOf: () => null },
  } as never;
  return { store, schedules: new Schedules(needs), scheduler: new Scheduler(needs) };
}
