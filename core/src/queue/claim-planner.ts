// Claims jobs for the worker: how many, from which lanes, and what happens to the claimed ones.
import type { ClaimedJob } from '../job/record.ts';
import type { Cancel, Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ClaimPlan } from '../store/claim-choice.ts';
import { jobEvent } from '../store/codec.ts';
import type { Claimer, WriteQueue } from '../store/write-queue.ts';
import type { LaneCooldown } from './cooldown.ts';
import type { Worker } from './worker.ts';

/** Milliseconds after a failed claim. */
const CLAIM_PAUSE = 1_000;

export class ClaimPlanner implements Claimer {
  readonly #needs;
  /** Rotates the lanes, so that the odd slot does not always go to the same one. */
  #turn = 0;
  /** The next try after a failed claim. */
  #retryTimer: Cancel | null = null;

  constructor(needs: {
    worker: Worker;
    cooldown: LaneCooldown;
    writes: WriteQueue;
    clock: Clock;
    log: Logger;
    leaseDuration: number;
  }) {
    this.#needs = needs;
  }

  plan(): ClaimPlan | null {
    const { worker, cooldown, clock, leaseDuration } = this.#needs;
    const capacity = worker.capacity();
    if (!capacity) return null;
    const turn = ++this.#turn;
    const { limit, spare } = capacity;
    if (limit <= 0) return null;
    const lanes = [...capacity.lanes]
      .map(([lane, most]) => ({ lane, limit: Math.min(limit, most + spare - worker.inLane(lane)) }))
      .filter(({ lane, limit: most }) => most > 0 && cooldown.isOpen(lane));
    if (lanes.length === 0) return null;
    const first = turn % lanes.length;
    const now = clock.now();
    return {
      node: worker.node,
      now,
      leaseUntil: now + leaseDuration,
      limit,
      lanes: [...lanes.slice(first), ...lanes.slice(0, first)],
      event: (job) => jobEvent('job_started', 'processing', job, now),
    };
  }

  /** After the database stalled, a lease may expire before its job starts: the worker releases such jobs. */
  accept(jobs: readonly ClaimedJob[]): void {
    const { worker, clock, leaseDuration } = this.#needs;
    worker.accept(jobs, clock.now() - leaseDuration / 3);
  }

  failed(error: unknown): void {
    if (this.#retryTimer) return;
    const { log, clock, writes } = this.#needs;
    log.error(`Cannot claim jobs, will try again in ${CLAIM_PAUSE} ms: ${messageOf(error)}`);
    this.#retryTimer = clock.after(CLAIM_PAUSE, () => {
      this.#retryTimer = null;
      writes.requestClaim();
    });
  }
}
