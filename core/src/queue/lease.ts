// Renews the leases of this process, knows how long each is valid, and ends or releases what the table no longer gives to it.
import { type Cancel, Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import { Log } from '../kernel/logger.ts';
import { Rounds } from '../kernel/rounds.ts';
import { JobReads } from '../store/job-reads.ts';
import type { HeldJob } from '../store/shared-statements.ts';
import { type Attempt, logOf } from './attempt.ts';
import { Presence } from './presence.ts';
import { Worker } from './worker.ts';

export class Lease extends Rounds<typeof Lease.needs> {
  static readonly needs = {
    worker: Worker,
    presence: Presence,
    reads: JobReads,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  /** Attempts of this process that lost their lease. */
  lost = 0;
  readonly #duration = this.needs.settings.queue.leaseDuration;
  protected readonly plan = {
    task: 'renew the leases of this process',
    first: this.#duration / 3,
    again: this.#duration / 3,
  };
  #deadline: Cancel = () => {};
  /** The last successful renewal: run by job id, and until when it is valid (steady clock). */
  #renewed: { runs: ReadonlyMap<string, number>; until: number } = { runs: new Map(), until: 0 };
  /** Jobs that the table gave to this process at the last renewal but that did not run here; run by job id. */
  #unknown: ReadonlyMap<string, number> = new Map();

  override start(): void {
    super.start();
    this.#loseExpired();
  }

  override async stop(): Promise<void> {
    this.#deadline();
    await super.stop();
  }

  protected async round(): Promise<number> {
    await this.beat();
    return this.plan.again;
  }

  /** One renewal. */
  async beat(): Promise<void> {
    const { presence, clock } = this.needs;
    try {
      const renewed = await this.#endLost(async () => {
        let until = 0;
        const held = await presence.beat(() => {
          until = clock.steady() + this.#duration;
          return clock.now() + this.#duration;
        });
        this.#renewed = { runs: new Map(held.map((job) => [job.id, job.run])), until };
        return held;
      });
      await this.#releaseForgotten(renewed);
    } finally {
      this.#loseExpired();
    }
  }

  /** Call after another process wrote: it may have cancelled a job that runs or is prefetched here. */
  async check(): Promise<void> {
    const { worker, presence } = this.needs;
    if (worker.attempts.size + worker.notStarted.length > 0) await this.#endLost(() => presence.held());
  }

  /** Aborts attempts whose lease expired, since other processes may take their jobs, then waits for the next expiry. */
  #loseExpired(): void {
    const { worker, clock } = this.needs;
    let next = this.#duration;
    for (const attempt of worker.attempts.running) {
      if (attempt.aborted || attempt.ended) continue;
      const left = this.#left(attempt);
      if (left < 0) this.#lose(attempt, 'the lease could not be renewed in time');
      else next = Math.min(next, left);
    }
    this.#deadline();
    if (this.isOn) this.#deadline = clock.after(next + 1, () => this.#loseExpired());
  }

  /** Milliseconds left of this attempt's lease, from the last renewal, or from its claim if that is newer. */
  #left({ id, claim, claimed }: Attempt): number {
    const { clock } = this.needs;
    const { runs, until } = this.#renewed;
    return runs.get(id) === claim.run ? until - clock.steady() : claimed.startedAt + this.#duration - clock.now();
  }

  /** Drops jobs that this process no longer holds, and aborts those that have started. Jobs that it gets during the reading may not be in the answer. */
  async #endLost(read: () => Promise<HeldJob[]>): Promise<HeldJob[]> {
    const { worker } = this.needs;
    const { notStarted } = worker;
    const { running } = worker.attempts;
    const held = await read();
    const runs = new Map(held.map((job) => [job.id, job.run]));
    for (const { id, run } of notStarted) {
      const attempt = worker.attempts.get(id);
      if (!runs.has(id) && (!attempt || attempt.claim.run === run)) worker.cancel(id);
    }
    for (const attempt of running) if (runs.get(attempt.id) !== attempt.claim.run) await this.#endIfLost(attempt);
    return held;
  }

  async #endIfLost(attempt: Attempt): Promise<void> {
    const { worker, reads } = this.needs;
    const isOver = () => attempt.aborted !== null || attempt.ended || worker.attempts.get(attempt.id) !== attempt;
    if (isOver()) return;
    const record = await reads.get(attempt.id);
    const isSameRun = record?.run === attempt.claim.run;
    if (isSameRun && record.state === 'processing' && record.node === attempt.claim.node) return;
    if (isSameRun && record.state === 'cancelled') worker.attempts.abort(attempt, 'cancel');
    else if (worker.attempts.get(attempt.id) === attempt) this.#lose(attempt, 'another process took it over');
  }

  /**
   * Finds jobs that this process holds in the table but does not know: the answer to their claim was lost.
   * They would be renewed forever. Waits for two renewals, so that a claim in progress does not count.
   */
  async #releaseForgotten(held: readonly HeldJob[]): Promise<void> {
    const { reads, worker } = this.needs;
    const before = this.#unknown;
    this.#unknown = new Map(held.filter((job) => !worker.holds(job.id)).map((job) => [job.id, job.run]));
    for (const [id, run] of this.#unknown) {
      if (before.get(id) !== run) continue;
      const record = await reads.get(id);
      if (record?.state !== 'processing' || record.node !== worker.attempts.node || record.run !== run) continue;
      if (worker.holds(id)) continue;
      const log = logOf(this.needs.log, record);
      log.warn('This process holds a job that does not run here. The job returns to the queue.');
      const none = { since: null, waitsUntil: null, giveUpAt: null };
      worker.attempts.release({ ...record, ...none, startedAt: record.startedAt ?? record.createdAt });
    }
  }

  #lose(attempt: Attempt, why: string): void {
    const log = logOf(this.needs.log, attempt.claimed);
    log.warn(`This process lost the lease of a job (${why}), so it ended the attempt.`);
    this.needs.worker.attempts.abort(attempt, 'lost_lease');
    this.lost += 1;
  }
}
