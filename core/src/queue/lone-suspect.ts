// A suspect runs alone in its process: it waits until nothing else runs, and other jobs wait until it has ended.
import type { ClaimedJob } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import type { Attempts } from './attempts.ts';
import type { Prefetch } from './prefetch.ts';

/** Milliseconds to claim nothing and wait for running jobs to end; doubled each time the wait was too short. */
const FIRST_PATIENCE = 5_000;
const LONGEST_PATIENCE = 3_600_000;

/** The suspect that runs alone in this process, or waits for its turn. */
export class LoneSuspect {
  readonly #needs;
  #job: ClaimedJob | null = null;
  #runs = false;
  #since = 0;
  #patience = FIRST_PATIENCE;
  /** Steady clock: until then this process runs other jobs only. */
  #othersUntil = Number.NEGATIVE_INFINITY;
  #timer: Cancel | null = null;

  constructor(needs: { attempts: Attempts; writes: WriteQueue; clock: Clock; prefetch: Prefetch }) {
    this.#needs = needs;
  }

  /** No job runs here, is prefetched, or has an outcome that is not stored yet. */
  get #isEmpty(): boolean {
    return this.#needs.attempts.isEmpty && this.#needs.prefetch.size === 0;
  }

  /** Returns the job to the queue; no process may claim it before `until`. */
  #release(job: ClaimedJob, until = 0): void {
    this.#needs.attempts.release(job, { unrecorded: true, ...(until > 0 ? { until } : {}) });
  }

  /** A suspect runs here or waits for its turn: start nothing else. */
  get isOn(): boolean {
    return this.#job !== null;
  }

  get notStarted(): ClaimedJob | null {
    return this.#runs ? null : this.#job;
  }

  accept(job: ClaimedJob): void {
    const { clock } = this.#needs;
    const others = this.#othersUntil - clock.steady();
    if (this.#job) this.#release(job);
    else if (others > 0) this.#release(job, clock.now() + others);
    else {
      this.#job = job;
      this.#since = clock.steady();
      this.#timer = clock.after(this.#patience, () => this.#stopWaiting());
    }
  }

  /** Call after a job ended or an outcome was stored: starts the suspect, or ends its turn. */
  check(): void {
    const job = this.#job;
    if (!job || !this.#isEmpty) return;
    if (this.#runs) this.#finish();
    // No claim may be in progress.
    else void this.#needs.writes.committed().then(() => this.#begin(job));
  }

  /** Releases the suspect, if it has not started and `which` matches it. */
  drop(which: (job: ClaimedJob) => boolean): void {
    const job = this.notStarted;
    if (!job || !which(job)) return;
    this.#clear();
    this.#release(job);
  }

  #begin(job: ClaimedJob): void {
    if (this.#job !== job || this.#runs || !this.#isEmpty) return;
    this.#timer?.();
    this.#timer = null;
    this.#runs = true;
    this.#patience = FIRST_PATIENCE;
    this.#needs.attempts.begin(job);
  }

  /** Other jobs get as much time as the suspect took. */
  #finish(): void {
    const { clock } = this.#needs;
    this.#othersUntil = clock.steady() + (clock.steady() - this.#since);
    this.#clear();
  }

  /** The running jobs took too long: release the suspect, and wait longer next time. */
  #stopWaiting(): void {
    const { clock } = this.#needs;
    const job = this.#job as ClaimedJob;
    this.#othersUntil = clock.steady() + this.#patience;
    this.#release(job, clock.now() + this.#patience);
    this.#patience = Math.min(this.#patience * 2, LONGEST_PATIENCE);
    this.#clear();
  }

  #clear(): void {
    this.#timer?.();
    this.#timer = null;
    this.#job = null;
    this.#runs = false;
    this.#needs.writes.requestClaim();
  }
}
