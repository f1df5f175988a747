// The slots of this process: plans what to claim, starts the jobs that it gets, and shuts down gracefully.
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, Clock, pause, withTimeout } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { type Built, Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import type { ClaimPlan } from '../store/claim-choice.ts';
import { jobEvent } from '../store/codec.ts';
import { SLACK } from '../store/limits.ts';
import { type Claimer, WriteQueue } from '../store/write-queue.ts';
import type { Attempt } from './attempt.ts';
import { Attempts } from './attempts.ts';
import { LoneSuspect } from './lone-suspect.ts';
import { Prefetch } from './prefetch.ts';
import { TypeRegistry } from './registry.ts';
import { isSuspect } from './suspects.ts';

/** The most milliseconds of a stop, in parts of its timeout, that are left for the last writes and for closing. Running jobs have twice as many after their signal. */
const CLOSING = { most: 1_000, part: 1 / 4 };

/** Milliseconds to wait for the database at least, in `halt()` and `stop()`. */
export const LAST_WRITES = 1_000;

/** Milliseconds that a processor whose type is gone has to heed its signal before its job goes back. */
const HEED = 250;

/** Milliseconds after a failed claim. */
const CLAIM_PAUSE = 1_000;

/** Milliseconds of a stop that are left when no job runs any more. */
export const closingOf = (timeout: number): number => Math.min(CLOSING.most, timeout * CLOSING.part);

export class Worker extends Needing<typeof Worker.needs> implements Claimer {
  static readonly needs = {
    attempts: Attempts,
    registry: TypeRegistry,
    writes: WriteQueue,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** A plugin or a pause has changed, so that nothing was claimed; waits for the listeners. */
  readonly outdated = new Signal<void>();
  /** The attempts of this process. */
  readonly attempts = this.needs.attempts;
  /** True from start to stop. */
  isStarted = false;
  /** True while stopping: jobs that could not be released must not count as crashed. */
  stopping = false;
  readonly #prefetch: Prefetch;
  readonly #suspect: LoneSuspect;
  /** Rotates the types, so that the odd slot does not always go to the same one. */
  #turn = 0;
  /** The next try after a failed claim. */
  #retryTimer: Cancel | null = null;

  constructor(needs: Built<typeof Worker.needs>) {
    super(needs);
    const { attempts, writes, clock } = needs;
    this.#prefetch = new Prefetch({ clock, most: writes.mostPrefetched, release: (jobs) => this.#releaseAll(jobs) });
    this.#suspect = new LoneSuspect({ attempts, writes, clock, prefetch: this.#prefetch });
    attempts.ended.on((attempt) => {
      this.#prefetch.ended(clock.now() - attempt.startedAt);
      this.#fill();
    });
    attempts.settled.on(() => this.#suspect.check());
    needs.registry.changes.on(() => this.#giveBackGone());
  }

  start(): void {
    this.isStarted = true;
    this.stopping = false;
    this.attempts.start();
    this.needs.writes.requestClaim();
  }

  get #slots(): number {
    return this.needs.settings.queue.maxConcurrentJobs;
  }

  get free(): number {
    return this.#slots - this.attempts.size;
  }

  /** Claimed jobs whose attempt has not started. */
  get notStarted(): readonly ClaimedJob[] {
    const suspect = this.#suspect.notStarted;
    return suspect ? [...this.#prefetch.jobs, suspect] : [...this.#prefetch.jobs];
  }

  /** True if the job runs here, is prefetched, or its outcome is being stored. */
  holds(id: string): boolean {
    return this.attempts.has(id) || this.#prefetch.has(id) || this.#suspect.notStarted?.id === id;
  }

  /** Jobs of these types that run here or are prefetched. */
  #inGroup(group: string): number {
    return this.#running(group) + this.#prefetch.count(({ type }) => this.needs.registry.groupOf(type) === group);
  }

  /** How many jobs share the limit of a type now, and that limit. */
  groupOf(type: string): { inGroup: number; groupLimit: number } {
    const { registry } = this.needs;
    const group = registry.groupOf(type);
    return { inGroup: group === null ? 0 : this.#inGroup(group), groupLimit: registry.limitOf(group) };
  }

  #running(group: string): number {
    return this.attempts.count(({ type }) => this.needs.registry.groupOf(type) === group);
  }

  /** How many jobs the next claim gets, and of which types; null while it should get none. */
  plan(): ClaimPlan | null {
    const { attempts, registry, clock, settings } = this.needs;
    const now = clock.now();
    registry.readmit(now);
    if (!this.isStarted || this.#suspect.isOn) return null;
    const spare = this.#prefetch.room(this.#slots);
    // Prefetched jobs that wait for their type keep no slot from other jobs.
    const limit = this.free + Math.max(spare - this.#prefetch.size, 0) - attempts.late(this.#slots);
    this.#turn += 1;
    const { types, limits } = registry.claimable();
    if (limit <= 0 || types.length === 0) return null;
    const first = this.#turn % types.length;
    return {
      node: attempts.node,
      now,
      leaseUntil: now + settings.queue.leaseDuration,
      limit,
      holds: registry.holds.number,
      types: [...types.slice(first), ...types.slice(0, first)],
      room: new Map([...limits].map(([group, most]) => [group, most + spare - this.#inGroup(group)])),
      limited: { most: Math.max(this.free - this.#prefetch.size, 0), beginBy: clock.steady() + SLACK },
      event: (job) => jobEvent('job_started', 'processing', job, now),
    };
  }

  holdsChanged(): Promise<void> {
    return this.outdated.emitAndWait();
  }

  failed(error: unknown): void {
    if (this.#retryTimer) return;
    const { log, clock, writes } = this.needs;
    log.error(`Cannot claim jobs, will try again in ${CLAIM_PAUSE} ms: ${messageOf(error)}`);
    this.#retryTimer = clock.after(CLAIM_PAUSE, () => {
      this.#retryTimer = null;
      writes.requestClaim();
    });
  }

  /** Takes the jobs of a claim. After the database stalled, a lease may expire before its job starts: releases such jobs. */
  accept(jobs: readonly ClaimedJob[]): void {
    const { attempts, registry, clock, settings } = this.needs;
    const oldest = clock.now() - settings.queue.leaseDuration / 3;
    for (const job of jobs) if (job.since !== null) job.since = Math.max(job.since, registry.freeSince(job.type));
    // If a lease expired unnoticed and the job came back here, end its old attempt first.
    for (const { id } of jobs) {
      const attempt = attempts.get(id);
      if (attempt) attempts.abort(attempt, 'lost_lease');
    }
    const late = jobs.filter(({ startedAt }) => startedAt < oldest);
    if (late.length > 0) this.#releaseAll(late);
    const fresh = late.length > 0 ? jobs.filter(({ startedAt }) => startedAt >= oldest) : jobs;
    if (!this.isStarted) {
      this.#releaseAll(fresh);
      return;
    }
    for (const job of fresh) if (isSuspect(job)) this.#suspect.accept(job);
    this.#prefetch.put(fresh.filter((job) => !isSuspect(job)));
    this.#fill();
  }

  /** Starts prefetched jobs while slots are free. */
  #fill(): void {
    const { attempts } = this.needs;
    if (this.#suspect.isOn) {
      for (const job of this.#prefetch.take(() => true)) attempts.release(job, { unrecorded: true });
      this.#suspect.check();
      return;
    }
    while (this.free > 0) {
      const job = this.#prefetch.next(this.#mayBegin);
      if (!job) return;
      attempts.begin(job);
    }
  }

  readonly #mayBegin = ({ id, type }: ClaimedJob): boolean => {
    const { attempts, registry } = this.needs;
    if (attempts.get(id) !== undefined) return false;
    const group = registry.groupOf(type);
    return group === null || this.#running(group) < registry.limitOf(group);
  };

  #releaseAll(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.attempts.release(job);
  }

  /** Releases matching prefetched jobs, and the suspect that has not started. */
  #releaseNotStarted(which: (job: ClaimedJob) => boolean): void {
    this.#releaseAll(this.#prefetch.take(which));
    this.#suspect.drop(which);
  }

  /** Aborts the attempt of a cancelled job, or drops the job before it starts. */
  cancel(id: string, again = true): void {
    const attempt = this.attempts.get(id);
    const isNotStarted = this.notStarted.some((job) => job.id === id);
    if (attempt) this.attempts.abort(attempt, 'cancel');
    else if (isNotStarted) this.#releaseNotStarted((job) => job.id === id);
    // The claim may be stored but not accepted yet.
    else if (again) void this.needs.writes.committed().then(() => this.cancel(id, false));
  }

  /** Ends all attempts that run or would run code of the plugin; resolves when none is left. Another plugin may own their type by now. */
  async quiesce(plugin: string, options: { running: 'drain' | 'abort'; timeout: number }): Promise<void> {
    const { attempts, registry, writes } = this.needs;
    const willRun = ({ type }: { type: string }) => registry.ownerOf(type) === plugin;
    const mine = (run: Pick<Attempt, 'type' | 'plugin'>) =>
      run.plugin === undefined ? willRun(run) : run.plugin === plugin;
    await writes.committed();
    this.#releaseNotStarted(willRun);
    if (options.running === 'drain') await attempts.untilOver(mine, options.timeout);
    await attempts.endAll(attempts.running.filter(mine), 'disabled', HEED);
    await attempts.untilOver(mine, null);
  }

  /** Gives back the jobs of types that are no longer registered here, at once: another process may have them. */
  #giveBackGone(): void {
    const { attempts, registry } = this.needs;
    this.#releaseNotStarted(({ type }) => registry.get(type) === undefined);
    const isGone = ({ type, plugin, aborted }: Attempt) =>
      plugin !== undefined && !aborted && registry.get(type)?.plugin !== plugin;
    void attempts.endAll(attempts.running.filter(isGone), 'disabled', HEED);
  }

  /** Stops claiming, and gives running jobs time to finish; then aborts and releases them, all within `timeout` ms. */
  async stop(timeout: number): Promise<void> {
    const { attempts, writes, clock } = this.needs;
    const begun = clock.steady();
    const until = (ms: number) => Math.max(begun + ms - clock.steady(), 0);
    const closing = closingOf(timeout);
    this.stopping ||= this.isStarted;
    this.isStarted = false;
    this.#releaseNotStarted(() => true);
    await withTimeout(clock, Math.max(until(timeout - 3 * closing), LAST_WRITES), writes.committed()).catch(() => {});
    await attempts.untilOver(() => true, until(timeout - 3 * closing));
    await attempts.endAll(attempts.running, 'shutdown', until(timeout - closing));
    // If the database is unavailable, outcomes stay unstored and the leases expire.
    await attempts.untilOver(() => true, Math.max(until(timeout), LAST_WRITES));
    attempts.stop();
  }

  /** Releases running jobs without waiting for them: the process must end right after. Later outcomes are ignored. */
  async halt(): Promise<void> {
    this.isStarted = false;
    this.#releaseNotStarted(() => true);
    this.#releaseAll(this.attempts.running.map(({ claimed }) => claimed));
    await Promise.race([this.needs.writes.committed(), pause(this.needs.clock, LAST_WRITES)]);
  }
}
