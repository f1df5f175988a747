// The attempts of this process, each from its start until its outcome is durable.
import { setMaxListeners } from 'node:events';
import type { AbortCause } from '@phraseworks/sdk';
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, Clock, pause } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Identity } from '../kernel/identity.ts';
import { Log } from '../kernel/logger.ts';
import { Signal } from '../kernel/signal.ts';
import { isOver } from '../store/deadlines.ts';
import type { Settlement } from '../store/job-writes.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { Attempt, type AttemptDeps, logOf } from './attempt.ts';
import { Runner } from './runner.ts';
import { Steps } from './steps/steps.ts';
import { isSuspect, isWatched } from './suspects.ts';

/** Between two tries to write an outcome, in milliseconds. */
const PAUSES = [100, 250, 500, 1_000, 2_000, 5_000];

/** Outcomes that may wait to be stored before fewer jobs are claimed, if there are not more slots than that. */
const UNSTORED = 1_024;

export class Attempts extends Needing<typeof Attempts.needs> {
  static readonly needs = {
    identity: Identity,
    runner: Runner,
    writes: WriteQueue,
    steps: Steps,
    clock: Clock,
    log: Log,
  };
  /** An attempt ended and its slot is free; its outcome is stored with the next commit. */
  readonly ended = new Signal<Attempt>();
  /** An outcome is durable, or the process has stopped trying to store it. */
  readonly settled = new Signal<void>();
  readonly node = this.needs.identity.node;
  readonly #deps: AttemptDeps = {
    ...this.needs,
    node: this.node,
    write: (one) => this.needs.writes.progress(one),
  };
  readonly #running = new Map<string, Attempt>();
  /** Outcomes that are not durable yet, each with the plugin whose code ran. Keeping whole attempts costs 3 us per job. */
  readonly #unstored = new Map<Settlement, Attempt['plugin']>();
  /** The last one of each job: a heartbeat asks for all jobs that are held, thousands of them. */
  readonly #ofJob = new Map<string, Settlement>();
  readonly #waiters = new Set<() => void>();
  #over = endOfTries();

  /** Attempts that hold a slot. */
  get running(): readonly Attempt[] {
    return [...this.#running.values()];
  }

  get size(): number {
    return this.#running.size;
  }

  /** Nothing runs, and all outcomes are durable. */
  get isEmpty(): boolean {
    return this.#running.size + this.#unstored.size === 0;
  }

  get(id: string): Attempt | undefined {
    return this.#running.get(id);
  }

  /** True if the job runs here or the outcome of its last run is not durable yet. */
  has(id: string): boolean {
    return this.#running.has(id) || this.#ofJob.has(id);
  }

  count(which: (attempt: Attempt) => boolean): number {
    let n = 0;
    for (const attempt of this.#running.values()) if (which(attempt)) n += 1;
    return n;
  }

  /** The unstored outcomes beyond the limit for this number of slots. The worker claims fewer jobs by as many, since a job without a stored outcome runs again after a crash. */
  late(slots: number): number {
    return Math.max(0, this.#unstored.size - Math.max(slots, UNSTORED));
  }

  /** Tries to store outcomes again, after a stop. */
  start(): void {
    this.#over = endOfTries();
  }

  /** Stops trying: the leases of jobs whose outcome is not stored expire. */
  stop(): void {
    this.#over.abort();
  }

  /** A job whose time has run out since its claim goes back: the next claim ends it. */
  begin(job: ClaimedJob): void {
    if (isOver(job, this.needs.clock.now())) {
      this.release(job, { unrecorded: true });
      return;
    }
    const attempt = new Attempt(job, this.#deps);
    this.#running.set(job.id, attempt);
    if (isWatched(job)) void this.#noteAndRun(attempt);
    else this.#run(attempt);
  }

  #run(attempt: Attempt): void {
    this.needs.runner.run(attempt, (settlement) => this.#end(attempt, settlement));
  }

  /** Records the start first, so that after a crash it is known that the job was running, and whether alone. */
  async #noteAndRun(attempt: Attempt): Promise<void> {
    const { runner, writes } = this.needs;
    // A stuck processor cannot be ended, so beside it the job does not run alone.
    const isAlone = isSuspect(attempt.claimed) && runner.stuck === 0;
    const begins = isAlone ? 'alone' : 'beside others';
    const note = { claim: attempt.claim, begins, progress: null, logs: [], event: null } as const;
    const held = await writes.progress(note).catch(() => false);
    if (held && !attempt.aborted) this.#run(attempt);
    else this.#end(attempt, runner.settlement(attempt, { kind: 'released' }));
  }

  #end(attempt: Attempt, settlement: Settlement): void {
    if (!attempt.settled) this.#store(settlement, attempt);
    // A completed job may run again before the processor that completed it has returned.
    if (this.#running.get(attempt.id) === attempt) this.#running.delete(attempt.id);
    this.ended.emit(attempt);
    if (!attempt.settled) return;
    this.settled.emit();
    this.#wake();
  }

  /** Returns a claimed job to the queue without running it. */
  release(job: ClaimedJob, how: { unrecorded?: boolean; until?: number } = {}): void {
    const attempt = new Attempt(job, this.#deps);
    this.#store(this.needs.runner.settlement(attempt, { kind: 'released', ...how }), attempt);
  }

  /** Aborts an attempt; it has `GRACE` to end. */
  abort(attempt: Attempt, cause: AbortCause): void {
    attempt.abort(cause);
    attempt.startGrace?.();
  }

  /** Aborts these attempts, and gives up those that have not ended after `ms`: their jobs are settled, whatever their processors still do. */
  async endAll(attempts: readonly Attempt[], cause: AbortCause, ms: number): Promise<void> {
    const all = new Set<object>(attempts);
    for (const attempt of attempts) this.abort(attempt, cause);
    await this.untilOver((attempt) => all.has(attempt), ms);
    for (const attempt of attempts) if (this.#running.get(attempt.id) === attempt) attempt.giveUp?.();
  }

  /** Resolves when no matching attempt runs and all their outcomes are durable, or after `timeout` ms. */
  async untilOver(
    which: (attempt: Pick<Attempt, 'type' | 'plugin'>) => boolean,
    timeout: number | null,
  ): Promise<void> {
    let over = false;
    let cancel: Cancel | undefined;
    if (timeout !== null) {
      cancel = this.needs.clock.after(timeout, () => {
        over = true;
        this.#wake();
      });
    }
    const isBusy = () =>
      this.running.some(which) || [...this.#unstored].some(([{ type }, plugin]) => which({ type, plugin }));
    while (!over && isBusy()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
    cancel?.();
  }

  #wake(): void {
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }

  /** Stores an outcome with the next commit. Only a lost claim or the end of the process ends the tries. */
  #store(settlement: Settlement, attempt: Attempt): void {
    this.#unstored.set(settlement, attempt.plugin);
    this.#ofJob.set(settlement.id, settlement);
    this.#try(settlement, attempt.claimed, 0);
  }

  #try(settlement: Settlement, job: ClaimedJob, tries: number): void {
    this.needs.writes.settle({
      op: settlement,
      resolve: (isWritten) => {
        this.#forget(settlement);
        if (isWritten) this.#logFailure(settlement, job);
      },
      reject: (error) => void this.#tryAgain(settlement, job, tries, error),
    });
  }

  async #tryAgain(settlement: Settlement, job: ClaimedJob, tries: number, error: unknown): Promise<void> {
    const { clock } = this.needs;
    const { signal } = this.#over;
    if (signal.aborted) return this.#forget(settlement);
    const wait = PAUSES[Math.min(tries, PAUSES.length - 1)] as number;
    const log = logOf(this.needs.log, job);
    log.error(`The outcome of a job cannot be stored now, next try in ${wait} ms: ${messageOf(error)}`);
    await pause(clock, wait, signal);
    this.#try(settlement, job, tries + 1);
  }

  #forget(settlement: Settlement): void {
    this.#unstored.delete(settlement);
    if (this.#ofJob.get(settlement.id) === settlement) this.#ofJob.delete(settlement.id);
    this.settled.emit();
    this.#wake();
  }

  /** Logs a failed attempt after the failure is stored. */
  #logFailure({ event }: Settlement, job: ClaimedJob): void {
    const failed = event?.event === 'job_failed';
    if (!failed && event?.event !== 'job_retry') return;
    const log = logOf(this.needs.log, job);
    if (failed) log.warn(`Job failed: ${event.error}`);
    else log.info(`Attempt failed, will retry: ${event.error}`);
  }
}

/** Each outcome that waits listens to its signal, of which Node 20 would warn. */
function endOfTries(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
