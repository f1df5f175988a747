// Keeps up with the other processes: acts on what they commit, and looks regularly for jobs that they lost and for news that was missed.
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Dialect } from '../store/dialect.ts';
import type { News } from '../store/feed.ts';
import type { Maintenance } from '../store/maintenance.ts';
import type { WriteQueue } from '../store/write-queue.ts';
import type { DrainWatch } from './drain.ts';
import type { Lease } from './lease.ts';
import type { Parking } from './parking.ts';
import type { Pauses } from './pauses.ts';
import type { Promoter } from './promoter.ts';
import type { Rescue } from './rescue.ts';

type Name = News extends ReadonlySet<infer N> ? N : never;

export class Sweep {
  readonly #needs;
  readonly #interval: number;
  /** On a database server, each check costs every node a round trip: look for missed news only every sixth time. */
  readonly #wholeEvery: number;
  #timer: Cancel | null = null;
  #round = 0;

  constructor(needs: {
    dialect: Dialect;
    maintenance: Maintenance;
    writes: WriteQueue;
    rescue: Rescue;
    lease: Lease;
    pauses: Pauses;
    parking: Parking;
    drain: DrainWatch;
    promoter: Promoter;
    settings: { queue: { sweepInterval: number } };
    clock: Clock;
    log: Logger;
  }) {
    this.#needs = needs;
    this.#interval = needs.settings.queue.sweepInterval;
    this.#wholeEvery = needs.dialect.ordered ? 1 : 6;
  }

  start(): void {
    this.#timer?.();
    this.#timer = this.#needs.clock.after(
      this.#interval,
      () => void this.#next().finally(() => this.#timer && this.start()),
    );
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  /** What other processes have committed. */
  async hear(news: News): Promise<void> {
    const { writes, pauses, promoter, drain, lease, parking } = this.#needs;
    const has = (...names: readonly Name[]): boolean => names.some((name) => news.has(name));
    if (has('job_started')) writes.othersWork();
    // First, so that no job is claimed whose type was just paused.
    if (has('pauses')) await pauses.reload();
    if (has('job_added', 'job_retry', 'jobs')) {
      writes.poke();
      promoter.check();
    }
    if (has('nodes')) await drain.check();
    if (has('job_cancelled', 'jobs')) await lease.check();
    // A plugin that was just disabled elsewhere may still be on here: leave its jobs to the next round.
    if (has('job_parked', 'jobs', 'pauses') && !has('plugins')) await parking.adopt();
  }

  /** One whole round. Never rejects. */
  run(): Promise<void> {
    return this.#attempt(true);
  }

  #next(): Promise<void> {
    this.#round = (this.#round + 1) % this.#wholeEvery;
    return this.#attempt(this.#round === 0);
  }

  async #attempt(whole: boolean): Promise<void> {
    const { rescue, maintenance, pauses, parking, drain, promoter, writes, log } = this.#needs;
    try {
      await rescue.sweep();
      if (!whole) return;
      await maintenance.foldCounts();
      await pauses.sweep();
      await parking.reconcile();
      await parking.adopt();
      await drain.check();
      promoter.check();
      // If a wake-up was missed, claim ready jobs now.
      writes.poke();
    } catch (error) {
      log.error(`The sweep for lost jobs failed, will try again: ${messageOf(error)}`);
    }
  }
}
