// Jobs that join a transaction of the host: its fate is theirs.
import { AsyncLocalStorage } from 'node:async_hooks';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createTestJobs, type TestJobs } from '../../../testing/src/create-test-jobs.ts';
import { onMysql, settled, testDatabase } from '../../../testing/src/test-database.ts';
import type { Assembled } from '../internals/site.ts';

interface Tables {
  posts: { title: string };
}

let host: Kysely<Tables>;
let jobs: TestJobs;
let url: string;

/** The host's own connections to the database of this URL. */
function connect(to: string): Kysely<Tables> {
  if (to.startsWith('mysql:')) return new Kysely({ dialect: new MysqlDialect({ pool: createPool(to) }) });
  const database = new SQLite(to.slice('sqlite:'.length));
  return new Kysely({ dialect: new SqliteDialect({ database }) });
}

const open = async (): Promise<TestJobs> => {
  const made = await createTestJobs({ database: url, queue: { pollInterval: 100 } });
  made.registerProcessor('index', async () => ({ success: true, done: true }));
  await made.idle();
  return made;
};

const titles = async () => (await host.selectFrom('posts').select('title').execute()).map(({ title }) => title);

beforeEach(async () => {
  url = onMysql() ? await testDatabase() : `sqlite:${await temporaryFolder()}/site.db`;
  host = connect(url);
  await host.schema.createTable('posts').addColumn('title', 'varchar(100)').execute();
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await host.destroy();
});

test('a job is stored with the rows of the host, and runs after the commit', async () => {
  jobs = await open();
  const added = await host.transaction().execute(async (trx) => {
    await trx.insertInto('posts').values({ title: 'a' }).execute();
    const job = await jobs.addJob({ type: 'index', data: { n: 1 } }, { trx });
    if (onMysql()) expect(await jobs.getJobStatus(job.id)).toBeNull();
    return job;
  });
  // Without moving the clock.
  await jobs.idle();
  expect(await titles()).toEqual(['a']);
  expect(await jobs.getJobStatus(added.id)).toMatchObject({ status: 'completed', data: { n: 1 } });
  expect(jobs.events.filter(({ jobId }) => jobId === added.id).map(({ event }) => event)).toEqual([
    'job_added',
    'job_started',
    'job_completed',
  ]);
  expect(await jobs.getQueueMetrics()).toMatchObject({ pending: 0, completed: 1 });
});

test('a job is rolled back with the transaction of the host', async () => {
  jobs = await open();
  let id = '';
  const failing = host.transaction().execute(async (trx) => {
    await trx.insertInto('posts').values({ title: 'b' }).execute();
    id = (await jobs.addJob({ type: 'index', data: {} }, { trx })).id;
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  await jobs.advance(200);
  await jobs.idle();
  expect([await titles(), await jobs.getJobStatus(id), jobs.events]).toEqual([[], null, []]);
  expect(await jobs.getQueueMetrics()).toMatchObject({ pending: 0, total: 0 });
});

test('a list of jobs is added as a whole, and finds a key added in the same transaction', async () => {
  jobs = await open();
  const job = { type: 'index', data: { n: 1 }, idempotencyKey: 'once' };
  const ids = await host.transaction().execute(async (trx) => {
    const [first] = await jobs.addJobs([job, { type: 'index', data: { n: 2 } }], { trx });
    return [first?.id, (await jobs.addJob(job, { trx })).id];
  });
  expect(ids[0]).toBe(ids[1]);
  await jobs.advance(200);
  await jobs.idle();
  expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 2 });
});

test('a transaction on another database is refused, and so is a database without one', async () => {
  jobs = await open();
  const elsewhere = connect(onMysql() ? await testDatabase() : 'sqlite::memory:');
  const other = elsewhere.transaction().execute((trx) => jobs.addJob({ type: 'index', data: {} }, { trx }));
  await expect(other).rejects.toMatchObject({ code: 'INVALID_DATA', message: /another database/ });
  const none = jobs.addJob({ type: 'index', data: {} }, { trx: host as never });
  await expect(none).rejects.toMatchObject({ code: 'INVALID_DATA', message: /open transaction/ });
  await elsewhere.destroy();
});

test('after the first job with the transaction of the host, others need not be given it, and what would wait for it is refused', async () => {
  jobs = await open();
  const failing = host.transaction().execute(async (trx) => {
    const { id } = await jobs.addJob({ type: 'index', data: {} }, { trx });
    await jobs.addJob({ type: 'index', data: {} });
    await expect(jobs.cancelJob(id)).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: /^cancelJob\(\) was called inside an open transaction of the application/,
    });
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  await jobs.idle();
  expect(await jobs.getQueueMetrics()).toMatchObject({ total: 0 });
  const trx = await host.startTransaction().execute();
  await jobs.addJob({ type: 'index', data: {} }, { trx });
  await trx.commit().execute();
  const { id } = await jobs.addJob({ type: 'index', data: {}, delay: 60_000 });
  expect(await jobs.cancelJob(id)).toBe(true);
});

test('a transaction of the host with jobs that stays open is reported', async () => {
  jobs = await open();
  const trx = await host.startTransaction().execute();
  await jobs.addJob({ type: 'index', data: {} }, { trx });
  await jobs.clock.advance(3_500);
  await jobs.clock.advance(3_500);
  expect(jobs.log.filter((line) => line.includes('A transaction of the application'))).toHaveLength(1);
  await trx.rollback().execute();
});

if (onMysql()) {
  const job = { type: 'index', data: { n: 1 }, idempotencyKey: 'once' };

  test('of two open transactions of the host with one key, the second gets the job of the first', async () => {
    jobs = await open();
    const first = await host.startTransaction().execute();
    const second = await host.startTransaction().execute();
    // Its snapshot is older than the first job.
    await second.selectFrom('posts').select('title').execute();
    const { id } = await jobs.addJob(job, { trx: first });
    const adding = jobs.addJob(job, { trx: second });
    await first.commit().execute();
    const same = await adding;
    await expect(jobs.addJob({ ...job, data: { n: 3 } }, { trx: second })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
    await second.commit().execute();
    expect(same.id).toBe(id);
    await jobs.idle();
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 1, total: 1 });
  });

  test('while a transaction of the host adds a key, additions of others go on, and one with the key waits for its end', async () => {
    jobs = await open();
    const trx = await host.startTransaction().execute();
    const { id } = await jobs.addJob(job, { trx });
    let waiting: Promise<unknown> = Promise.resolve();
    await elsewhere(async () => {
      waiting = jobs.addJob(job);
      const others = [{}, { idempotencyKey: 'other' }].map((more) => jobs.addJob({ type: 'index', data: {}, ...more }));
      expect(await Promise.all(others)).toHaveLength(2);
      await jobs.addJob({ type: 'index', data: {} });
    });
    await trx.commit().execute();
    // The wait for a key is by the clock.
    let found: unknown;
    void waiting.then((same) => {
      found = same;
    });
    for (let n = 0; !found && n < 500; n += 1) await advance(20);
    expect(found).toMatchObject({ id });
    await jobs.idle();
    expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 4 });
  });

  test('an addition whose key stays in use is refused after ten seconds, and only that', async () => {
    jobs = await open();
    const trx = await host.startTransaction().execute();
    await jobs.addJob(job, { trx });
    let refused: unknown;
    await elsewhere(async () => {
      void jobs.addJob(job).catch((error: unknown) => {
        refused = error;
      });
      await jobs.addJob({ type: 'index', data: {} });
    });
    for (let n = 0; !refused && n < 2_000; n += 1) await advance(100);
    expect(refused).toMatchObject({ code: 'UNAVAILABLE', message: /same idempotencyKey has been open for 10 s/ });
    await trx.rollback().execute();
  });
}

/** Time passes, and no statement takes longer than that. */
async function advance(ms: number): Promise<void> {
  await jobs.clock.advance(ms);
  await settled((jobs as unknown as Assembled).internals.core.ledger.dialect, 2);
}

/** Runs outside the transaction that this test is in since it gave it to `addJob()`. */
const fresh = AsyncLocalStorage.snapshot();
const elsewhere = <T>(fn: () => Promise<T>): Promise<T> => fresh(fn);
