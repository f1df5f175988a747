// Fires due schedules: one timer for the next run, one job per run on any number of nodes, no leader.
import { type ErrorCode, JobsError, type MissedRuns, type NewJob, Veto } from '@phraseworks/sdk';
import { lastRuns, next } from '@phraseworks/sdk/cron';
import { Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { Holds } from '../queue/holds.ts';
import { Queue } from '../queue/queue.ts';
import { type DueSchedule, type ScheduledData, ScheduleStore } from '../store/schedule-store.ts';

/** The newest run counts as late, not missed, for this long, so that a restart does not skip a nightly job. */
const GRACE = 60_000;

interface Plan {
  pattern: string;
  timezone: string;
  missed: MissedRuns;
  /** The first run that has not fired. */
  nextAt: number;
}

interface Due {
  /** Planned times of the runs to fire now, oldest first. */
  ticks: number[];
  /** The first run after now, or null. */
  next: number | null;
}

/**
 * Which due and missed runs to fire now. Pure.
 * The newest run always fires if it is at most a minute late. Of older runs, `skip` fires none, `once` fires the
 * newest if no run is on time, and `{ all: n }` fires the newest `n`.
 */
export function dueRuns({ pattern, timezone, missed, nextAt }: Plan, now: number): Due {
  if (nextAt > now) return { ticks: [], next: nextAt };
  const most = typeof missed === 'object' ? missed.all : 0;
  const recent = lastRuns(pattern, timezone, now, most + 1).filter((tick) => tick >= nextAt);
  // If time zone rules changed since the run was planned, fire at the old time rather than not at all.
  const runs = recent.length > 0 ? recent : [nextAt];
  const newest = runs.at(-1) ?? nextAt;
  const onTime = now - newest <= GRACE;
  return { ticks: chosen(runs, onTime, missed), next: next(pattern, timezone, now) };
}

function chosen(runs: number[], onTime: boolean, missed: MissedRuns): number[] {
  if (typeof missed === 'object') return onTime ? runs : runs.slice(-missed.all);
  return onTime || missed === 'once' ? runs.slice(-1) : [];
}

/** Milliseconds until a change by another process is seen at the latest, unless `pollInterval` is longer. */
const LONGEST_WAIT = 30_000;
/** Milliseconds before a failed run is tried again. */
const RETRY = 5_000;
const TICKS_KEPT = 7 * 86_400_000;
const PRUNED_AT_ONCE = 500;
const PRUNED_AT_MOST = 20_000;
const MOST_COMPLAINTS = 1_000;

/** With these errors the job would be refused again, so the run is skipped. Other errors are retried. */
const FINAL: readonly ErrorCode[] = [
  'INVALID_DATA',
  'PAYLOAD_TOO_LARGE',
  'UNKNOWN_TYPE',
  'VETOED',
  'IDEMPOTENCY_CONFLICT',
];
const isFinal = (error: unknown): boolean =>
  error instanceof Veto || (error instanceof JobsError && FINAL.includes(error.code));

export class Scheduler {
  static readonly needs = {
    store: ScheduleStore,
    queue: Queue,
    holds: Holds,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  readonly #needs;
  readonly #rounds: Rounds;
  #stopped = false;
  /** Time of the last check; later runs have not been considered. */
  #lookedAt = 0;
  /** A run could not be added and will be retried. */
  #kept = false;
  /** The run for which a problem was last logged, by schedule, so that each is logged once. */
  readonly #complaints = new Map<string, number>();

  constructor(needs: Built<typeof Scheduler.needs>) {
    this.#needs = needs;
    this.#rounds = new Rounds(needs.clock, () => this.#round());
  }

  start(): void {
    this.#stopped = false;
    this.#rounds.start(0);
  }

  /** Resolves when the job in progress is stored; the next start continues the pass. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#rounds.stop();
  }

  /** Call after schedules or plugins changed: checks again. */
  poke(): void {
    this.#rounds.within(0);
  }

  /** Deletes ticks older than a week, in small transactions, at most 20000 per call; returns how many. */
  async prune(now: number): Promise<number> {
    let pruned = 0;
    let batch = PRUNED_AT_ONCE;
    while (batch === PRUNED_AT_ONCE && pruned < PRUNED_AT_MOST) {
      batch = await this.#needs.store.pruneTicks(now - TICKS_KEPT, PRUNED_AT_ONCE);
      pruned += batch;
    }
    return pruned;
  }

  async #round(): Promise<number> {
    try {
      await this.tick();
      return await this.#untilNext();
    } catch (error) {
      this.#needs.log.error(`Cannot read schedules, will try again in ${RETRY / 1_000} s: ${messageOf(error)}`);
      return RETRY;
    }
  }

  async #untilNext(): Promise<number> {
    const nearest = await this.#needs.store.nearest(this.#lookedAt);
    const most = this.#kept ? RETRY : Math.max(LONGEST_WAIT, this.#needs.settings.queue.pollInterval ?? 0);
    return nearest === null ? most : Math.min(most, Math.max(0, nearest - this.#needs.clock.now()));
  }

  /** Fires all due runs; returns how many jobs were added. */
  async tick(): Promise<number> {
    const { store, clock, holds } = this.#needs;
    const now = clock.now();
    // If the clock was ahead, schedules moved on too far. That shows at a start, or when the clock goes back by more than usual corrections.
    if (this.#lookedAt === 0) await this.#pullBack(now);
    else if (this.#lookedAt - now > LONGEST_WAIT) await this.#pullBack(now - LONGEST_WAIT);
    const due = (await store.due(now)).filter((schedule) => holds.isOn(schedule.plugin));
    this.#lookedAt = now;
    this.#kept = false;
    let added = 0;
    for (const schedule of due) {
      if (this.#stopped) break;
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
    const { store } = this.#needs;
    for (const { key, pattern, timezone, paused, nextAt } of await store.list()) {
      if (paused || nextAt === null) continue;
      const first = firstRun(pattern, timezone, since);
      if (first !== null && first < nextAt) await store.advance(key, nextAt, first, null);
    }
  }

  /** Advances only after the jobs are stored; after a crash in between, their ticks prevent duplicates. */
  async #run(schedule: DueSchedule, now: number): Promise<number> {
    const { store, holds } = this.#needs;
    const { key, nextAt } = schedule;
    const data = await store.jobFor(key, nextAt);
    if (!data) return 0;
    const { ticks, next: following } = dueRuns(schedule, now);
    if (holds.pauseOf((JSON.parse(data.job) as NewJob).type) !== null) {
      await store.advance(key, nextAt, following, null);
      return 0;
    }
    // Where each missed run counts, none gives way to the next one.
    const nextRun = typeof schedule.missed === 'object' ? null : following;
    let added = 0;
    let last: number | null = null;
    for (const tick of ticks) {
      const outcome = await this.#fire(schedule, data, tick, nextRun);
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
    { job, dataVersion }: ScheduledData,
    tick: number,
    nextRun: number | null,
  ): Promise<'added' | 'already' | 'refused' | 'later'> {
    if (this.#stopped) return 'later';
    const { key, plugin } = schedule;
    try {
      const context = { plugin, schedule: key, tick, nextRun, dataVersion };
      return await this.#needs.queue.addTick(JSON.parse(job) as NewJob, context);
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
    this.#needs.log.warn(`schedule ${key}: ${what}`);
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
