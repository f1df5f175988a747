// Group commit: few transactions for many writes, each caller answered for its own, and one bad row alone.
import { JobsError } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemRandom } from '../clock.ts';
import { Ids } from '../id.ts';
import type { ClaimedJob, JobRecord } from '../jobs/record.ts';
import { openTestDatabase } from '../testing/engine-kit.ts';
import { ManualClock, turn } from '../testing/manual-clock.ts';
import { jobEvent } from './codec.ts';
import type { Dialect } from './dialect/dialect.ts';
import type { Addition, ClaimPlan, Settlement } from './job-writes.ts';
import { Ledger } from './ledger.ts';
import { type Claimer, WriteQueue } from './write-queue.ts';

let dialect: Dialect;
let writes: WriteQueue;
let commits: number;
let failure: Error | null;
const clock = new ManualClock();
const ids = new Ids(clock, systemRandom);

const record = (change: Partial<JobRecord> = {}) =>
  ({
    id: ids.next(),
    type: 't',
    plugin: null,
    lane: 'l',
    state: 'ready',
    priority: 2,
    data: '{}',
    maxRetries: 0,
    retryDelay: 0,
    backoff: 'fixed',
    timeout: 1,
    createdAt: 1,
    attempt: 0,
    reason: null,
    idempotencyKey: null,
    fingerprint: null,
    runAt: null,
    dueAt: null,
    schedule: null,
    ...change,
  }) as JobRecord;
const addition = (...records: JobRecord[]): Addition => ({
  records,
  tick: null,
  exempt: false,
  event: (job) => jobEvent('job_added', 'pending', job, 1),
});
const progressOf = (change: Partial<Parameters<WriteQueue['progress']>[0]['claim']>, progress: string) =>
  writes.progress({ claim: { id: 'x', node: 'n', run: 1, ...change }, progress, logs: [], event: null });
const settlement = (job: ClaimedJob, change: Partial<Settlement> = {}): Settlement => ({
  ...{
    claim: { id: job.id, node: 'n', run: job.run },
    type: 't',
    lane: 'l',
    state: 'completed',
    attempt: 1,
    crashes: 0,
    result: null,
    error: null,
    message: null,
  },
  ...{
    reason: null,
    progress: null,
    runAt: null,
    dueAt: null,
    finishedAt: 5,
    attemptRow: null,
    logs: [],
    history: null,
    event: null,
    ran: null,
  },
  ...change,
});

class Taker implements Claimer {
  wanted = 0;
  readonly taken: ClaimedJob[] = [];
  readonly errors: unknown[] = [];
  plan(): ClaimPlan | null {
    const limit = this.wanted - this.taken.length;
    return limit > 0
      ? {
          node: 'n',
          now: 1,
          leaseUntil: 9,
          limit,
          lanes: [{ lane: 'l', limit }],
          event: (job) => jobEvent('job_started', 'processing', job, 1),
        }
      : null;
  }
  accept(jobs: readonly ClaimedJob[]): void {
    this.taken.push(...jobs);
  }
  failed(error: unknown): void {
    this.errors.push(error);
  }
}
let taker: Taker;

function open(maxQueueSize: number): void {
  writes = new WriteQueue({ ledger: new Ledger(dialect, 'n', clock), clock, maxQueueSize, onDue: () => {} });
  taker = new Taker();
  writes.setClaimer(taker);
}

beforeEach(async () => {
  const real = await openTestDatabase();
  commits = 0;
  failure = null;
  dialect = {
    ...real,
    transaction: async (work) => {
      commits += 1;
      if (failure) throw failure;
      return real.transaction(work);
    },
  };
  open(1_000_000);
});
afterEach(() => dialect.close());

const rows = async () => await dialect.reader.selectFrom('pwj_jobs').select(['id', 'state']).orderBy('id').execute();

describe('group commit', () => {
  test('what is added in one turn shares a transaction, 128 at most', async () => {
    await Promise.all(Array.from({ length: 1_000 }, () => writes.add(addition(record()))));
    expect(commits).toBe(Math.ceil(1_000 / 128));
    expect(await rows()).toHaveLength(1_000);
  });

  test('adds, settlements, progress and claims of one turn share one transaction', async () => {
    await writes.add(addition(record(), record()));
    taker.wanted = 1;
    writes.poke();
    await turn();
    const [job] = taker.taken as [ClaimedJob];
    taker.wanted = 2;
    commits = 0;
    const answers = await Promise.all([
      writes.add(addition(record())),
      writes.settle(settlement(job)),
      progressOf({ id: job.id }, '{"percentage":9}'),
    ]);
    await turn();
    expect([answers, commits, taker.taken.length]).toEqual([[{ status: 'added' }, true, undefined], 1, 2]);
    const row = await dialect.reader
      .selectFrom('pwj_jobs')
      .selectAll()
      .where('id', '=', job.id)
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ state: 'completed', progress: '{"percentage":9}' });
  });

  test('a look for jobs where there are none opens no transaction', async () => {
    taker.wanted = 5;
    for (let i = 0; i < 10; i += 1) {
      writes.poke();
      await turn();
    }
    expect([commits, taker.taken]).toEqual([0, []]);
  });

  test('a job is taken in the commit that adds it when there is a free slot', async () => {
    taker.wanted = 1;
    const job = record();
    await writes.add(addition(job));
    await turn();
    expect([commits, taker.taken.map((one) => one.id)]).toEqual([1, [job.id]]);
  });

  test('callers are answered after the commit, not before', async () => {
    const job = record();
    const answered = writes.add(addition(job)).then(rows);
    expect(await answered).toEqual([{ id: job.id, state: 'ready' }]);
  });
});

describe('one bad row', () => {
  const bad = () => record({ data: null as never });

  test('fails alone, and the others of its turn are stored', async () => {
    const jobs = [record(), bad(), record(), bad(), record()];
    const answers = await Promise.allSettled(jobs.map((job) => writes.add(addition(job))));
    expect(answers.map((answer) => answer.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await rows()).map((row) => row.id)).toEqual([jobs[0]?.id, jobs[2]?.id, jobs[4]?.id]);
  });

  test('keeps nobody from being taken in the same turn', async () => {
    taker.wanted = 5;
    await Promise.allSettled([
      writes.add(addition(record())),
      writes.add(addition(bad())),
      writes.add(addition(record())),
    ]);
    await turn();
    expect(taker.taken).toHaveLength(2);
  });

  test('does not overtake the progress of its neighbours with their outcome', async () => {
    await writes.add(addition(record()));
    taker.wanted = 1;
    writes.poke();
    await turn();
    const [job] = taker.taken as [ClaimedJob];
    await Promise.allSettled([
      writes.add(addition(bad())),
      writes.settle(settlement(job)),
      progressOf({ id: job.id }, '{"percentage":9}'),
    ]);
    const row = await dialect.reader
      .selectFrom('pwj_jobs')
      .select(['progress', 'state'])
      .where('id', '=', job.id)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ state: 'completed', progress: '{"percentage":9}' });
  });

  test('among ready jobs that cannot be taken does not refuse what is added', async () => {
    taker.plan = () => ({
      ...(new Taker().plan() ?? {}),
      node: 'n',
      now: 1,
      leaseUntil: 9,
      limit: 1,
      lanes: [{ lane: 'l', limit: 1 }],
      event: () => {
        throw new Error('this one cannot be told');
      },
    });
    expect(await writes.add(addition(record()))).toEqual({ status: 'added' });
    await turn();
    expect(taker.errors).toHaveLength(1);
    expect(await writes.add(addition(record()))).toEqual({ status: 'added' });
  });
});

describe('a database that is away', () => {
  test('refuses what waits at once, not one after the other, and tells who looks for jobs', async () => {
    await writes.add(addition(record()));
    failure = new JobsError('UNAVAILABLE', 'another process holds it');
    taker.wanted = 1;
    commits = 0;
    const answers = await Promise.allSettled(Array.from({ length: 100 }, () => writes.add(addition(record()))));
    expect(answers.every((answer) => answer.status === 'rejected' && answer.reason === failure)).toBe(true);
    expect([commits, taker.errors]).toEqual([1, [failure]]);
    failure = null;
    expect(await writes.add(addition(record()))).toEqual({ status: 'added' });
    expect(await rows()).toHaveLength(2);
  });

  test('is told of when nothing else was to be written, too', async () => {
    await writes.add(addition(record()));
    failure = new JobsError('UNAVAILABLE', 'away');
    taker.wanted = 1;
    writes.poke();
    await turn();
    expect(taker.errors).toEqual([failure]);
  });
});

test('the size of the queue is exact with 3,000 who add at the same time', async () => {
  open(1_000);
  const answers = await Promise.all(Array.from({ length: 3_000 }, () => writes.add(addition(record()))));
  const full = answers.filter((answer) => answer.status === 'full');
  expect([full.length, (await rows()).length]).toEqual([2_000, 1_000]);
});

test('one key that many add at the same time is one job', async () => {
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => writes.add(addition(record({ idempotencyKey: 'k', fingerprint: 'f' })))),
  );
  const [first] = await rows();
  expect(answers.filter((answer) => answer.status === 'added')).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 'existing' && answer.ids[0] === first?.id)).toHaveLength(499);
});
