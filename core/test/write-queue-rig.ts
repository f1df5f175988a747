// A write queue on a database of its own, with the smallest jobs that it takes and somebody who takes them.

import { ManualClock } from '../../testing/src/manual-clock.ts';
import { settled } from '../../testing/src/test-database.ts';
import type { ClaimedJob, JobRecord } from '../src/job/record.ts';
import { systemRandom } from '../src/kernel/clock.ts';
import { Ids } from '../src/kernel/id.ts';
import type { ClaimPlan } from '../src/store/claim-choice.ts';
import { jobEvent } from '../src/store/codec.ts';
import type { Dialect } from '../src/store/dialect.ts';
import { decodeEvents } from '../src/store/event-codec.ts';
import type { Addition, Settlement } from '../src/store/job-writes.ts';
import { Ledger } from '../src/store/ledger.ts';
import { type Claimer, WriteQueue } from '../src/store/write-queue.ts';
import { openTestDatabase } from './core-kit.ts';

const clock = new ManualClock();
const ids = new Ids(clock, systemRandom);

export function record(change: Partial<JobRecord> = {}): JobRecord {
  const none = { plugin: null, reason: null, idempotencyKey: null, fingerprint: null, runAt: null, dueAt: null };
  const limits = { maxRetries: 0, retryDelay: 0, backoff: 'fixed', timeout: 1, priority: 2 };
  const job = {
    id: ids.next(),
    type: 't',
    lane: 'l',
    state: 'ready',
    data: '{}',
    createdAt: 1,
    attempt: 0,
    crashes: 0,
    loneCrashes: 0,
    startedRun: null,
    aloneRun: null,
    run: 0,
    node: null,
    leaseUntil: null,
    startedAt: null,
    schedule: null,
    readyAt: null,
    trace: null,
    dataVersion: null,
  };
  return { ...job, ...limits, ...none, ...change } as JobRecord;
}

export const addition = (...records: JobRecord[]): Addition => ({
  records,
  tick: null,
  exempt: false,
  event: (job) => jobEvent('job_added', 'pending', job, 1),
});

export function settlement(job: ClaimedJob, change: Partial<Settlement> = {}): Settlement {
  const claim = { id: job.id, node: 'n', run: job.run };
  const texts = { result: null, error: null, message: null, reason: null, progress: null };
  const times = { runAt: null, dueAt: null, startedAt: 1, finishedAt: 5, ran: null };
  const rows = { attemptRow: null, logs: [], history: null, event: null };
  return {
    claim,
    ...claim,
    type: 't',
    lane: 'l',
    state: 'completed',
    attempt: 1,
    crashes: 0,
    ...texts,
    ...times,
    ...rows,
    ...change,
  };
}

/** Takes as many jobs as it wants. */
export class Taker implements Claimer {
  wanted = 0;
  readonly taken: ClaimedJob[] = [];
  readonly errors: unknown[] = [];

  plan(): ClaimPlan | null {
    const limit = this.wanted - this.taken.length;
    if (limit <= 0) return null;
    const event = (job: ClaimedJob) => jobEvent('job_started', 'processing', job, 1);
    return { node: 'n', now: 1, leaseUntil: 9, limit, lanes: [{ lane: 'l', limit }], event };
  }

  accept(jobs: readonly ClaimedJob[]): void {
    this.taken.push(...jobs);
  }

  failed(error: unknown): void {
    this.errors.push(error);
  }
}

export class WriteRig {
  readonly dialect: Dialect;
  readonly writes: WriteQueue;
  readonly taker = new Taker();
  /** Transactions so far. */
  commits = 0;
  /** What every transaction fails with while it is set. */
  failure: Error | null = null;

  constructor(real: Dialect, maxQueueSize: number) {
    this.dialect = {
      ...real,
      get inFlight() {
        return real.inFlight;
      },
      transaction: async (work) => {
        this.commits += 1;
        if (this.failure) throw this.failure;
        return real.transaction(work);
      },
    };
    const ledger = new Ledger(this.dialect, 'n', clock);
    this.writes = new WriteQueue({
      ledger,
      clock,
      most: { waiting: maxQueueSize, delayed: maxQueueSize },
    });
    this.writes.setClaimer(this.taker);
  }

  settle(op: Settlement): Promise<boolean> {
    return new Promise((resolve, reject) => this.writes.settle({ op, resolve, reject }));
  }

  progress(id: string, progress: string): Promise<boolean> {
    return this.writes.progress({ claim: { id, node: 'n', run: 1 }, progress, logs: [], event: null });
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    return settled(this.dialect, 5);
  }

  /** What is kept beside the jobs: how many are counted, and the jobs of the events, in their order. */
  async kept(): Promise<{ counted: number; events: string[] }> {
    const { reader } = this.dialect;
    const counts = await reader.selectFrom('pwj_counts').select('n').execute();
    const commits = await reader.selectFrom('pwj_events').select('events').orderBy('seq').execute();
    return {
      counted: counts.reduce((sum, { n }) => sum + n, 0),
      events: commits.flatMap(({ events }) => decodeEvents(events).map(({ jobId }) => jobId)),
    };
  }

  rows(): Promise<{ id: string; state: string; progress: string | null }[]> {
    return this.dialect.reader.selectFrom('pwj_jobs').select(['id', 'state', 'progress']).orderBy('id').execute();
  }
}

export const openWriteRig = async (maxQueueSize = 1_000_000): Promise<WriteRig> =>
  new WriteRig(await openTestDatabase(), maxQueueSize);
