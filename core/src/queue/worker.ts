// The slots of this process: decides how many jobs to claim, runs them, and shuts down gracefully.
import type { AbortCause } from '@phraseworks/sdk';
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, type Clock, pause } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ClaimPlan } from '../store/claim-choice.ts';
import { jobEvent } from '../store/codec.ts';
import type { Settlement } from '../store/job-writes.ts';
import type { Claimer, WriteQueue } from '../store/write-queue.ts';
import { Attempt, type AttemptDeps } from './attempt.ts';
import type { LaneCooldown } from './cooldown.ts';
import { Prefetch } from './prefetch.ts';
import type { TypeRegistry } from './registry.ts';
import { GRACE, type Runner } from './runner.ts';
import { type Returned, Settler } from './settle.ts';
import { Alone, isSuspect, isWatched } from './suspects.ts';

interface ClaimRequest {
  node: string;
  now: number;
  leaseDuration: number;
  /** Jobs wanted; `spare` of them to prefetch. */
  limit: number;
  spare: number;
  /** Served lanes, each with its limit. */
  lanes: ReadonlyMap<string, number>;
  /** Jobs of a lane that this process already holds. `open`: may the lane be claimed from now? */
  held: (lane: string) => number;
  open: (lane: string) => boolean;
  /** Rotates the lanes, so that the odd slot does not always go to the same one. */
  turn: number;
}

/** How many jobs to claim from which lanes; null for none. Pure. */
function claimPlan({ node, now, leaseDuration, limit, spare, turn, ...wish }: ClaimRequest): ClaimPlan | null {
  if (limit <= 0) return null;
  const lanes = [...wish.lanes]
    .map(([lane, most]) => ({ lane, limit: Math.min(limit, most + spare - wish.held(lane)) }))
    .filter(({ lane, limit: most }) => most > 0 && wish.open(lane));
  if (lanes.length === 0) return null;
  const first = turn % lanes.length;
  return {
    node,
    now,
    leaseUntil: now + leaseDuration,
    limit,
    lanes: [...lanes.slice(first), ...lanes.slice(0, first)],
    event: (job) => jobEvent('job_started', 'processing', job, now),
  };
}

/** Milliseconds: after a failed claim; to wait for the database in `halt()`; to wait for it in `stop()`. */
const [CLAIM_PAUSE, HALT, LAST_WRITES] = [1_000, 1_000, 3_000];

export class Worker implements Claimer {
  readonly #needs;
  readonly #attemptDeps: AttemptDeps;
  readonly #running = new Map<string, Attempt>();
  readonly #inLane = new Map<string, number>();
  readonly #prefetch: Prefetch;
  readonly #alone: Alone;
  readonly #idle = new Set<() => void>();
  readonly #settler: Settler;
  #turn = 0;
  #open = false;
  /** The next try after a failed claim. */
  #retryTimer: Cancel | null = null;
  #draining = false;
  #stopping = false;

  constructor(needs: {
    node: string;
    registry: TypeRegistry;
    runner: Runner;
    writes: WriteQueue;
    clock: Clock;
    log: Logger;
    slots: number;
    prefetch: number;
    leaseDuration: number;
    cooldown: LaneCooldown;
  }) {
    this.#needs = needs;
    const { node, clock, writes, log } = needs;
    this.#settler = new Settler({ writes, clock, log, onWritten: () => this.#written() });
    this.#attemptDeps = { node, clock, log, write: (write) => writes.progress(write), receipts: writes.receipts };
    this.#prefetch = new Prefetch(needs.clock, needs.prefetch, (jobs) => this.#releaseAll(jobs));
    this.#alone = new Alone({
      clock,
      isEmpty: () => this.#running.size + this.#settler.size === 0 && this.#prefetch.jobs.length === 0,
      committed: () => writes.committed(),
      begin: (job) => this.#begin(job),
      release: (job, until) => this.#release(job, { unrecorded: true, ...(until === undefined ? {} : { until }) }),
      onOver: () => writes.poke(),
    });
  }

  start(): void {
    this.#open = true;
    this.#stopping = false;
    this.#settler.start();
    this.#needs.writes.setClaimer(this);
    this.#needs.writes.poke();
  }

  /** Attempts that hold a slot. */
  get running(): readonly Attempt[] {
    return [...this.#running.values()];
  }

  get free(): number {
    return this.#needs.slots - this.#running.size;
  }

  /** Claimed jobs whose attempt has not started. */
  get waiting(): readonly ClaimedJob[] {
    const suspect = this.#alone.waiting;
    return suspect ? [...this.#prefetch.jobs, suspect] : [...this.#prefetch.jobs];
  }

  /** True from start to stop, even while draining. */
  get claims(): boolean {
    return this.#open;
  }

  /** True while stopping: jobs that could not be released must not count as crashed. */
  get stopping(): boolean {
    return this.#stopping;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Stops or resumes claiming; running jobs continue. Returns whether anything changed. */
  drain(draining: boolean): boolean {
    if (draining === this.#draining) return false;
    this.#draining = draining;
    if (draining) this.#releaseWaiting(() => true);
    else this.#needs.writes.poke();
    return true;
  }

  attempt(id: string): Attempt | undefined {
    return this.#running.get(id);
  }

  runningIn(lane: string): number {
    return this.#inLane.get(lane) ?? 0;
  }

  plan(): ReturnType<typeof claimPlan> {
    if (!this.#open || this.#draining || this.#alone.isOn) return null;
    const { node, clock, leaseDuration, registry, slots, cooldown } = this.#needs;
    const spare = this.#prefetch.room(slots);
    return claimPlan({
      node,
      now: clock.now(),
      leaseDuration,
      limit: this.free + spare - this.#prefetch.size - this.#settler.late(slots),
      spare,
      lanes: registry.lanes(),
      held: (lane) => this.runningIn(lane) + this.#prefetch.inLane(lane),
      open: (lane) => cooldown.isOpen(lane),
      turn: ++this.#turn,
    });
  }

  accept(jobs: readonly ClaimedJob[]): void {
    const { clock, leaseDuration } = this.#needs;
    // If a lease expired unnoticed and the job came back here, end its old attempt first.
    for (const { id } of jobs) if (this.#running.has(id)) this.abort(this.#running.get(id) as Attempt, 'lost_lease');
    // After the database stalled, a lease may expire before its job starts: release such jobs.
    const oldest = clock.now() - leaseDuration / 3;
    const late = jobs.filter(({ startedAt }) => startedAt < oldest);
    if (late.length > 0) this.#releaseAll(late);
    const fresh = late.length > 0 ? jobs.filter(({ startedAt }) => startedAt >= oldest) : jobs;
    if (!this.#open || this.#draining) {
      this.#releaseAll(fresh);
      return;
    }
    for (const job of fresh) if (isSuspect(job)) this.#alone.accept(job);
    this.#prefetch.put(fresh.filter((job) => !isSuspect(job)));
    this.#fill();
  }

  failed(error: unknown): void {
    if (this.#retryTimer) return;
    const { log, clock, writes } = this.#needs;
    log.error(`Cannot claim jobs, will try again in ${CLAIM_PAUSE} ms: ${messageOf(error)}`);
    this.#retryTimer = clock.after(CLAIM_PAUSE, () => {
      this.#retryTimer = null;
      writes.poke();
    });
  }

  /** Starts prefetched jobs while slots are free. */
  #fill(): void {
    if (this.#alone.isOn) {
      for (const job of this.#prefetch.take(() => true)) this.#release(job, { unrecorded: true });
      this.#alone.check();
      return;
    }
    while (this.free > 0) {
      const job = this.#prefetch.next(this.#mayBegin);
      if (!job) return;
      this.#begin(job);
    }
  }

  readonly #mayBegin = ({ id, lane }: ClaimedJob): boolean =>
    !this.#running.has(id) && this.runningIn(lane) < (this.#needs.registry.lanes().get(lane) ?? this.#needs.slots);

  #begin(job: ClaimedJob): void {
    const attempt = new Attempt(job, this.#attemptDeps);
    this.#running.set(job.id, attempt);
    this.#inLane.set(job.lane, this.runningIn(job.lane) + 1);
    if (isWatched(job)) void this.#noteAndRun(attempt);
    else this.#run(attempt);
  }

  #run(attempt: Attempt): void {
    this.#needs.runner.run(attempt, (settlement) => this.#end(attempt, settlement));
  }

  /** Records the start first, so that after a crash it is known that the job was running, and whether alone. */
  async #noteAndRun(attempt: Attempt): Promise<void> {
    // A stuck processor cannot be ended, so beside it the job does not run alone.
    const isAlone = isSuspect(attempt.claimed) && this.#needs.runner.stuck === 0;
    const begins = isAlone ? 'alone' : 'beside others';
    const note = { claim: attempt.claim, begins, progress: null, logs: [], event: null } as const;
    const held = await this.#needs.writes.progress(note).catch(() => false);
    if (held && !attempt.aborted) this.#run(attempt);
    else this.#end(attempt, this.#needs.runner.release(attempt, { kind: 'released' }));
  }

  /** Frees the slot at once; the outcome is stored with the next commit. */
  #end(attempt: Attempt, settlement: Settlement): void {
    this.#settler.write(settlement, attempt.claimed);
    const { lane } = attempt.claimed;
    this.#prefetch.ended(this.#needs.clock.now() - attempt.startedAt);
    this.#running.delete(attempt.id);
    this.#inLane.set(lane, this.runningIn(lane) - 1);
    this.#fill();
  }

  #releaseAll(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.#release(job);
  }

  #release(job: ClaimedJob, how: Omit<Extract<Returned, { kind: 'released' }>, 'kind'> = {}): void {
    const attempt = new Attempt(job, this.#attemptDeps);
    this.#settler.write(this.#needs.runner.release(attempt, { kind: 'released', ...how }), job);
  }

  /** Releases matching prefetched jobs, and the waiting suspect. */
  #releaseWaiting(which: (job: ClaimedJob) => boolean): void {
    this.#releaseAll(this.#prefetch.take(which));
    this.#alone.drop(which);
  }

  /** Aborts the attempt of a cancelled job, or drops the job before it starts. */
  cancel(id: string, again = true): void {
    const attempt = this.#running.get(id);
    const isWaiting = this.waiting.some((job) => job.id === id);
    if (attempt) this.abort(attempt, 'cancel');
    else if (isWaiting) this.#releaseWaiting((job) => job.id === id);
    // The claim may be stored but not accepted yet.
    else if (again) void this.#needs.writes.committed().then(() => this.cancel(id, false));
  }

  /** True if the job runs here, is prefetched, or its outcome is being stored. */
  holds(id: string): boolean {
    return this.#running.has(id) || this.#prefetch.has(id) || this.#alone.waiting?.id === id || this.#settler.has(id);
  }

  /** Returns a job to the queue that this process holds but does not run; uses up no attempt. */
  release(job: ClaimedJob): void {
    this.#releaseAll([job]);
  }

  /** Aborts an attempt; it has `GRACE` to end. */
  abort(attempt: Attempt, cause: AbortCause): void {
    attempt.abort(cause);
    attempt.startGrace?.();
  }

  /** Ends all attempts of the plugin; resolves when none runs here. */
  async quiesce(plugin: string, options: { running: 'drain' | 'abort'; timeout: number }): Promise<void> {
    const mine = (job: { type: string }) => this.#needs.registry.ownerOf(job.type) === plugin;
    await this.#needs.writes.committed();
    this.#releaseWaiting(mine);
    if (options.running === 'drain') await this.#settled(mine, options.timeout);
    for (const attempt of this.running.filter(mine)) this.abort(attempt, 'disabled');
    await this.#settled(mine, null);
  }

  /** Stops claiming; gives running jobs `timeout` ms to finish, then aborts and releases them. */
  async stop(timeout: number): Promise<void> {
    this.#stopping ||= this.#open;
    this.#open = false;
    this.#releaseWaiting(() => true);
    await this.#needs.writes.committed();
    await this.#settled(() => true, timeout);
    for (const attempt of this.running) this.abort(attempt, 'shutdown');
    // If the database is unavailable, outcomes stay unstored and the leases expire.
    await this.#settled(() => true, GRACE + LAST_WRITES);
    this.#settler.stop();
    this.#needs.writes.setClaimer(undefined);
  }

  /** Releases running jobs without waiting for them: the process must end right after. Later outcomes are ignored. */
  async halt(): Promise<void> {
    this.#open = false;
    this.#releaseWaiting(() => true);
    this.#releaseAll(this.running.map(({ claimed }) => claimed));
    await Promise.race([this.#needs.writes.committed(), pause(this.#needs.clock, HALT)]);
  }

  #written(): void {
    this.#alone.check();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** Resolves when no matching attempt runs and all outcomes are durable, or after `timeout` ms. */
  async #settled(which: (job: { type: string }) => boolean, timeout: number | null): Promise<void> {
    let over = false;
    let cancel: Cancel | undefined;
    if (timeout !== null) {
      cancel = this.#needs.clock.after(timeout, () => {
        over = true;
        this.#wake();
      });
    }
    while (!over && (this.running.some(which) || this.#settler.some(which))) {
      await new Promise<void>((resolve) => this.#idle.add(resolve));
    }
    cancel?.();
  }
}
