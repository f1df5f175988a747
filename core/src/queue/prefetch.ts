// Prefetching: while jobs end faster than single commits can claim them, a few claimed jobs wait in memory.

import type { ClaimedJob } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';

/** Milliseconds: prefetch only while jobs take less than this on average. */
const SHORT_JOB = 2;
/** Milliseconds after its claim until a prefetched job that did not start is released. */
const LONGEST_WAIT = 50;

export class Prefetch {
  readonly #needs;
  #waiting: ClaimedJob[] = [];
  #size = 0;
  #average = Number.POSITIVE_INFINITY;
  #endedSince = 0;
  #timer: Cancel | null = null;

  /** `most`: the largest number of prefetched jobs. */
  constructor(needs: { clock: Clock; most: number; release: (jobs: readonly ClaimedJob[]) => void }) {
    this.#needs = needs;
  }

  get size(): number {
    return this.#waiting.length;
  }

  get jobs(): readonly ClaimedJob[] {
    return this.#waiting;
  }

  has(id: string): boolean {
    return this.#waiting.some((job) => job.id === id);
  }

  count(which: (job: ClaimedJob) => boolean): number {
    let n = 0;
    for (const job of this.#waiting) if (which(job)) n += 1;
    return n;
  }

  /** How many jobs to claim beyond the free slots. Doubles while jobs are short; 0 while they are long. */
  room(slots: number): number {
    if (this.#average > SHORT_JOB || this.#endedSince < slots) this.#size = 0;
    else this.#size = Math.min(Math.max(this.#size * 2, this.#endedSince), this.#needs.most);
    this.#endedSince = 0;
    return this.#size;
  }

  ended(duration: number): void {
    this.#endedSince += 1;
    this.#average = Number.isFinite(this.#average) ? this.#average * 0.9 + duration * 0.1 : duration;
  }

  put(jobs: readonly ClaimedJob[]): void {
    this.#waiting.push(...jobs);
    this.#watch();
  }

  next(mayBegin: (job: ClaimedJob) => boolean): ClaimedJob | undefined {
    const index = this.#waiting.findIndex(mayBegin);
    const job = index === -1 ? undefined : this.#waiting.splice(index, 1)[0];
    this.#watch();
    return job;
  }

  /** Removes and returns the prefetched jobs that match. Asks once for each: its answer may change with time, and neither list would hold the job. */
  take(which: (job: ClaimedJob) => boolean): ClaimedJob[] {
    const taken: ClaimedJob[] = [];
    const left: ClaimedJob[] = [];
    for (const job of this.#waiting) (which(job) ? taken : left).push(job);
    this.#waiting = left;
    this.#watch();
    return taken;
  }

  /** A claimed job must not wait behind long jobs while another process could run it. */
  #watch(): void {
    const oldest = this.#waiting[0];
    if (!oldest) {
      this.#timer?.();
      this.#timer = null;
    } else {
      this.#timer ??= this.#needs.clock.after(this.#left(oldest), () => {
        this.#timer = null;
        this.#releaseLate();
      });
    }
  }

  /** A claim in the future means that the clock went back: count the wait as over. */
  #left(job: ClaimedJob): number {
    const waited = this.#needs.clock.now() - job.startedAt;
    return waited < 0 ? 0 : Math.max(LONGEST_WAIT - waited, 0);
  }

  #releaseLate(): void {
    const jobs = this.take((job) => this.#left(job) === 0);
    if (jobs.length === 0) return;
    this.#average = Number.POSITIVE_INFINITY;
    this.#needs.release(jobs);
  }
}
