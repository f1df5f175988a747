// All schedules: those that plugins and the application save by name, and what operators do with them.
import {
  type FieldError,
  type Job,
  JobsError,
  type NewJob,
  type Schedule,
  type ScheduleChange,
  type ScheduledJob,
} from '@phraseworks/sdk';
import type { ScheduleDetail, ScheduleInfo } from '@phraseworks/sdk/client';
import { checkPattern, next, nextRuns } from '@phraseworks/sdk/cron';
import { z } from 'zod';
import { Clock, iso } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { invalid } from '../kernel/errors.ts';
import { readFields } from '../kernel/fields.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import { type AddingCaller, Admission } from '../queue/admission.ts';
import { Holds } from '../queue/holds.ts';
import { Queue } from '../queue/queue.ts';
import { type ScheduleEntry, ScheduleStore, type StoredSchedule } from '../store/schedule-store.ts';
import { type CheckJob, type Declaration, readDeclaration } from './declaration.ts';

const MOST_SCHEDULES = 500;

const SHOWN_RUNS = 5;

const Name = z.string();
const Times = z.object({ schedule: z.string(), timezone: z.string().optional() });

/** `plugin/name`, or only the name for the application (null). */
const keyOf = (owner: string | null, name: string): string => (owner === null ? name : `${owner}/${name}`);

export const scheduleNotFound = (): JobsError =>
  new JobsError(
    'SCHEDULE_NOT_FOUND',
    "Schedule not found. Use plugin/name, or only the name for the application's own schedules.",
  );

export class Schedules extends Needing<typeof Schedules.needs> {
  static readonly needs = {
    store: ScheduleStore,
    admission: Admission,
    queue: Queue,
    holds: Holds,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** A schedule was saved, changed or removed here. */
  readonly changed = new Signal<void>();
  /** Everything has started, so an unknown type is a mistake. */
  #isStarted = false;

  /**
   * Saves a schedule by name, or changes it; a pause stays. Throws `INVALID_DATA` with all wrong fields,
   * `PAYLOAD_TOO_LARGE`, or `INVALID_STATE` if there are already 500.
   */
  async save(owner: string | null, schedule: Schedule, isDeclared = true): Promise<ScheduledJob> {
    const now = this.needs.clock.now();
    const declared = await readDeclaration(schedule, now, this.#check);
    const { next: first, ...fields } = declared;
    const { name, pattern, timezone } = fields;
    const saved = { name, schedule: pattern, timezone, nextRun: iso(first) };
    if (isDeclared && this.#isIdle) return saved;
    const entry = { ...fields, key: keyOf(owner, name), plugin: owner, declared: isDeclared };
    if (!isDeclared) await this.#checkRoom(entry.key);
    await this.#put(entry, declared, now);
    if (this.#isStarted) this.#warnIfUnknown(entry);
    return saved;
  }

  /** Without a role, this process checks declared schedules, and leaves what is stored of them to the processes that run plugins. */
  get #isIdle(): boolean {
    return this.needs.settings.roles.length === 0;
  }

  readonly #check: CheckJob = (job, base) => this.needs.admission.check(job, base);

  async #put(entry: ScheduleEntry, declared: Declaration, now: number): Promise<void> {
    await this.needs.store.put(entry, (old) => plannedRun(old, declared), now, MOST_SCHEDULES);
    this.changed.emit();
  }

  async #checkRoom(key: string): Promise<void> {
    const { store, settings } = this.needs;
    const { maxSchedules } = settings.scheduler;
    const made = (await store.list()).filter(({ declared }) => !declared);
    if (made.length < maxSchedules || made.some((one) => one.key === key)) return;
    throw new JobsError(
      'INVALID_STATE',
      `The limit of ${maxSchedules} schedules created at run time is reached (scheduler.maxSchedules). Remove one first.`,
    );
  }

  /** Call when everything has started: warns of schedules of unknown types. Their jobs would wait. */
  async started(): Promise<void> {
    this.#isStarted = true;
    for (const schedule of await this.needs.store.list()) this.#warnIfUnknown(schedule);
  }

  #warnIfUnknown({ key, job }: { key: string; job: string }): void {
    const { type } = JSON.parse(job) as { type: string };
    const { admission, log } = this.needs;
    if (admission.isKnown(type)) return;
    log.warn(
      `The schedule "${key}" adds jobs of the type "${type}", for which no known plugin has a processor: its jobs will wait. Correct the type, or enable the plugin that has it.`,
    );
  }

  /** Removes a schedule of this owner; false if none has the name. */
  async unschedule(owner: string | null, name: string): Promise<boolean> {
    readFields(Name, name, 'name');
    return this.#found(await this.needs.store.remove(keyOf(owner, name)));
  }

  /** Removes all schedules of a plugin; returns how many. */
  async removeAll(owner: string): Promise<number> {
    return this.#found(await this.needs.store.removeAll(owner));
  }

  /** Removes declared schedules of a plugin, or of the configuration (null), that are not in `names`; returns how many. Schedules created at run time stay. */
  async keepOnly(owner: string | null, names: readonly string[]): Promise<number> {
    return this.#isIdle ? 0 : this.#found(await this.needs.store.keepOnly(owner, names));
  }

  #found<T extends boolean | number>(removed: T): T {
    if (removed) this.changed.emit();
    return removed;
  }

  /** Names of a plugin's stored schedules, without the plugin's name. */
  async namesOf(owner: string): Promise<string[]> {
    return (await this.needs.store.list(owner)).map((schedule) => schedule.name);
  }

  async list(): Promise<ScheduleInfo[]> {
    return (await this.needs.store.list()).map((schedule) => this.#describe(schedule));
  }

  /** Null for an unknown name. */
  async get(name: string): Promise<ScheduleDetail | null> {
    readFields(Name, name, 'name');
    const schedule = await this.needs.store.get(name);
    return schedule ? this.#detail(schedule) : null;
  }

  #detail(schedule: StoredSchedule): ScheduleDetail {
    const { job, declared, changed = false } = schedule;
    return { ...this.#describe(schedule), jobData: JSON.parse(job) as ScheduleDetail['jobData'], declared, changed };
  }

  /** The next five runs of a schedule that may not exist. Throws `INVALID_DATA` with all wrong fields. */
  preview(given: { schedule: string; timezone?: string | undefined }): string[] {
    const { schedule, timezone } = readFields(Times, given, 'preview');
    const now = this.needs.clock.now();
    const checked = checkPattern(schedule, timezone, now);
    if (!checked.ok) throw new JobsError('INVALID_DATA', 'Invalid schedule.', { errors: checked.errors });
    return nextRuns(checked.pattern, checked.timezone, now, SHOWN_RUNS).map(iso);
  }

  /** Omitted fields stay. Changes of a declared schedule persist across restarts. */
  async change(name: string, change: ScheduleChange): Promise<ScheduleDetail> {
    const old = await this.#stored(name);
    const { key, plugin, pattern: schedule, timezone, missed } = old;
    const input = { name: old.name, schedule, timezone, missed, jobData: JSON.parse(old.job), ...change };
    const now = this.needs.clock.now();
    // Unchanged data may be of an earlier version of its type.
    const declaration = await readDeclaration(input, now, change.jobData ? this.#check : () => old.dataVersion);
    const { next: _, ...fields } = declaration;
    const entry = { ...fields, key, plugin, declared: old.declared, changed: old.declared };
    await this.#put(entry, declaration, now);
    return this.#detail(await this.#stored(name));
  }

  async pause(name: string): Promise<ScheduleInfo> {
    this.#require(await this.needs.store.pause(name));
    return this.#describe(await this.#stored(name));
  }

  /** Runs missed during the pause are skipped. */
  async resume(name: string): Promise<ScheduleInfo> {
    const { store, clock } = this.needs;
    const now = clock.now();
    this.#require(await store.resume(name, ({ pattern, timezone }) => next(pattern, timezone, now)));
    return this.#describe(await this.#stored(name));
  }

  async run(name: string, caller?: AddingCaller): Promise<Job> {
    const { store, queue, clock } = this.needs;
    const { plugin, key, job, dataVersion } = await this.#stored(name);
    const added = await queue.add(JSON.parse(job) as NewJob, {
      ...{ plugin, schedule: key, dataVersion },
      ...(caller ? { caller } : {}),
    });
    await store.ranBeside(key, clock.now(), added.id);
    return added;
  }

  async remove(name: string): Promise<void> {
    this.#require(await this.needs.store.remove(name));
  }

  #require(isFound: boolean): void {
    if (!this.#found(isFound)) throw scheduleNotFound();
  }

  async #stored(name: string): Promise<StoredSchedule> {
    readFields(Name, name, 'name');
    const schedule = await this.needs.store.get(name);
    if (!schedule) throw scheduleNotFound();
    return schedule;
  }

  #describe(schedule: StoredSchedule): ScheduleInfo {
    const { clock, holds } = this.needs;
    const { key, plugin, pattern, timezone, missed, lastAt, lastJob } = schedule;
    const { type } = JSON.parse(schedule.job) as NewJob;
    const paused = schedule.paused || holds.pauseOf(type) !== null;
    const runs = holds.isOn(plugin) && !paused ? comingRuns(schedule, clock.now()) : [];
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

/** An unchanged schedule keeps its next run, so that a restart forgets no missed run, unless a wrong clock had set it too late. */
function plannedRun(old: StoredSchedule | undefined, { pattern, timezone, next }: Declaration): number {
  const same = old?.pattern === pattern && old.timezone === timezone;
  return same && old.nextAt !== null ? Math.min(old.nextAt, next) : next;
}

/** Saves the schedules of the configuration at a start and removes the others. Throws `INVALID_CONFIG` with all errors (`schedules[0].schedule`). */
export async function declareConfigured(schedules: Schedules, list: readonly Schedule[]): Promise<void> {
  const { names, errors } = await readEach(list, (schedule) => schedules.save(null, schedule));
  if (errors.length > 0) throw invalid(errors, 'Invalid configuration: ', 'INVALID_CONFIG');
  await schedules.keepOnly(null, names);
}

/** The same errors without storing anything; plugins do not check the data. */
export const scheduleErrors = async (list: readonly Schedule[], now: number): Promise<FieldError[]> =>
  (await readEach(list, (schedule) => readDeclaration(schedule, now, () => null))).errors;

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
      if (names.includes(name)) errors.push({ path: `${at}.name`, message: 'is a duplicate' });
      names.push(name);
    } catch (error) {
      if (!(error instanceof JobsError) || error.code === 'UNAVAILABLE') throw error;
      const found = error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }];
      errors.push(...found.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
    }
  }
  return { names, errors };
}
