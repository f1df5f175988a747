// What a user or a plugin does to one job: cancel it, retry it, run it now.
import { type Job, JobsError } from '@phraseworks/sdk';
import { isFinal, isWaiting, publicState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { isId } from '../kernel/id.ts';
import { attemptInRow, toJob } from '../store/codec.ts';
import { JobReads } from '../store/job-reads.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { Admission, cannotRun, fingerprint, runAgain, stillEnding } from './admission.ts';
import { Holds } from './holds.ts';
import { TypeRegistry } from './registry.ts';
import { Worker } from './worker.ts';

export class JobActions {
  static readonly needs = {
    moves: Transition,
    reads: JobReads,
    writes: WriteQueue,
    admission: Admission,
    registry: TypeRegistry,
    holds: Holds,
    worker: Worker,
    clock: Clock,
  };
  readonly #needs;

  constructor(needs: Built<typeof JobActions.needs>) {
    this.#needs = needs;
  }

  /** Returns false if there is no such job or it has ended; a settlement at the same moment may win. */
  async cancel(id: string, by: string | null): Promise<boolean> {
    if (!isId(id)) return false;
    const { moves, worker, clock, registry } = this.#needs;
    const moved = await moves.one(id, { step: 'cancel', at: clock.now(), reason: 'cancelled', by });
    if (moved?.state === 'processing') worker.cancel(id);
    registry.readmit();
    return moved !== null;
  }

  /** Queues a finished job again, with new data if given. */
  async retry(id: string, options: { data?: unknown; by?: string | null }): Promise<Job> {
    const { admission, moves, writes, clock, registry, holds } = this.#needs;
    const record = await this.#find(id);
    const data = options.data === undefined ? record.data : await admission.encoded(record.type, options.data);
    const held = (await holds.now()).heldBy(record.type);
    // New data may fit the version that runs.
    if (held && held !== 'data_version') throw cannotRun(held, ', then retry it');
    const at = clock.now();
    const ended = attemptInRow(record);
    const put = moves.one(
      id,
      {
        step: 'requeue',
        // The row will be reused for the next attempt.
        ...(ended ? { attemptRow: { ...ended, jobId: id } } : {}),
        at,
        reason: null,
        by: options.by ?? null,
        set: {
          data,
          ...(options.data === undefined
            ? {}
            : {
                data_version: registry.optionsOf(record.type).version ?? null,
                // Its key belongs to the data that it has now.
                fingerprint: record.idempotencyKey === null ? null : fingerprint(record.type, data),
              }),
          attempt: 0,
          crashes: 0,
          lone_crashes: 0,
          plugin: registry.ownerOf(record.type) ?? null,
          result: null,
          error: null,
          message: null,
          progress: null,
          run_at: null,
          lease_until: null,
        },
      },
      (now) => {
        if (now.run !== record.run) throw runAgain();
        const status = publicState(now.state);
        if (!isFinal(status))
          throw new JobsError('INVALID_STATE', `Only a finished job can be retried; this one is ${status}.`);
        if (now.leaseUntil !== null && now.leaseUntil > at) throw stillEnding();
      },
    );
    try {
      if (!(await put)) throw notFound();
      registry.readmit();
    } catch (error) {
      writes.requestClaimFromStart();
      throw error;
    }
    return this.#waking(id);
  }

  /** Makes a delayed job ready now. */
  async run(id: string): Promise<Job> {
    const record = await this.#find(id);
    const { moves, clock, holds } = this.#needs;
    const types = await holds.now();
    const held = isWaiting(record.state) ? types.heldBy(record.type) : null;
    if (held) throw cannotRun(held);
    if (record.state === 'ready' || record.state === 'processing') return toJob(record, types);
    if (record.state !== 'scheduled') {
      throw new JobsError(
        'INVALID_STATE',
        `Only a waiting job can be run now; this one is ${publicState(record.state)}: retry it.`,
      );
    }
    await moves.one(id, { step: 'run', at: clock.now(), set: { run_at: null } });
    return this.#waking(id);
  }

  async #find(id: string): Promise<JobRecord> {
    const record = isId(id) ? await this.#needs.reads.get(id) : null;
    if (!record) throw notFound();
    return record;
  }

  /** Returns the requeued job and triggers a claim. */
  async #waking(id: string): Promise<Job> {
    try {
      return toJob(await this.#find(id), await this.#needs.holds.now());
    } finally {
      this.#needs.writes.requestClaimFromStart();
    }
  }
}
