// A store with its write queue, and a taker of jobs.
import { OpenedStore } from '../../test/suites/store/opened.ts';
import { settled } from '../../testing/src/test-database.ts';
import type { ClaimedJob, JobRecord } from '../src/job/record.ts';
import { resolveSettings } from '../src/kernel/config.ts';
import type { ClaimPlan } from '../src/store/claim-choice.ts';
import { jobEvent } from '../src/store/codec.ts';
import type { Dialect } from '../src/store/dialect.ts';
import type { Added, Settlement } from '../src/store/job-writes.ts';
import { Overdue } from '../src/store/overdue.ts';
import { type Claimer, WriteQueue } from '../src/store/write-queue.ts';
import { openTestDatabase } from './core-kit.ts';

/** Takes as many jobs as it wants. */
export class Taker implements Claimer {
  wanted = 0;
  readonly taken: ClaimedJob[] = [];
  readonly errors: unknown[] = [];

  plan(): ClaimPlan | null {
    const limit = this.wanted - this.taken.length;
    if (limit <= 0) return null;
    const event = (job: ClaimedJob) => jobEvent('job_started', 'processing', job, 1);
    const types = [{ type: 'email', plugin: null, group: null }];
    return { node: 'here', now: 1, leaseUntil: 9, limit, holds: 1, types, room: new Map(), event };
  }

  accept(jobs: readonly ClaimedJob[]): void {
    this.taken.push(...jobs);
  }

  failed(error: unknown): void {
    this.errors.push(error);
  }

  async holdsChanged(): Promise<void> {}
}

export class WriteRig extends OpenedStore {
  readonly writes: WriteQueue;
  readonly taker = new Taker();
  /** Transactions so far. */
  commits = 0;
  /** What every transaction fails with while it is set. */
  failure: Error | null = null;

  constructor(dialect: Dialect, most: number) {
    super(dialect);
    const transaction = dialect.transaction.bind(dialect);
    dialect.transaction = async (work) => {
      this.commits += 1;
      if (this.failure) throw this.failure;
      return transaction(work);
    };
    const { ledger, clock, moves } = this;
    const overdue = new Overdue({ ledger, moves });
    const settings = resolveSettings({ queue: { maxQueueSize: most, maxDelayedJobs: most } });
    this.writes = new WriteQueue({ ledger, overdue, clock, settings });
    this.writes.setClaimer(this.taker);
  }

  /** Adds jobs together, in turn with all other writes. */
  queue(...records: JobRecord[]): Promise<Added> {
    return this.writes.add(this.addition(records));
  }

  outcome(op: Settlement): Promise<boolean> {
    return new Promise((resolve, reject) => this.writes.settle({ op, resolve, reject }));
  }

  progress(id: string, progress: string): Promise<boolean> {
    return this.writes.progress({ claim: { id, node: 'here', run: 1 }, progress, logs: [], event: null });
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    return settled(this.dialect, 5);
  }

  rows(): Promise<{ id: string; state: string; progress: string | null }[]> {
    return this.dialect.reader.selectFrom('pwj_jobs').select(['id', 'state', 'progress']).orderBy('id').execute();
  }
}

export const openWriteRig = async (maxQueueSize = 1_000_000): Promise<WriteRig> =>
  new WriteRig(await openTestDatabase(), maxQueueSize);
