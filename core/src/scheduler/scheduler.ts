// Fires due schedules: one timer for the next run, one job per run on any number of nodes, no leader.
import { type ErrorCode, JobsError, type NewJob } from '@phraseworks/sdk';
import { dueRuns, next } from '@phraseworks/sdk/cron';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Holds } from '../queue/holds.ts';
import { Queue } from '../queue/queue.ts';
import { ScheduleStore, type StoredSchedule } from '../store/schedule-store.ts';

type DueSchedule = StoredSchedule & { nextAt: number };

const isDue = (schedule: StoredSchedule, now: number): schedule is DueSchedule =>
  !schedule.paused && schedule.nextAt !== null && schedule.nextAt <= now;

/** Milliseconds until a change by another process is seen at the latest, unless `pollInterval` is longer. */
const LONGEST_WAIT = 30_000;
/** Milliseconds before a failed run is tried again. */
const RETRY = 5_000;
const MOST_COMPLAINTS = 1_000;

/** With these errors the job would be refused again, so the run is skipped. Other errors are retried. */
const FINAL: readonly ErrorCode[] = [
  'INVALID_DATA',
  'PAYLOAD_TOO_LARGE',
  'UNKNOWN_TYPE',
  'VETOED',
  'IDEMPOTENCY_CONFLICT',
];
const isFinal = (error: unknown): boolean => error instanceof JobsError && FINAL.includes(error.code);

export class Scheduler extends Rounds<typeof Scheduler.needs> {
  static readonly needs = {
    store: ScheduleStore,
    queue: Queue,
    holds: Holds,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  #stopped = false;
  /** Time of the last check; later runs have not been considered. */
  #lookedAt = 0;
  /** A run could not be added and will be retried. */
  #kept = false;
  /** The run for which a problem was last logged, by schedule, so that each is logged once. */
  readonly #complaints = new Map<string, number>();
  protected readonly plan = { task: 'read schedules', first: 0, again: RETRY };

  override start(): void {
    this.#stopped = false;
    super.start();
  }

  /** Resolves when the job in progress is stored; the next start continues the pass. */
  override async stop(): Promise<void> {
    this.#stopped = true;
    await super.stop();
  }

  protected async round(): Promise<number> {
    await this.tick();
    const nearest = await this.needs.store.nearest(this.#lookedAt);
    const most = this.#kept ? RETRY : Math.max(LONGEST_WAIT, this.needs.settings.queue.pollInterval ?? 0);
    return nearest === null ? most : Math.min(most, Math.max(0, nearest - this.needs.clock.now()));
  }

  /** Fires all due runs; returns how many jobs were added. */
  async tick(): Promise<number> {
    const { store, clock, holds } = this.needs;
    const now = clock.now();
    // If the clock was ahead, schedules moved on too far. That shows at a start, or when the clock goes back by more than usual corrections.
    if (this.#lookedAt === 0) await this.#pullBack(now);
    else if (this.#lookedAt - now > LONGEST_WAIT) await this.#pullBack(now - LONGEST_WAIT);
    const due = (await store.due(now)).filter((schedule) => holds.isOn(schedule.plugin));
    this.#lookedAt = now;
    this.#kept = false;
    let added = 0;
    for (const { key } of due) {
      if (this.#stopped) break;
      const schedule = await store.get(key);
      // It may have been paused, removed or run meanwhile.
      if (!schedule || !isDue(schedule, now)) continue;
      try {
        added += await this.#run(schedule, now);
      } catch (error) {
        this.#kept = true;
        this.#complain(schedule, `could not compute the run, will try again: ${messageOf(error)}`);
      }
    }
    return added;
  }

  /** Resets each schedule to its first run after `since`; ticks prevent firing a run twice. */
  async #pullBack(since: number): Promise<void> {
    const { store } = this.needs;
    for (const { key, pattern, timezone, paused, nextAt } of await store.list()) {
      if (paused || nextAt === null) continue;
      const first = firstRun(pattern, timezone, since);
      if (first !== null && first < nextAt) await store.advance(key, nextAt, first, null);
    }
  }

  /** Advances only after the jobs are stored; after a crash in between, their ticks prevent duplicates. */
  async #run(schedule: DueSchedule, now: number): Promise<number> {
    const { store, holds } = this.needs;
    const { key, nextAt } = schedule;
    const job = JSON.parse(schedule.job) as NewJob;
    const { ticks, next: following } = dueRuns(schedule, now);
    if (holds.pauseOf(job.type) !== null) {
      await store.advance(key, nextAt, following, null);
      return 0;
    }
    // Where each missed run counts, none gives way to the next one.
    const nextRun = typeof schedule.missed === 'object' ? null : following;
    let added = 0;
    let last: number | null = null;
    for (const tick of ticks) {
      const outcome = await this.#fire(schedule, job, tick, nextRun);
      if (outcome === 'later') {
        if (last !== null) await store.advance(key, nextAt, tick, last);
        return added;
      }
      if (outcome === 'added') added += 1;
      if (outcome !== 'refused') last = tick;
    }
    await store.advance(key, nextAt, following, last);
    return added;
  }

  async #fire(
    schedule: DueSchedule,
    job: NewJob,
    tick: number,
    nextRun: number | null,
  ): Promise<'added' | 'already' | 'refused' | 'later'> {
    if (this.#stopped) return 'later';
    const { key, plugin, dataVersion } = schedule;
    try {
      return await this.needs.queue.addTick(job, { plugin, schedule: key, tick, nextRun, dataVersion });
    } catch (error) {
      const final = isFinal(error);
      this.#kept ||= !final;
      const what = final ? 'the job was refused, the run is skipped' : 'the job could not be added, will try again';
      this.#complain(schedule, `${what}: ${messageOf(error)}`);
      return final ? 'refused' : 'later';
    }
  }

  #complain({ key, nextAt }: DueSchedule, what: string): void {
    if (this.#complaints.get(key) === nextAt) return;
    if (this.#complaints.size >= MOST_COMPLAINTS) this.#complaints.clear();
    this.#complaints.set(key, nextAt);
    this.needs.log.warn(`schedule ${key}: ${what}`);
  }
}

/** Also null if this machine does not know the time zone. */
function firstRun(pattern: string, timezone: string, after: number): number | null {
  try {
    return next(pattern, timezone, after);
  } catch {
    return null;
  }
}
