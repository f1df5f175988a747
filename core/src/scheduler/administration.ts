// Schedules as an operator sees them: listed with their next runs, paused, resumed, run now, removed.
import type { Job, NewJob } from '@phraseworks/sdk';
import { type Clock, iso } from '../clock.ts';
import type { StoredSchedule } from '../db/schedule-row.ts';
import type { ScheduleStore } from '../db/schedule-store.ts';
import type { ScheduleInfo, SchedulesApi } from '../host.ts';
import { next, nextRuns } from './cron.ts';
import { scheduleNotFound } from './schedules.ts';

const SHOWN_RUNS = 5;

export interface ScheduleAdministrationOptions {
  store: ScheduleStore;
  clock: Clock;
  /** Is the plugin (null: the application) on, so that its schedules fire here? */
  isActive: (plugin: string | null) => boolean;
  /** Adds a job that is no regular run. */
  add: (job: NewJob, about: { plugin: string | null; schedule: string }) => Promise<Job>;
  /** Called after every change, to wake the scheduler of this process. */
  changed: () => void;
}

export class ScheduleAdministration implements SchedulesApi {
  readonly #options: ScheduleAdministrationOptions;

  constructor(options: ScheduleAdministrationOptions) {
    this.#options = options;
  }

  async list(): Promise<ScheduleInfo[]> {
    const { store, clock, isActive } = this.#options;
    const now = clock.now();
    return (await store.list()).map((schedule) => describe(schedule, isActive(schedule.plugin), now));
  }

  async pause(name: string): Promise<void> {
    await this.#change(this.#options.store.pause(name));
  }

  /** Runs that were due during the pause are not made up for. */
  async resume(name: string): Promise<void> {
    const now = this.#options.clock.now();
    await this.#change(this.#options.store.resume(name, ({ pattern, timezone }) => next(pattern, timezone, now)));
  }

  async run(name: string): Promise<Job> {
    const { store, clock, add } = this.#options;
    const schedule = await store.get(name);
    if (!schedule) throw scheduleNotFound();
    const job = await add(JSON.parse(schedule.job) as NewJob, { plugin: schedule.plugin, schedule: schedule.key });
    await store.ranBeside(schedule.key, clock.now(), job.id);
    return job;
  }

  async remove(name: string): Promise<void> {
    await this.#change(this.#options.store.remove(name));
  }

  async #change(found: Promise<boolean>): Promise<void> {
    if (!(await found)) throw scheduleNotFound();
    this.#options.changed();
  }
}

function describe(schedule: StoredSchedule, active: boolean, now: number): ScheduleInfo {
  const { pattern, timezone, lastAt } = schedule;
  const runs = active && !schedule.paused ? comingRuns(schedule, now) : [];
  return {
    name: schedule.key,
    plugin: schedule.plugin,
    schedule: pattern,
    timezone,
    missed: schedule.missed,
    paused: schedule.paused,
    type: (JSON.parse(schedule.job) as NewJob).type,
    nextRun: runs[0] ?? null,
    nextRuns: runs,
    lastRun: lastAt === null ? null : iso(lastAt),
    lastJob: schedule.lastJob,
  };
}

/** One whose run has come and that waits for its turn is listed with it. */
function comingRuns({ pattern, timezone, nextAt }: StoredSchedule, now: number): string[] {
  if (nextAt === null) return [];
  try {
    const later = nextRuns(pattern, timezone, Math.max(nextAt, now), SHOWN_RUNS - 1);
    return [nextAt, ...later].map(iso);
  } catch {
    // Saved by a process that knows this time zone, listed by one that does not.
    return [iso(nextAt)];
  }
}
