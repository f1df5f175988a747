// What a user or a plugin does to one job: cancel it, retry it, run it now, delete it.
import { type Job, JobsError } from '@phraseworks/sdk';
import { type BulkRequest, DeleteFilter } from '@phraseworks/sdk/contract';
import { isFinal, isWaiting, publicState } from '../job/lifecycle.ts';
import type { JobRecord } from '../job/record.ts';
import { Clock, yieldToEventLoop } from '../kernel/clock.ts';
import { Needing } from '../kernel/container.ts';
import { notFound } from '../kernel/errors.ts';
import { readFields } from '../kernel/fields.ts';
import { isId } from '../kernel/id.ts';
import { attemptInRow } from '../store/codec.ts';
import { Maintenance } from '../store/maintenance.ts';
import { Transition } from '../store/transition.ts';
import { WriteQueue } from '../store/write-queue.ts';
import { Admission, cannotRun, runAgain, stillEnding } from './admission.ts';
import { JobQueries } from './job-queries.ts';

/** Jobs that are deleted before others get a turn. */
const PAGE = 100;
const ENDED: ('completed' | 'failed' | 'cancelled')[] = ['completed', 'failed', 'cancelled'];

export class JobActions extends Needing<typeof JobActions.needs> {
  static readonly needs = {
    moves: Transition,
    queries: JobQueries,
    writes: WriteQueue,
    admission: Admission,
    maintenance: Maintenance,
    clock: Clock,
  };
  /** Returns false if there is no such job or it has ended; a settlement at the same moment may win. */
  async cancel(id: string, by: string | null): Promise<boolean> {
    if (!isId(id)) return false;
    const { moves, clock } = this.needs;
    return (await moves.one(id, { step: 'cancel', at: clock.now(), reason: 'cancelled', by })) !== null;
  }

  /** Queues a finished job again, with new data if given. */
  async retry(id: string, { data, by = null }: { data?: unknown; by?: string | null }): Promise<Job> {
    const { queries, admission, moves, writes, clock } = this.needs;
    const record = await this.#find(id);
    const again = await admission.again(record, data);
    const held = await queries.heldBy(record.type);
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
        by,
        deadline: admission.deadlineAgain(record.type),
        set: {
          ...again,
          attempt: 0,
          crashes: 0,
          lone_crashes: 0,
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
      return await this.#get(id);
    } finally {
      writes.requestClaimFromStart();
    }
  }

  /** Makes a delayed job ready now. */
  async run(id: string): Promise<Job> {
    const record = await this.#find(id);
    const { queries, moves, writes, clock } = this.needs;
    const held = isWaiting(record.state) ? await queries.heldBy(record.type) : null;
    if (held) throw cannotRun(held);
    if (record.state === 'ready' || record.state === 'processing') return this.#get(id);
    if (record.state === 'blocked') throw new JobsError('INVALID_STATE', (await queries.why(id)) ?? 'It is blocked.');
    if (record.state !== 'scheduled') {
      throw new JobsError(
        'INVALID_STATE',
        `Only a waiting job can be run now; this one is ${publicState(record.state)}: retry it.`,
      );
    }
    await moves.one(id, { step: 'run', at: clock.now(), set: { run_at: null } });
    try {
      return await this.#get(id);
    } finally {
      writes.requestClaimFromStart();
    }
  }

  /** Deletes a job that is not running. Throws `JOB_NOT_FOUND`, `INVALID_STATE`. */
  async remove(id: string): Promise<void> {
    const { maintenance, clock } = this.needs;
    if (isId(id) && (await maintenance.removeOne(id, clock.now()))) return;
    const status = publicState((await this.#find(id)).state);
    if (isFinal(status)) throw stillEnding();
    throw new JobsError('INVALID_STATE', `A running job cannot be deleted; this one is ${status}: cancel it first.`);
  }

  /** `deleteJobs()`, page by page; returns how many. Jobs that run meanwhile stay. */
  async removeAll(given: BulkRequest['filter']): Promise<number> {
    const { queries, maintenance, clock } = this.needs;
    const filter = readFields(DeleteFilter, given, 'filter');
    let n = 0;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = { limit: PAGE, brief: true, ...(cursor === undefined ? {} : { cursor }) };
      const { jobs, nextCursor } = await queries.list({ status: ENDED, ...filter, ...page });
      // One that was retried since it was listed stays.
      const from = filter.status === undefined ? ENDED : undefined;
      for (const { id } of jobs) if (await maintenance.removeOne(id, clock.now(), from)) n += 1;
      cursor = nextCursor;
      await yieldToEventLoop(clock);
    }
    return n;
  }

  async #find(id: string): Promise<JobRecord> {
    const record = await this.needs.queries.record(id);
    if (!record) throw notFound();
    return record;
  }

  async #get(id: string): Promise<Job> {
    const job = await this.needs.queries.get(id);
    if (!job) throw notFound();
    return job;
  }
}
