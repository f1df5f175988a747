// Schedules of plugins and the application: saved by name, and removed when no longer declared.
import { type FieldError, JobsError, type Schedule, type ScheduledJob } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { type Clock, iso } from '../kernel/clock.ts';
import { requireText } from '../kernel/fields.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ScheduleStore, StoredSchedule } from '../store/schedule-store.ts';
import { checkPattern, nextRuns } from './cron.ts';
import { type CheckJob, type Declaration, readDeclaration } from './declaration.ts';

export const MOST_SCHEDULES = 500;

export interface SchedulesOptions {
  store: ScheduleStore;
  clock: Clock;
  /** Checks a job as `addJob` does, without adding it. */
  check: CheckJob;
  /** Called after every change, to wake the scheduler of this process. */
  changed: () => void;
  /** The most schedules created at run time. */
  maxSchedules?: number;
  /** Has a plugin or the application this type, enabled or not? */
  isKnown?: (type: string) => boolean;
  log?: Pick<Logger, 'warn'>;
  /** Checks declared schedules, and leaves what is stored of them to the processes that run plugins. */
  isIdle?: boolean;
}

/** `plugin/name`, or only the name for the application (null). */
const scheduleKey = (owner: string | null, name: string): string => (owner === null ? name : `${owner}/${name}`);

export const scheduleNotFound = (): JobsError =>
  new JobsError(
    'SCHEDULE_NOT_FOUND',
    "Schedule not found. Use plugin/name, or only the name for the application's own schedules.",
  );

export class Schedules {
  readonly #store: ScheduleStore;
  readonly #clock: Clock;
  readonly #check: CheckJob;
  readonly #changed: () => void;
  readonly #maxSchedules: number;
  readonly #isKnown: (type: string) => boolean;
  readonly #log: Pick<Logger, 'warn'> | undefined;
  readonly #isIdle: boolean;
  /** Everything has started, so that a type which nobody has is a mistake. */
  #isStarted = false;

  constructor(options: SchedulesOptions) {
    const { store, clock, check, changed, maxSchedules = MOST_SCHEDULES, isKnown = () => true, log } = options;
    this.#isIdle = options.isIdle ?? false;
    this.#maxSchedules = maxSchedules;
    this.#isKnown = isKnown;
    this.#log = log;
    this.#store = store;
    this.#clock = clock;
    this.#check = check;
    this.#changed = changed;
  }

  /**
   * Saves a schedule by name, or changes it; a pause stays. Throws `INVALID_DATA` with all wrong fields,
   * `PAYLOAD_TOO_LARGE`, or `INVALID_STATE` if there are already 500.
   */
  async save(owner: string | null, schedule: Schedule, isDeclared = true): Promise<ScheduledJob> {
    const now = this.#clock.now();
    const declared = await readDeclaration(schedule, now, this.#check);
    const { name, pattern, timezone, missed, job, dataVersion, next } = declared;
    const saved = { name, schedule: pattern, timezone, nextRun: iso(next) };
    if (isDeclared && this.#isIdle) return saved;
    if (!isDeclared) await this.#checkRoom(scheduleKey(owner, name));
    const entry = {
      key: scheduleKey(owner, name),
      plugin: owner,
      name,
      pattern,
      timezone,
      missed,
      job,
      dataVersion,
      declared: isDeclared,
    };
    await this.#store.put(entry, (old) => plannedRun(old, declared), now, MOST_SCHEDULES);
    this.#changed();
    if (this.#isStarted) this.#warnIfUnknown(entry);
    return saved;
  }

  async #checkRoom(key: string): Promise<void> {
    const maxSchedules = this.#maxSchedules;
    const made = (await this.#store.list()).filter(({ declared }) => !declared);
    if (made.length < maxSchedules || made.some((one) => one.key === key)) return;
    throw new JobsError(
      'INVALID_STATE',
      `The limit of ${maxSchedules} schedules created at run time is reached (scheduler.maxSchedules). Remove one first.`,
    );
  }

  /** Call when everything has started: warns of schedules whose type nobody has. Their jobs would wait. */
  async started(): Promise<void> {
    this.#isStarted = true;
    for (const schedule of await this.#store.list()) this.#warnIfUnknown(schedule);
  }

  #warnIfUnknown({ key, job }: { key: string; job: string }): void {
    const { type } = JSON.parse(job) as { type: string };
    if (this.#isKnown(type)) return;
    this.#log?.warn(
      `The schedule "${key}" adds jobs of the type "${type}", for which no known plugin has a processor: its jobs will wait. Correct the type, or enable the plugin that has it.`,
    );
  }

  /** False if no schedule has this name. */
  async remove(owner: string | null, name: string): Promise<boolean> {
    requireText(name, 'name');
    const removed = await this.#store.remove(scheduleKey(owner, name));
    if (removed) this.#changed();
    return removed;
  }

  /** Removes all schedules of a plugin; returns how many. */
  async removeAll(owner: string): Promise<number> {
    const removed = await this.#store.removeAll(owner);
    this.#changed();
    return removed;
  }

  /** Removes declared schedules of a plugin, or of the configuration (null), that are not in `names`; returns how many. Schedules created at run time stay. */
  async keepOnly(owner: string | null, names: readonly string[]): Promise<number> {
    const removed = this.#isIdle ? 0 : await this.#store.keepOnly(owner, names);
    if (removed > 0) this.#changed();
    return removed;
  }

  /** Names of a plugin's stored schedules, without the plugin's name. */
  async namesOf(owner: string): Promise<string[]> {
    return (await this.#store.list(owner)).map((schedule) => schedule.name);
  }
}

/** Only patterns with seconds can run more than once a minute; 62 runs cover their whole list of seconds. Throws `INVALID_DATA`. */
function checkInterval(
  { pattern, timezone }: Pick<Declaration, 'pattern' | 'timezone'>,
  now: number,
  least: number,
): void {
  if (pattern.trim().split(/\s+/).length < 6) return;
  const runs = nextRuns(pattern, timezone, now, 62);
  if (runs.every((at, i) => i === 0 || at - (runs[i - 1] as number) >= least)) return;
  const message = `runs more often than every ${least / 1_000} s: use a longer interval, or lower scheduler.minInterval in the configuration`;
  throw new JobsError('INVALID_DATA', `Invalid schedule: schedule ${message}`, {
    errors: [{ path: 'schedule', message }],
  });
}

/** The same for the fields of a schedule; other mistakes are found where it is saved. */
export function checkTimes(schedule: string, timezone: string | undefined, now: number, least: number): void {
  const checked = checkPattern(schedule, timezone, now);
  if (checked.ok) checkInterval(checked, now, least);
}

/** An unchanged schedule keeps its next run, so that a restart forgets no missed run, unless a wrong clock had set it too late. */
export function plannedRun(old: StoredSchedule | undefined, { pattern, timezone, next }: Declaration): number {
  const same = old?.pattern === pattern && old.timezone === timezone;
  return same && old.nextAt !== null ? Math.min(old.nextAt, next) : next;
}

/** Saves the schedules of the configuration at a start and removes the others. Throws `INVALID_CONFIG` with all errors (`schedules[0].schedule`). */
export async function declareConfigured(schedules: Schedules, list: readonly Schedule[]): Promise<void> {
  const { names, errors } = await readEach(list, (schedule) => schedules.save(null, schedule));
  if (errors.length > 0) {
    const text = errors.map(errorText).join('; ');
    throw new JobsError('INVALID_CONFIG', `Invalid configuration: ${text}`, { errors });
  }
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
      if (!(error instanceof JobsError)) throw error;
      if (error.code === 'UNAVAILABLE') throw error;
      const found = error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }];
      errors.push(...found.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
    }
  }
  return { names, errors };
}
