// What plugins and the application declare: saved by name, changed by saving again, gone when no longer declared.
import { type FieldError, JobsError, type Schedule, type ScheduledJob } from '@phraseworks/sdk';
import { type Clock, iso } from '../kernel/clock.ts';
import type { StoredSchedule } from '../store/schedule-row.ts';
import type { ScheduleStore } from '../store/schedule-store.ts';
import { nextRuns } from './cron.ts';
import { type CheckJob, type Declaration, readDeclaration } from './declaration.ts';

export const MOST_SCHEDULES = 500;

export interface SchedulesOptions {
  store: ScheduleStore;
  clock: Clock;
  /** Checks a job as `addJob` does, without adding it. */
  check: CheckJob;
  /** Called after every change, to wake the scheduler of this process. */
  changed: () => void;
  /** Of schedules made at run time. */
  limits?: ScheduleLimits;
}

export interface ScheduleLimits {
  /** Milliseconds between two runs. */
  minInterval: number;
  maxSchedules: number;
}

/** `plugin/name`, or the name alone for the application's own (null). */
const scheduleKey = (owner: string | null, name: string): string => (owner === null ? name : `${owner}/${name}`);

export const scheduleNotFound = (): JobsError =>
  new JobsError(
    'SCHEDULE_NOT_FOUND',
    "There is no schedule with this name: it is plugin/name, or the name alone for the application's own.",
  );

export class Schedules {
  readonly #store: ScheduleStore;
  readonly #clock: Clock;
  readonly #check: CheckJob;
  readonly #changed: () => void;
  readonly #limits: ScheduleLimits;

  constructor({ store, clock, check, changed, limits }: SchedulesOptions) {
    this.#limits = limits ?? { minInterval: 0, maxSchedules: MOST_SCHEDULES };
    this.#store = store;
    this.#clock = clock;
    this.#check = check;
    this.#changed = changed;
  }

  /**
   * Saves it under its name; the same name changes it, and a pause stays. Throws `INVALID_DATA` with all wrong fields,
   * `PAYLOAD_TOO_LARGE`, or `INVALID_STATE` when there are 500 already.
   */
  async save(owner: string | null, schedule: Schedule, isDeclared = true): Promise<ScheduledJob> {
    const now = this.#clock.now();
    const declared = await readDeclaration(schedule, now, this.#check);
    const { name, pattern, timezone, missed, job, next } = declared;
    if (!isDeclared) {
      checkInterval(declared, now, this.#limits.minInterval);
      await this.#checkRoom(scheduleKey(owner, name));
    }
    const entry = {
      key: scheduleKey(owner, name),
      plugin: owner,
      name,
      pattern,
      timezone,
      missed,
      job,
      declared: isDeclared,
    };
    await this.#store.put(entry, (old) => plannedRun(old, declared), now, MOST_SCHEDULES);
    this.#changed();
    return { name, schedule: pattern, timezone, nextRun: iso(next) };
  }

  async #checkRoom(key: string): Promise<void> {
    const { maxSchedules } = this.#limits;
    const made = (await this.#store.list()).filter(({ declared }) => !declared);
    if (made.length < maxSchedules || made.some((one) => one.key === key)) return;
    throw new JobsError(
      'INVALID_STATE',
      `There are ${maxSchedules} schedules that were made at run time (scheduler.maxSchedules): remove one of them first.`,
    );
  }

  /** False when no schedule has this name. */
  async remove(owner: string | null, name: string): Promise<boolean> {
    const removed = await this.#store.remove(scheduleKey(owner, name));
    if (removed) this.#changed();
    return removed;
  }

  /** Removes all schedules of a plugin. */
  async removeAll(owner: string): Promise<void> {
    await this.#store.removeAll(owner);
    this.#changed();
  }

  /** Removes the schedules of a plugin, or of the configuration (null), that were not declared this time; answers how many. What was made at run time stays. */
  async keepOnly(owner: string | null, names: readonly string[]): Promise<number> {
    const removed = await this.#store.keepOnly(owner, names);
    if (removed > 0) this.#changed();
    return removed;
  }

  /** The names of a plugin's stored schedules, without its own name in front. */
  async namesOf(owner: string): Promise<string[]> {
    return (await this.#store.list(owner)).map((schedule) => schedule.name);
  }
}

/** Only a pattern with seconds runs oftener than each minute: its list of seconds is over after 60 runs. Throws `INVALID_DATA`. */
export function checkInterval({ pattern, timezone }: Declaration, now: number, least: number): void {
  if (pattern.trim().split(/\s+/).length < 6) return;
  const runs = nextRuns(pattern, timezone, now, 62);
  if (runs.every((at, i) => i === 0 || at - (runs[i - 1] as number) >= least)) return;
  const message = `runs oftener than every ${least / 1_000} s: raise the time between two runs, or lower scheduler.minInterval in the configuration`;
  throw new JobsError('INVALID_DATA', `The schedule is not valid: schedule ${message}`, {
    errors: [{ path: 'schedule', message }],
  });
}

/** One that is saved unchanged keeps its place, so that a restart forgets no missed run; unless a clock that was wrong had put it too far away. */
export function plannedRun(old: StoredSchedule | undefined, { pattern, timezone, next }: Declaration): number {
  const same = old?.pattern === pattern && old.timezone === timezone;
  return same && old.nextAt !== null ? Math.min(old.nextAt, next) : next;
}

// The schedules of the configuration: saved at each start, and removed when the configuration no longer has them.

/** Throws `INVALID_CONFIG` with the mistakes of all of them, by their place: `schedules[0].schedule`. */
export async function declareConfigured(schedules: Schedules, list: readonly Schedule[]): Promise<void> {
  const { names, errors } = await readEach(list, (schedule) => schedules.save(null, schedule));
  if (errors.length > 0) {
    const text = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new JobsError('INVALID_CONFIG', `The configuration is not valid: ${text}`, { errors });
  }
  await schedules.keepOnly(null, names);
}

/** The same mistakes without a start; nothing is stored, and no plugin looks at their data. */
export const mistakesIn = async (list: readonly Schedule[], now: number): Promise<FieldError[]> =>
  (await readEach(list, (schedule) => readDeclaration(schedule, now, () => {}))).errors;

async function readEach(
  list: readonly Schedule[],
  read: (schedule: Schedule) => Promise<{ name: string }>,
): Promise<{ names: string[]; errors: FieldError[] }> {
  const errors: FieldError[] = [];
  const names: string[] = [];
  for (const [index, schedule] of list.entries()) {
    const at = `schedules[${index}]`;
    try {
      const { name } = await read(schedule);
      if (names.includes(name)) errors.push({ path: `${at}.name`, message: 'is there twice' });
      names.push(name);
    } catch (error) {
      if (!(error instanceof JobsError)) throw error;
      if (error.code === 'UNAVAILABLE') throw error;
      const found = error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }];
      errors.push(...found.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
    }
  }
  return { names, errors };
}
