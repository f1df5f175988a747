// Renews the leases of this process, and ends or releases what the table no longer gives to it.
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import { JobReads } from '../store/job-reads.ts';
import { Maintenance } from '../store/maintenance.ts';
import type { HeldJob } from '../store/shared-statements.ts';
import { type Attempt, logOf } from './attempt.ts';
import { Presence } from './presence.ts';
import { Worker } from './worker.ts';

/** The attempts and prefetched jobs of this process before the table was read: later ones may not be in the answer. */
interface Holdings {
  running: readonly Attempt[];
  notStarted: readonly ClaimedJob[];
}

/** Compares the jobs that the table gives to this process with those that it runs. */
export class HeldJobs {
  static readonly needs = { worker: Worker, maintenance: Maintenance, reads: JobReads, log: Log };
  /** Attempts of this process that lost their lease. */
  lost = 0;
  readonly #needs;
  /** Jobs that the table gave to this process at the last renewal but that did not run here; run by job id. */
  #unknown: ReadonlyMap<string, number> = new Map();

  constructor(needs: Built<typeof HeldJobs.needs>) {
    this.#needs = needs;
  }

  now(): Holdings {
    const { running, notStarted } = this.#needs.worker;
    return { running, notStarted };
  }

  /** Call after another process wrote: it may have cancelled a job that runs or is prefetched here. */
  async check(): Promise<void> {
    const { worker, maintenance } = this.#needs;
    const before = this.now();
    if (before.running.length + before.notStarted.length > 0)
      await this.#endLost(before, await maintenance.held(worker.node));
  }

  /** Call after a renewal, which returned the jobs in `held`. */
  async compare(before: Holdings, held: readonly HeldJob[]): Promise<void> {
    await this.#endLost(before, held);
    await this.#releaseForgotten(held);
  }

  /** Aborts attempts whose lease expired, since other processes may take their jobs. Returns how long the next lease is valid. */
  loseExpired(leftOf: (attempt: Attempt) => number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const attempt of this.#needs.worker.running) {
      if (attempt.aborted) continue;
      const left = leftOf(attempt);
      if (left < 0) this.#lose(attempt, 'the lease could not be renewed in time');
      else least = Math.min(least, left);
    }
    return least;
  }

  async #endLost({ running, notStarted }: Holdings, held: readonly HeldJob[]): Promise<void> {
    const runs = new Map(held.map((job) => [job.id, job.run]));
    this.#dropNotStarted(notStarted, runs);
    for (const attempt of running) if (runs.get(attempt.id) !== attempt.claim.run) await this.#endIfLost(attempt);
  }

  /** Drops prefetched jobs that this process no longer holds, and aborts them if they have started. */
  #dropNotStarted(notStarted: readonly ClaimedJob[], runs: ReadonlyMap<string, number>): void {
    for (const { id, run } of notStarted) {
      const attempt = this.#needs.worker.attempt(id);
      if (!runs.has(id) && (!attempt || attempt.claim.run === run)) this.#needs.worker.cancel(id);
    }
  }

  async #endIfLost(attempt: Attempt): Promise<void> {
    const { worker, reads } = this.#needs;
    const isOver = () => attempt.aborted !== null || worker.attempt(attempt.id) !== attempt;
    if (isOver()) return;
    const record = await reads.get(attempt.id);
    const isSameRun = record?.run === attempt.claim.run;
    if (isSameRun && record.state === 'processing' && record.node === attempt.claim.node) return;
    if (isSameRun && record.state === 'cancelled') worker.abort(attempt, 'cancel');
    else if (worker.attempt(attempt.id) === attempt) this.#lose(attempt, 'another process took it over');
  }

  /**
   * Finds jobs that this process holds in the table but does not know: the answer to their claim was lost.
   * They would be renewed forever. Waits for two renewals, so that a claim in progress does not count.
   */
  async #releaseForgotten(held: readonly HeldJob[]): Promise<void> {
    const { reads, worker } = this.#needs;
    const before = this.#unknown;
    this.#unknown = new Map(held.filter((job) => !worker.holds(job.id)).map((job) => [job.id, job.run]));
    for (const [id, run] of this.#unknown) {
      if (before.get(id) !== run) continue;
      const record = await reads.get(id);
      if (record?.state !== 'processing' || record.node !== worker.node || record.run !== run) continue;
      if (worker.holds(id)) continue;
      const log = logOf(this.#needs.log, record);
      log.warn('This process holds a job that does not run here. The job returns to the queue.');
      worker.release({ ...record, since: null, startedAt: record.startedAt ?? record.createdAt });
    }
  }

  #lose(attempt: Attempt, why: string): void {
    const log = logOf(this.#needs.log, attempt.claimed);
    log.warn(`This process lost the lease of a job (${why}), so it ended the attempt.`);
    this.#needs.worker.abort(attempt, 'lost_lease');
    this.lost += 1;
  }
}

/** Renews all leases of this process at once, and knows how long each of them is still valid. */
export class Lease {
  static readonly needs = {
    held: HeldJobs,
    presence: Presence,
    maintenance: Maintenance,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  readonly #needs;
  #timer: Cancel | null = null;
  #deadline: Cancel | null = null;
  /** The last successful renewal: run by job id, and until when it is valid (steady clock). */
  #renewed: { runs: ReadonlyMap<string, number>; until: number } = { runs: new Map(), until: 0 };

  constructor(needs: Built<typeof Lease.needs>) {
    this.#needs = needs;
  }

  get #duration(): number {
    return this.#needs.settings.queue.leaseDuration;
  }

  start(): void {
    this.#next();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
    this.#deadline?.();
    this.#deadline = null;
  }

  #next(): void {
    const { clock } = this.#needs;
    // A stop and restart during a round leads here twice: keep one timer.
    this.#timer?.();
    this.#timer = clock.after(this.#duration / 3, () => void this.beat().finally(() => this.#timer && this.#next()));
    this.#deadline ??= clock.after(this.#duration + 1, () => this.#loseExpired());
  }

  /** One renewal. */
  async beat(): Promise<void> {
    const { held, presence, maintenance, clock, log } = this.#needs;
    const now = clock.now();
    const before = held.now();
    try {
      let until = 0;
      const leaseUntil = (): number => {
        until = clock.steady() + this.#duration;
        return clock.now() + this.#duration;
      };
      const renewed = await maintenance.renew(presence.node, leaseUntil, now, (tx) => presence.beatIn(tx));
      this.#renewed = { runs: new Map(renewed.map((job) => [job.id, job.run])), until };
      await held.compare(before, renewed);
    } catch (error) {
      log.error(`Cannot renew the leases of this process, will try again: ${messageOf(error)}`);
    }
    this.#loseExpired();
  }

  /** Ends attempts whose lease expired, then waits for the next expiry. */
  #loseExpired(): void {
    const { held, clock } = this.#needs;
    const next = Math.min(
      this.#duration,
      held.loseExpired((attempt) => this.#left(attempt)),
    );
    this.#deadline?.();
    this.#deadline = this.#timer && clock.after(next + 1, () => this.#loseExpired());
  }

  /** Milliseconds left of this attempt's lease, from the last renewal, or from its claim if that is newer. */
  #left({ id, claim, claimed }: Attempt): number {
    const { clock } = this.#needs;
    const { runs, until } = this.#renewed;
    return runs.get(id) === claim.run ? until - clock.steady() : claimed.startedAt + this.#duration - clock.now();
  }
}
