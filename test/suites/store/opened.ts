// A store as the suite holds it: the real parts on one database, with short forms for what every test does.
import type { JobEvent, JobState } from '@phraseworks/sdk';
import { PRIORITIES } from '@phraseworks/sdk/host';
import { isFinal } from '../../../core/src/job/lifecycle.ts';
import type { ClaimedJob, JobRecord } from '../../../core/src/job/record.ts';
import { systemRandom } from '../../../core/src/kernel/clock.ts';
import { Ids } from '../../../core/src/kernel/id.ts';
import { identify } from '../../../core/src/kernel/identity.ts';
import { type ClaimPlan, claimJobs } from '../../../core/src/store/claim-choice.ts';
import { jobEvent } from '../../../core/src/store/codec.ts';
import type { Dialect } from '../../../core/src/store/dialect.ts';
import { Feed } from '../../../core/src/store/feed.ts';
import { JobReads } from '../../../core/src/store/job-reads.ts';
import { type Added, type Addition, addJobs, type Settlement, settleJobs } from '../../../core/src/store/job-writes.ts';
import { Ledger } from '../../../core/src/store/ledger.ts';
import { Maintenance } from '../../../core/src/store/maintenance.ts';
import { Transition } from '../../../core/src/store/transition.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';

/** Opens an empty, migrated database of the engine under test. */
export type OpenDatabase = () => Promise<Dialect>;

const LEASE = 30_000;

/** No type is held or owned. */
export const ALL_FREE = { heldBy: () => null, ownerOf: () => undefined };

/** These types of one plugin, without limits. */
export const typesOf = (...types: string[]): ClaimPlan['types'] =>
  types.map((type) => ({ type, plugin: 'mail', group: null }));

export class OpenedStore {
  readonly dialect: Dialect;
  readonly clock = new ManualClock();
  readonly ids = new Ids(this.clock, systemRandom);
  readonly ledger: Ledger;
  readonly reads: JobReads;
  readonly moves: Transition;
  readonly maintenance: Maintenance;
  readonly events: JobEvent[] = [];

  constructor(dialect: Dialect) {
    this.dialect = dialect;
    this.ledger = new Ledger({ dialect, identity: identify('here'), clock: this.clock });
    this.reads = new JobReads({ dialect });
    this.maintenance = new Maintenance({ ledger: this.ledger });
    this.moves = new Transition({ ledger: this.ledger, ids: this.ids });
    this.ledger.feed.onCommit((events) => this.events.push(...events.map(({ event }) => event)));
  }

  /** What another process hears of this one. */
  elsewhere(): Feed {
    return new Feed({ dialect: this.dialect, node: 'there', clock: this.clock });
  }

  record(change: Partial<JobRecord> = {}): JobRecord {
    const none = {
      key: null,
      result: null,
      error: null,
      message: null,
      reason: null,
      progress: null,
      metrics: null,
      schedule: null,
      readyAt: null,
      trace: null,
      dataVersion: null,
    };
    const unclaimed = {
      attempt: 0,
      crashes: 0,
      loneCrashes: 0,
      startedRun: null,
      aloneRun: null,
      run: 0,
      node: null,
      leaseUntil: null,
      startedAt: null,
      finishedAt: null,
    };
    const limits = { maxRetries: 3, retryDelay: 5_000, backoff: 'fixed' as const, timeout: 60_000 };
    return {
      id: this.ids.next(),
      type: 'email',
      plugin: 'mail',
      state: 'ready',
      priority: 2,
      data: '{"to":"ada"}',
      idempotencyKey: null,
      fingerprint: null,
      runAt: null,
      dueAt: null,
      createdAt: this.clock.now(),
      ...limits,
      ...none,
      ...unclaimed,
      ...change,
    };
  }

  addition(records: readonly JobRecord[]): Addition {
    return { records, tick: null };
  }

  /** Stores jobs together; answers as the store does. */
  async put(
    records: readonly JobRecord[],
    more: Partial<Addition> & { maxQueueSize?: number; maxDelayedJobs?: number } = {},
  ): Promise<Added> {
    const addition = { ...this.addition(records), ...more };
    const { added } = await this.ledger.transact((tx, changes) =>
      addJobs(tx, this.dialect.statements, changes, [addition], {
        most: { waiting: more.maxQueueSize ?? 1_000_000, delayed: more.maxDelayedJobs ?? 1_000_000 },
        now: this.clock.now(),
      }),
    );
    return added[0] as Added;
  }

  /** Stores one job; answers its record. */
  async add(change: Partial<JobRecord> = {}): Promise<JobRecord> {
    const record = this.record(change);
    await this.put([record]);
    return record;
  }

  async addMany(n: number, change: Partial<JobRecord> = {}): Promise<JobRecord[]> {
    const records = Array.from({ length: n }, () => this.record(change));
    await this.put(records);
    return records;
  }

  plan(limit: number, plan: Partial<ClaimPlan> = {}): ClaimPlan {
    const now = this.clock.now();
    return {
      node: 'here',
      now,
      leaseUntil: now + LEASE,
      limit,
      holds: 1,
      types: typesOf('email'),
      room: new Map(),
      event: (job: ClaimedJob) => jobEvent('job_started', 'processing', job, now),
      ...plan,
    };
  }

  claim(limit = 1, plan: Partial<ClaimPlan> = {}): Promise<ClaimedJob[]> {
    return this.ledger.transact((tx, changes) =>
      claimJobs(tx, this.dialect.statements, changes, this.plan(limit, plan)),
    );
  }

  settlement(job: ClaimedJob, change: Partial<Settlement> = {}): Settlement {
    const now = this.clock.now();
    const claim = change.claim ?? { id: job.id, node: 'here', run: job.run };
    const state = change.state ?? 'completed';
    const over = state === 'completed' || state === 'failed';
    const names = { completed: 'job_completed', failed: 'job_failed', scheduled: 'job_retry' } as const;
    const event = names[state as keyof typeof names];
    const attempt = {
      jobId: job.id,
      run: job.run,
      attempt: job.attempt,
      node: 'here',
      startedAt: job.startedAt,
      finishedAt: now,
      error: null,
      stack: null,
    };
    return {
      claim,
      ...claim,
      startedAt: job.startedAt,
      type: job.type,
      state,
      attempt: job.attempt,
      crashes: job.crashes,
      result: state === 'completed' ? '{"sent":true}' : null,
      error: state === 'completed' ? null : 'refused',
      message: null,
      reason: null,
      progress: null,
      runAt: null,
      dueAt: null,
      finishedAt: over ? now : null,
      // The attempt that completes a job is stored in the job's own row.
      attemptRow: state === 'completed' ? null : { ...attempt, outcome: state === 'scheduled' ? 'retry' : state },
      logs: [],
      history: null,
      event: event ? jobEvent(event, over ? state : 'pending', job, now) : null,
      ran: state === 'completed' ? now - job.startedAt : null,
      ...change,
    };
  }

  async settle(...settlements: Settlement[]): Promise<boolean[]> {
    return this.ledger.transact((tx, changes) => settleJobs(tx, this.dialect.statements, changes, settlements));
  }

  /** Adds, claims and completes one job. */
  async finished(change: Partial<JobRecord> = {}): Promise<JobRecord> {
    const record = await this.add(change);
    const [job] = await this.claim(1, { types: typesOf(record.type) });
    await this.settle(this.settlement(job as ClaimedJob));
    return record;
  }

  /** Removes a page of each kind of finished jobs; answers the ids of those that ended before. */
  async removeFinished(before: number): Promise<string[]> {
    const { maintenance } = this;
    const removed: string[] = [];
    for (const { state, type } of (await this.reads.counts()).filter(({ state }) => isFinal(state as JobState)))
      for (const priority of PRIORITIES.keys())
        removed.push(...(await maintenance.removeFinished({ state, type, priority, before, after: '' })).removed);
    return removed;
  }

  async get(id: string): Promise<JobRecord> {
    const record = await this.reads.get(id);
    if (!record) throw new Error('there is no such row');
    return record;
  }

  /** `ready 3, completed 1`, by name. */
  async counts(): Promise<string> {
    const counts = new Map<string, number>();
    for (const { state, n } of await this.reads.counts()) counts.set(state, (counts.get(state) ?? 0) + Number(n));
    return [...counts]
      .map(([state, n]) => `${state} ${n}`)
      .sort()
      .join(', ');
  }

  /** The names of the events so far, without `job_`. */
  heard(): string[] {
    return this.events.map((event) => event.event.slice(4));
  }
}
