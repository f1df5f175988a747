// The slots of this process: says how many jobs it wants, starts those that it gets, and shuts down gracefully.
import type { AbortCause } from '@phraseworks/sdk';
import type { ClaimedJob } from '../job/record.ts';
import { Clock, pause } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { Dialect } from '../store/dialect.ts';
import { WriteQueue } from '../store/write-queue.ts';
import type { Attempt } from './attempt.ts';
import { Attempts } from './attempts.ts';
import { Prefetch } from './prefetch.ts';
import { TypeRegistry } from './registry.ts';
import { GRACE } from './runner.ts';
import { isSuspect, LoneSuspect } from './suspects.ts';

/** Milliseconds to wait for the database in `halt()`, and in `stop()`. */
const [HALT, LAST_WRITES] = [1_000, 3_000];

interface Capacity {
  /** Jobs wanted; `spare` of them to prefetch. */
  limit: number;
  spare: number;
}

export class Worker {
  static readonly needs = {
    dialect: Dialect,
    attempts: Attempts,
    registry: TypeRegistry,
    writes: WriteQueue,
    settings: Settings,
    clock: Clock,
  };
  readonly #needs;
  readonly #prefetch: Prefetch;
  readonly #suspect: LoneSuspect;
  #open = false;
  #stopping = false;

  constructor(needs: Built<typeof Worker.needs>) {
    this.#needs = needs;
    const { attempts, writes, clock } = needs;
    const { prefetch } = needs.dialect.statements;
    this.#prefetch = new Prefetch(clock, prefetch, (jobs) => this.#releaseAll(jobs));
    this.#suspect = new LoneSuspect({
      clock,
      isEmpty: () => attempts.isEmpty && this.#prefetch.size === 0,
      committed: () => writes.committed(),
      begin: (job) => attempts.begin(job),
      release: (job, until) => attempts.release(job, { unrecorded: true, ...(until === undefined ? {} : { until }) }),
      onOver: () => writes.requestClaim(),
    });
    attempts.ended.on((attempt) => {
      this.#prefetch.ended(clock.now() - attempt.startedAt);
      this.#fill();
    });
    attempts.settled.on(() => this.#suspect.check());
  }

  start(): void {
    this.#open = true;
    this.#stopping = false;
    this.#needs.attempts.start();
    this.#needs.writes.requestClaim();
  }

  get node(): string {
    return this.#needs.attempts.node;
  }

  get #slots(): number {
    return this.#needs.settings.queue.maxConcurrentJobs;
  }

  get running(): readonly Attempt[] {
    return this.#needs.attempts.running;
  }

  get free(): number {
    return this.#slots - this.#needs.attempts.size;
  }

  /** Claimed jobs whose attempt has not started. */
  get notStarted(): readonly ClaimedJob[] {
    const suspect = this.#suspect.notStarted;
    return suspect ? [...this.#prefetch.jobs, suspect] : [...this.#prefetch.jobs];
  }

  /** True from start to stop. */
  get isStarted(): boolean {
    return this.#open;
  }

  /** True while stopping: jobs that could not be released must not count as crashed. */
  get stopping(): boolean {
    return this.#stopping;
  }

  attempt(id: string): Attempt | undefined {
    return this.#needs.attempts.get(id);
  }

  /** True if the job runs here, is prefetched, or its outcome is being stored. */
  holds(id: string): boolean {
    return this.#needs.attempts.has(id) || this.#prefetch.has(id) || this.#suspect.notStarted?.id === id;
  }

  /** Jobs of these types that run here or are prefetched. */
  inGroup(group: string): number {
    return this.#running(group) + this.#prefetch.count(({ type }) => this.#needs.registry.groupOf(type) === group);
  }

  /** How many jobs share the limit of a type now, and that limit. */
  groupOf(type: string): { inGroup: number; groupLimit: number } {
    const { registry } = this.#needs;
    const group = registry.groupOf(type);
    if (group === null) return { inGroup: 0, groupLimit: Number.POSITIVE_INFINITY };
    return {
      inGroup: this.inGroup(group),
      groupLimit: registry.claimable().limits.get(group) ?? Number.POSITIVE_INFINITY,
    };
  }

  #running(group: string): number {
    return this.#needs.attempts.count(({ type }) => this.#needs.registry.groupOf(type) === group);
  }

  /** How many jobs the next claim should get; null while it should get none. */
  capacity(): Capacity | null {
    if (!this.#open || this.#suspect.isOn) return null;
    const { attempts } = this.#needs;
    const spare = this.#prefetch.room(this.#slots);
    // Prefetched jobs that wait for their type keep no slot from other jobs.
    const limit = this.free + Math.max(spare - this.#prefetch.size, 0) - attempts.late(this.#slots);
    return { limit, spare };
  }

  /** Takes the jobs of a claim; releases those that were claimed before `oldest`. */
  accept(jobs: readonly ClaimedJob[], oldest: number): void {
    const { attempts } = this.#needs;
    // If a lease expired unnoticed and the job came back here, end its old attempt first.
    for (const { id } of jobs) {
      const attempt = attempts.get(id);
      if (attempt) attempts.abort(attempt, 'lost_lease');
    }
    const late = jobs.filter(({ startedAt }) => startedAt < oldest);
    if (late.length > 0) this.#releaseAll(late);
    const fresh = late.length > 0 ? jobs.filter(({ startedAt }) => startedAt >= oldest) : jobs;
    if (!this.#open) {
      this.#releaseAll(fresh);
      return;
    }
    for (const job of fresh) if (isSuspect(job)) this.#suspect.accept(job);
    this.#prefetch.put(fresh.filter((job) => !isSuspect(job)));
    this.#fill();
  }

  /** Starts prefetched jobs while slots are free. */
  #fill(): void {
    const { attempts } = this.#needs;
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
    const { attempts, registry } = this.#needs;
    if (attempts.get(id) !== undefined) return false;
    const group = registry.groupOf(type);
    const limit = group === null ? undefined : registry.claimable().limits.get(group);
    return limit === undefined || this.#running(group as string) < limit;
  };

  #releaseAll(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.#needs.attempts.release(job);
  }

  /** Releases matching prefetched jobs, and the suspect that has not started. */
  #releaseNotStarted(which: (job: ClaimedJob) => boolean): void {
    this.#releaseAll(this.#prefetch.take(which));
    this.#suspect.drop(which);
  }

  /** Aborts the attempt of a cancelled job, or drops the job before it starts. */
  cancel(id: string, again = true): void {
    const attempt = this.#needs.attempts.get(id);
    const isNotStarted = this.notStarted.some((job) => job.id === id);
    if (attempt) this.abort(attempt, 'cancel');
    else if (isNotStarted) this.#releaseNotStarted((job) => job.id === id);
    // The claim may be stored but not accepted yet.
    else if (again) void this.#needs.writes.committed().then(() => this.cancel(id, false));
  }

  /** Returns a job to the queue that this process holds but does not run; uses up no attempt. */
  release(job: ClaimedJob): void {
    this.#needs.attempts.release(job);
  }

  abort(attempt: Attempt, cause: AbortCause): void {
    this.#needs.attempts.abort(attempt, cause);
  }

  /** Ends all attempts that run or would run code of the plugin; resolves when none is left. Another plugin may own their type by now. */
  async quiesce(plugin: string, options: { running: 'drain' | 'abort'; timeout: number }): Promise<void> {
    const { attempts, registry, writes } = this.#needs;
    const willRun = ({ type }: { type: string }) => registry.ownerOf(type) === plugin;
    const mine = (run: Pick<Attempt, 'type' | 'plugin'>) =>
      run.plugin === undefined ? willRun(run) : run.plugin === plugin;
    await writes.committed();
    this.#releaseNotStarted(willRun);
    if (options.running === 'drain') await attempts.untilOver(mine, options.timeout);
    for (const attempt of this.running.filter(mine)) this.abort(attempt, 'disabled');
    await attempts.untilOver(mine, null);
  }

  /** Stops claiming; gives running jobs `timeout` ms to finish, then aborts and releases them. */
  async stop(timeout: number): Promise<void> {
    const { attempts, writes } = this.#needs;
    this.#stopping ||= this.#open;
    this.#open = false;
    this.#releaseNotStarted(() => true);
    await writes.committed();
    await attempts.untilOver(() => true, timeout);
    for (const attempt of this.running) this.abort(attempt, 'shutdown');
    // If the database is unavailable, outcomes stay unstored and the leases expire.
    await attempts.untilOver(() => true, GRACE + LAST_WRITES);
    attempts.stop();
  }

  /** Releases running jobs without waiting for them: the process must end right after. Later outcomes are ignored. */
  async halt(): Promise<void> {
    this.#open = false;
    this.#releaseNotStarted(() => true);
    this.#releaseAll(this.running.map(({ claimed }) => claimed));
    await Promise.race([this.#needs.writes.committed(), pause(this.#needs.clock, HALT)]);
  }
}
