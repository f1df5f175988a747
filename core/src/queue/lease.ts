// Renews the leases of this process, and aborts attempts that lost their lease or were cancelled elsewhere.

import type { ClaimedJob } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { HeldJob, Maintenance } from '../store/maintenance.ts';
import { type Attempt, logOf } from './attempt.ts';
import type { Presence } from './presence.ts';
import type { Worker } from './worker.ts';

export class Lease {
  /** Attempts of this process that lost their job while they ran. */
  lost = 0;
  readonly #needs;
  #timer: Cancel | null = null;
  #deadline: Cancel | null = null;
  /** The last successful renewal: run by job id, and until when it holds (steady clock). */
  #renewed: { runs: ReadonlyMap<string, number>; until: number } = { runs: new Map(), until: 0 };
  /** Jobs that the table gave to this process at the last renewal but that did not run here; run by job id. */
  #unknown: ReadonlyMap<string, number> = new Map();

  constructor(needs: {
    node: string;
    worker: Worker;
    presence: Presence;
    maintenance: Maintenance;
    reads: JobReads;
    clock: Clock;
    log: Logger;
    leaseDuration: number;
  }) {
    this.#needs = needs;
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

  /** Milliseconds left of this attempt's lease, from the last renewal, or from its claim if that is newer. */
  #left({ id, claim, claimed }: Attempt): number {
    const { clock, leaseDuration } = this.#needs;
    const { runs, until } = this.#renewed;
    return runs.get(id) === claim.run ? until - clock.steady() : claimed.startedAt + leaseDuration - clock.now();
  }

  /** Aborts attempts whose lease expired, since other processes may take their jobs; then waits for the next expiry. */
  #loseExpired(): void {
    const { clock, worker, leaseDuration } = this.#needs;
    let next = leaseDuration;
    for (const attempt of worker.running) {
      if (attempt.aborted) continue;
      const left = this.#left(attempt);
      if (left < 0) this.#lose(attempt, 'the lease could not be renewed in time');
      else next = Math.min(next, left);
    }
    this.#deadline?.();
    this.#deadline = this.#timer && clock.after(next + 1, () => this.#loseExpired());
  }

  #next(): void {
    const { clock, leaseDuration } = this.#needs;
    // A stop and restart during a round leads here twice: keep one timer.
    this.#timer?.();
    this.#timer = clock.after(leaseDuration / 3, () => void this.beat().finally(() => this.#timer && this.#next()));
    this.#deadline ??= clock.after(leaseDuration + 1, () => this.#loseExpired());
  }

  /** One renewal. */
  async beat(): Promise<void> {
    const { node, maintenance, clock, leaseDuration, log, worker, presence } = this.#needs;
    const now = clock.now();
    const { running: before, waiting } = worker;
    try {
      let until = 0;
      const leaseUntil = (): number => {
        until = clock.steady() + leaseDuration;
        return clock.now() + leaseDuration;
      };
      const held = await maintenance.renew(node, leaseUntil, now, (tx) => presence.beatIn(tx));
      this.#renewed = { runs: new Map(held.map((job) => [job.id, job.run])), until };
      this.#compareWaiting(waiting, held);
      await this.#compare(before, held);
      await this.#findForgotten(held);
    } catch (error) {
      log.error(`Cannot renew the leases of this process, will try again: ${messageOf(error)}`);
    }
    this.#loseExpired();
  }

  /** Call after another process wrote: it may have cancelled a job that runs or is prefetched here. */
  async check(): Promise<void> {
    const { node, maintenance, worker } = this.#needs;
    const { running: before, waiting } = worker;
    if (before.length + waiting.length === 0) return;
    const held = await maintenance.held(node);
    this.#compareWaiting(waiting, held);
    await this.#compare(before, held);
  }

  /** Drops prefetched jobs that this process no longer holds, and aborts them if they have started. */
  #compareWaiting(waiting: readonly ClaimedJob[], held: readonly HeldJob[]): void {
    const ids = new Set(held.map((job) => job.id));
    for (const { id, run } of waiting) {
      const attempt = this.#needs.worker.attempt(id);
      if (!ids.has(id) && (!attempt || attempt.claim.run === run)) this.#needs.worker.cancel(id);
    }
  }

  async #compare(attempts: readonly Attempt[], held: readonly HeldJob[]): Promise<void> {
    const runs = new Map(held.map((job) => [job.id, job.run]));
    for (const attempt of attempts) {
      if (
        runs.get(attempt.id) === attempt.claim.run ||
        attempt.aborted ||
        this.#needs.worker.attempt(attempt.id) !== attempt
      )
        continue;
      const record = await this.#needs.reads.get(attempt.id);
      if (record?.state === 'processing' && record.node === this.#needs.node && record.run === attempt.claim.run)
        continue;
      if (record?.state === 'cancelled' && record.run === attempt.claim.run)
        this.#needs.worker.abort(attempt, 'cancel');
      else if (this.#needs.worker.attempt(attempt.id) === attempt) this.#lose(attempt, 'another process took it over');
    }
  }

  /**
   * Finds jobs that this process holds in the table but does not know: the answer to their claim was lost.
   * They would be renewed forever. Waits for two renewals, so that a claim in progress does not count.
   */
  async #findForgotten(held: readonly HeldJob[]): Promise<void> {
    const { node, reads, worker } = this.#needs;
    const before = this.#unknown;
    this.#unknown = new Map(held.filter((job) => !worker.holds(job.id)).map((job) => [job.id, job.run]));
    for (const [id, run] of this.#unknown) {
      if (before.get(id) !== run) continue;
      const record = await reads.get(id);
      if (record?.state !== 'processing' || record.node !== node || record.run !== run || worker.holds(id)) continue;
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
