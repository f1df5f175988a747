// Operator actions on schedules: list with next runs, pause, resume, run now, change, remove.
import { type Job, JobsError, type NewJob, type ScheduleChange } from '@phraseworks/sdk';
import type { ScheduleDetail, ScheduleInfo } from '@phraseworks/sdk/client';
import type { SchedulesApi } from '../jobs-host.ts';
import { type Clock, iso } from '../kernel/clock.ts';
import { anything, readFields, requireText } from '../kernel/fields.ts';
import type { ScheduleStore, StoredSchedule } from '../store/schedule-store.ts';
import { checkPattern, next, nextRuns } from './cron.ts';
import { type CheckJob, readDeclaration } from './declaration.ts';
import { MOST_SCHEDULES, plannedRun, scheduleNotFound } from './schedules.ts';

const SHOWN_RUNS = 5;

export interface ScheduleAdministrationOptions {
  store: ScheduleStore;
  clock: Clock;
  /** Is the plugin (null: the application) on? */
  isActive: (plugin: string | null) => boolean;
  /** Is the type, or its plugin, paused? */
  isPaused: (type: string) => boolean;
  /** Adds a job outside the regular runs. */
  add: (job: NewJob, about: { plugin: string | null; schedule: string; dataVersion: number | null }) => Promise<Job>;
  /** Checks a job as `addJob` does, without adding it. */
  check: CheckJob;
  /** Called after every change, to wake the scheduler of this process. */
  changed: () => void;
}

export class ScheduleAdministration implements SchedulesApi {
  readonly #options: ScheduleAdministrationOptions;

  constructor(options: ScheduleAdministrationOptions) {
    this.#options = options;
  }

  async list(): Promise<ScheduleInfo[]> {
    return (await this.#options.store.list()).map((schedule) => this.#describe(schedule));
  }

  async get(name: string): Promise<ScheduleDetail> {
    requireText(name, 'name');
    const schedule = await this.#options.store.get(name);
    if (!schedule) throw scheduleNotFound();
    const { job, declared, changed = false } = schedule;
    return { ...this.#describe(schedule), jobData: JSON.parse(job) as NewJob, declared, changed };
  }

  /** The next five runs of a schedule that may not exist. Throws `INVALID_DATA` with all wrong fields. */
  preview(given: { schedule: string; timezone?: string | undefined }): string[] {
    const { schedule, timezone } = readFields(given, 'preview', { schedule: anything, timezone: anything });
    const now = this.#options.clock.now();
    const checked = checkPattern(schedule, timezone, now);
    if (!checked.ok) throw new JobsError('INVALID_DATA', 'Invalid schedule.', { errors: checked.errors });
    return nextRuns(checked.pattern, checked.timezone, now, SHOWN_RUNS).map(iso);
  }

  /** Omitted fields stay. Changes of a declared schedule persist across restarts. */
  async change(name: string, change: ScheduleChange): Promise<ScheduleDetail> {
    const { store, clock, check } = this.#options;
    requireText(name, 'name');
    const old = await store.get(name);
    if (!old) throw scheduleNotFound();
    const { key, plugin, pattern: schedule, timezone, missed } = old;
    const input = { name: old.name, schedule, timezone, missed, jobData: JSON.parse(old.job), ...change };
    const now = clock.now();
    // Unchanged data may be of an earlier version of its type.
    const declaration = await readDeclaration(input, now, change.jobData ? check : () => old.dataVersion);
    const { next: _, ...fields } = declaration;
    const entry = { ...fields, key, plugin, declared: old.declared, changed: old.declared };
    await store.put(entry, (stored) => plannedRun(stored, declaration), now, MOST_SCHEDULES);
    this.#options.changed();
    return this.get(name);
  }

  async pause(name: string): Promise<void> {
    requireText(name, 'name');
    await this.#change(this.#options.store.pause(name));
  }

  /** Runs missed during the pause are skipped. */
  async resume(name: string): Promise<void> {
    requireText(name, 'name');
    const now = this.#options.clock.now();
    await this.#change(this.#options.store.resume(name, ({ pattern, timezone }) => next(pattern, timezone, now)));
  }

  async run(name: string): Promise<Job> {
    requireText(name, 'name');
    const { store, clock, add } = this.#options;
    const schedule = await store.get(name);
    if (!schedule) throw scheduleNotFound();
    const { plugin, key, dataVersion } = schedule;
    const job = await add(JSON.parse(schedule.job) as NewJob, { plugin, schedule: key, dataVersion });
    await store.ranBeside(schedule.key, clock.now(), job.id);
    return job;
  }

  async remove(name: string): Promise<void> {
    requireText(name, 'name');
    await this.#change(this.#options.store.remove(name));
  }

  async #change(found: Promise<boolean>): Promise<void> {
    if (!(await found)) throw scheduleNotFound();
    this.#options.changed();
  }

  #describe(schedule: StoredSchedule): ScheduleInfo {
    const { clock, isActive, isPaused } = this.#options;
    const { key, plugin, pattern, timezone, missed, lastAt, lastJob } = schedule;
    const { type } = JSON.parse(schedule.job) as NewJob;
    const paused = schedule.paused || isPaused(type);
    const runs = isActive(plugin) && !paused ? comingRuns(schedule, clock.now()) : [];
    return {
      name: key,
      plugin,
      schedule: pattern,
      timezone,
      missed,
      paused,
      type,
      nextRun: runs[0] ?? null,
      nextRuns: runs,
      lastRun: lastAt === null ? null : iso(lastAt),
      lastJob,
    };
  }
}

/** Includes a run that is due but has not fired yet. */
function comingRuns({ pattern, timezone, nextAt }: StoredSchedule, now: number): string[] {
  if (nextAt === null) return [];
  try {
    const later = nextRuns(pattern, timezone, Math.max(nextAt, now), SHOWN_RUNS - 1);
    return [nextAt, ...later].map(iso);
  } catch {
    // This machine does not know the time zone that another process saved.
    return [iso(nextAt)];
  }
}
