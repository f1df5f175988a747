// Batches of a site: in its transactions, with keys, over HTTP, and as long as they are kept.

import type { Batch, BatchEnd, NewJob } from '@phraseworks/sdk';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

const HOUR = 3_600_000;

let host: Kysely<object>;
let jobs: TestJobs;
const ran: number[] = [];
const ended: BatchEnd[] = [];

beforeEach(async () => {
  ran.length = ended.length = 0;
  const url = onMysql() ? await testDatabase() : `sqlite:${await temporaryFolder()}/site.db`;
  const dialect = onMysql()
    ? new MysqlDialect({ pool: createPool(url) })
    : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length)) });
  host = new Kysely({ dialect });
  // At the usual intervals, simulated days take minutes where each statement is a round trip.
  const retention = { completed: HOUR, failed: HOUR, cancelled: HOUR };
  const queue = { retention, sweepInterval: HOUR, cleanupInterval: HOUR / 2, pollInterval: HOUR };
  jobs = await createTestJobs({ database: url, queue });
  const work = async ({ n }: { n: number }) => {
    if (n < 0) throw new Error('no');
    ran.push(n);
  };
  jobs.registerProcessor('work', work, { maxRetries: 0 });
  jobs.registerProcessor('keyed', work, { key: ['n'], unique: { while: 'waiting' } });
  jobs.registerProcessor('ended', async (end: BatchEnd) => void ended.push(end));
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await host.destroy();
});

const work = (n: number, more: object = {}): NewJob => ({ type: 'work', data: { n }, ...more });
const statusOf = async ({ id }: Pick<Batch, 'id'>) => (await jobs.getBatch(id))?.status;

test('in a transaction of the host, a batch with its jobs is there with the commit, and never was after a rollback', async () => {
  const adds = (fails: boolean) =>
    host.transaction().execute(async (trx) => {
      const batch = await jobs.addBatch({ name: 'import', onEnd: 'ended', open: true }, [work(1)], { trx });
      await batch.add([work(2)], { trx });
      if (fails) throw new Error('changed my mind');
      return batch;
    });
  await expect(adds(true)).rejects.toThrow('changed my mind');
  await jobs.advance(2_000);
  expect([ran, (await jobs.listJobs()).jobs.length]).toEqual([[], 0]);
  expect(((await (await jobs.request('/api/batches')).json()) as { batches: unknown[] }).batches).toEqual([]);

  const batch = await adds(false);
  await jobs.advance(2_000);
  expect([ran, await statusOf(batch), ended]).toEqual([[1, 2], 'open', []]);
  await batch.close();
  await jobs.advance(2_000);
  expect(await statusOf(batch)).toBe('completed');
  expect(ended).toMatchObject([{ batch: batch.id, counts: { total: 2, completed: 2 } }]);
});

test('a unique job that was there already counts as its place', async () => {
  const there = await jobs.addJob({ type: 'keyed', data: { n: 7 }, delay: 1_000 });
  const batch = await jobs.addBatch({ name: 'index', onEnd: 'ended' }, [{ type: 'keyed', data: { n: 7 } }, work(1)]);
  expect((await jobs.listJobs({ type: 'keyed' })).jobs.map(({ id }) => id)).toEqual([there.id]);
  expect(batch.counts.total).toBe(2);
  await jobs.idle();
  expect(await statusOf(batch)).toBe('running');
  await jobs.advance(2_000);
  expect([await statusOf(batch), ended.length]).toEqual(['completed', 1]);
});

test('a job whose turn comes while its key is taken waits for its key, and then runs', async () => {
  let end = (): void => {};
  const isOut = new Promise<void>((resolve) => {
    end = resolve;
  });
  jobs.registerProcessor('slow', () => isOut, { key: ['n'] });
  const slow = { type: 'slow', data: { n: 5 } };
  const running = await jobs.addJob(slow);
  await jobs.running(running.id);
  const first = await jobs.addJob(work(1, { delay: 1_000 }));
  const second = await jobs.addJob({ ...slow, after: [first.id] });
  await jobs.advance(2_000);
  expect(await jobs.getJobStatus(first.id)).toMatchObject({ status: 'completed' });
  expect(await jobs.getJobStatus(second.id)).toMatchObject({ status: 'blocked', reason: 'key' });
  end();
  await jobs.advance(2_000);
  expect(await jobs.getJobStatus(second.id)).toMatchObject({ status: 'completed' });
});

test('what a batch needs is kept until it has ended, then it goes with its jobs', async () => {
  const batch = await jobs.addBatch({ name: 'import', onEnd: 'ended', open: true }, [work(1), work(-1)]);
  await jobs.advance(3 * HOUR);
  expect((await jobs.getBatch(batch.id))?.counts).toEqual({ total: 2, completed: 1, failed: 1, cancelled: 0 });
  expect((await jobs.listJobs({ type: 'work' })).jobs).toHaveLength(2);
  await batch.close();
  await jobs.advance(2_000);
  expect(ended).toMatchObject([{ counts: { total: 2, completed: 1, failed: 1 } }]);
  await jobs.advance(3 * HOUR);
  expect([await jobs.getBatch(batch.id), (await jobs.listJobs()).jobs]).toEqual([null, []]);
});

test('the jobs of a batch are listed in the order of adding, page by page, also when all have ended', async () => {
  const delayed = { delay: 2 * HOUR };
  const batch = await jobs.addBatch({ name: 'import' }, [work(1), work(-1), work(3, delayed), work(4)]);
  await jobs.idle();
  const listed = async (query = '') => {
    const answer = await jobs.request(`/api/batches/${batch.id}/jobs?${query}`);
    return (await answer.json()) as { jobs: { data: { n: number } }[]; nextCursor: string | null };
  };
  const numbers = async (query?: string) => (await listed(query)).jobs.map(({ data }) => data.n);
  expect(await numbers()).toEqual([1, -1, 3, 4]);
  expect(await numbers('status=open')).toEqual([3]);
  expect(await numbers('status=failed')).toEqual([-1]);
  const first = await listed('limit=2');
  expect(first.jobs.map(({ data }) => data.n)).toEqual([1, -1]);
  expect(await numbers(`cursor=${first.nextCursor}`)).toEqual([3, 4]);
  await batch.cancel();
  await jobs.advance(2_000);
  expect(await numbers()).toEqual([1, -1, 3, 4]);
});

test('over HTTP a batch is read, cancelled and retried, by those who may', async () => {
  const batch = await jobs.addBatch({ name: 'import', onEnd: 'ended' }, [work(-1), work(1, { delay: HOUR })]);
  await jobs.idle();
  const at = `/api/batches/${batch.id}`;
  expect(await (await jobs.request(at)).json()).toMatchObject({ status: 'running', counts: { failed: 1 } });
  const post = (path: string) => jobs.request(path, { method: 'POST' });
  expect((await post(`${at}/cancel`)).status).toBeLessThan(300);
  await jobs.advance(2_000);
  expect(await (await jobs.request(at)).json()).toMatchObject({
    status: 'failed',
    counts: { total: 2, completed: 0, failed: 1, cancelled: 1 },
  });
  expect((await post('/api/batches/batch-none/cancel')).status).toBe(404);
  expect((await jobs.request('/api/batches/none')).status).toBe(404);
});
