// Keeps the claims of this process alive, and ends the attempts whose claim is lost or whose job was cancelled elsewhere.
import type { Cancel, Clock } from '../clock.ts';
import type { JobReads } from '../db/job-reads.ts';
import type { HeldJob, Maintenance } from '../db/maintenance.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Attempt } from './attempt.ts';
import { aboutJob } from './job-lines.ts';
import type { Presence } from './presence.ts';
import type { ClaimedJob } from './record.ts';
import type { Worker } from './worker.ts';

interface LeaseDeps {
  node: string;
  worker: Worker;
  presence: Presence;
  maintenance: Maintenance;
  reads: JobReads;
  clock: Clock;
  log: Logger;
  leaseDuration: number;
  /** An attempt has lost its job. */
  onLost: () => void;
}

export class Lease {
  readonly #deps: LeaseDeps;
  #timer: Cancel | null = null;
  #deadline: Cancel | null = null;
  /** Until when the last renewal that was answered holds, by the clock of its start. */
  #trustedUntil = Number.POSITIVE_INFINITY;
  /** Jobs that were held but not known at the last renewal, with their runs. */
  #unknown: ReadonlyMap<string, number> = new Map();

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#trust(this.#deps.clock.now());
    this.#next();
  }

  stop(): void {
    this.#timer?.();
    this.#timer = null;
    this.#deadline?.();
    this.#deadline = null;
  }

  /** A renewal that began then was answered. Its end is kept whatever the next one waits for: others may take the jobs from then on. */
  #trust(since: number): void {
    const { clock, leaseDuration } = this.#deps;
    this.#trustedUntil = since + leaseDuration;
    this.#deadline?.();
    this.#deadline = clock.after(this.#trustedUntil - clock.now() + 1, () => this.#loseAll());
  }

  #loseAll(): void {
    if (this.#deps.clock.now() <= this.#trustedUntil) return;
    for (const attempt of this.#deps.worker.running) this.#lose(attempt, 'the database did not answer in time');
  }

  #next(): void {
    const { clock, leaseDuration } = this.#deps;
    // A round from before a stop and a new start comes here, too: one timer is enough.
    this.#timer?.();
    this.#timer = clock.after(leaseDuration / 3, () => void this.beat().finally(() => this.#timer && this.#next()));
  }

  /** One renewal. */
  async beat(): Promise<void> {
    const { node, maintenance, clock, leaseDuration, log, worker, presence } = this.#deps;
    const now = clock.now();
    const { running: before, waiting } = worker;
    try {
      const held = await maintenance.renew(node, now + leaseDuration, now, (tx) => presence.beatIn(tx));
      if (this.#timer) this.#trust(now);
      this.#compareWaiting(waiting, held);
      await this.#compare(before, held);
      await this.#findForgotten(held);
    } catch (error) {
      log.error(`The claims of this process cannot be renewed now: ${messageOf(error)}`);
      this.#loseAll();
    }
  }

  /** Another process has written: it may have cancelled a job that runs here, or waits here for its turn. */
  async look(): Promise<void> {
    const { node, maintenance, worker } = this.#deps;
    const { running: before, waiting } = worker;
    if (before.length + waiting.length === 0) return;
    const held = await maintenance.held(node);
    this.#compareWaiting(waiting, held);
    await this.#compare(before, held);
  }

  /** What is no longer held here does not begin; one that has begun meanwhile is told. */
  #compareWaiting(waiting: readonly ClaimedJob[], held: readonly HeldJob[]): void {
    const ids = new Set(held.map((job) => job.id));
    for (const { id, run } of waiting) {
      const attempt = this.#deps.worker.attempt(id);
      if (!ids.has(id) && (!attempt || attempt.claim.run === run)) this.#deps.worker.cancel(id);
    }
  }

  async #compare(attempts: readonly Attempt[], held: readonly HeldJob[]): Promise<void> {
    const runs = new Map(held.map((job) => [job.id, job.run]));
    for (const attempt of attempts) {
      if (
        runs.get(attempt.id) === attempt.claim.run ||
        attempt.aborted ||
        this.#deps.worker.attempt(attempt.id) !== attempt
      )
        continue;
      const record = await this.#deps.reads.get(attempt.id);
      if (record?.state === 'processing' && record.node === this.#deps.node && record.run === attempt.claim.run)
        continue;
      if (record?.state === 'cancelled' && record.run === attempt.claim.run) this.#deps.worker.abort(attempt, 'cancel');
      else if (this.#deps.worker.attempt(attempt.id) === attempt) this.#lose(attempt, 'another process took it over');
    }
  }

  /**
   * Jobs that the table says are held here and that nobody here knows: a claim whose answer was lost on its way.
   * They would be renewed for ever. Seen at two renewals, so that a claim that is just arriving is not among them.
   */
  async #findForgotten(held: readonly HeldJob[]): Promise<void> {
    const { node, reads, worker } = this.#deps;
    const before = this.#unknown;
    this.#unknown = new Map(held.filter((job) => !worker.holds(job.id)).map((job) => [job.id, job.run]));
    for (const [id, run] of this.#unknown) {
      if (before.get(id) !== run) continue;
      const record = await reads.get(id);
      if (record?.state !== 'processing' || record.node !== node || record.run !== run || worker.holds(id)) continue;
      const log = aboutJob(this.#deps.log, record);
      log.warn('A job is held by this process, but does not run here: it goes back to the queue.');
      worker.putBack({ ...record, since: null, startedAt: record.startedAt ?? record.createdAt });
    }
  }

  #lose(attempt: Attempt, why: string): void {
    const log = aboutJob(this.#deps.log, attempt.claimed);
    log.warn(`A job is no longer held by this process (${why}): its attempt is ended.`);
    this.#deps.worker.abort(attempt, 'lost_lease');
    this.#deps.onLost();
  }
}
