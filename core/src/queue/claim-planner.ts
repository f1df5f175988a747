// Claims jobs for the worker: how many, of which types, and what happens to the claimed ones.
import type { ClaimedJob } from '../job/record.ts';
import { type Cancel, Clock } from '../kernel/clock.ts';
import { Settings } from '../kernel/config.ts';
import type { Built } from '../kernel/container.ts';
import { messageOf } from '../kernel/errors.ts';
import { Log } from '../kernel/logger.ts';
import type { ClaimPlan } from '../store/claim-choice.ts';
import { jobEvent } from '../store/codec.ts';
import { type Claimer, WriteQueue } from '../store/write-queue.ts';
import { Holds } from './holds.ts';
import { TypeRegistry } from './registry.ts';
import { Worker } from './worker.ts';

/** Milliseconds after a failed claim. */
const CLAIM_PAUSE = 1_000;

export class ClaimPlanner implements Claimer {
  static readonly needs = {
    worker: Worker,
    registry: TypeRegistry,
    holds: Holds,
    writes: WriteQueue,
    settings: Settings,
    clock: Clock,
    log: Log,
  };
  readonly #needs;
  /** Rotates the types, so that the odd slot does not always go to the same one. */
  #turn = 0;
  /** The next try after a failed claim. */
  #retryTimer: Cancel | null = null;

  constructor(needs: Built<typeof ClaimPlanner.needs>) {
    this.#needs = needs;
  }

  plan(): ClaimPlan | null {
    const { worker, registry, holds, clock, settings } = this.#needs;
    const now = clock.now();
    registry.readmit(now);
    const capacity = worker.capacity();
    if (!capacity) return null;
    const turn = ++this.#turn;
    const { limit, spare } = capacity;
    const { types, limits } = registry.claimable();
    if (limit <= 0 || types.length === 0) return null;
    const first = turn % types.length;
    return {
      node: worker.node,
      now,
      leaseUntil: now + settings.queue.leaseDuration,
      limit,
      holds: holds.number,
      types: [...types.slice(first), ...types.slice(0, first)],
      room: new Map([...limits].map(([group, most]) => [group, most + spare - worker.inGroup(group)])),
      event: (job) => jobEvent('job_started', 'processing', job, now),
    };
  }

  /** A plugin or a pause has changed. */
  holdsChanged(): Promise<void> {
    return this.#needs.holds.reload();
  }

  /** After the database stalled, a lease may expire before its job starts: the worker releases such jobs. */
  accept(jobs: readonly ClaimedJob[]): void {
    const { worker, registry, clock, settings } = this.#needs;
    for (const job of jobs) if (job.since !== null) job.since = Math.max(job.since, registry.freeSince(job.type));
    worker.accept(jobs, clock.now() - settings.queue.leaseDuration / 3);
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
