// Jobs about content: found by it, and cancelled with it, in the transaction that deletes or unpublishes it.
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

let host: Kysely<{ posts: { id: number } }>;
let jobs: TestJobs;
const mailed: number[] = [];

beforeEach(async () => {
  mailed.length = 0;
  const url = onMysql() ? await testDatabase() : `sqlite:${await temporaryFolder()}/site.db`;
  const dialect = onMysql()
    ? new MysqlDialect({ pool: createPool(url) })
    : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length)) });
  host = new Kysely({ dialect });
  await host.schema.createTable('posts').addColumn('id', 'integer').execute();
  jobs = await createTestJobs({ database: url, queue: { pollInterval: 100 } });
  jobs.registerProcessor('mail', async ({ post }: { post: number }) => void mailed.push(post));
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await host.destroy();
});

const about = (id: number | string, kind = 'post') => ({ kind, id });
const mail = (post: number, more: object = {}) =>
  jobs.addJob({ type: 'mail', data: { post }, delay: 1_000, about: about(post), ...more });
const found = async (filter: object) => (await jobs.listJobs(filter)).jobs.map(({ id }) => id);

test('a job says what it is about, and lists and searches find it by that', async () => {
  const [a, b] = [await mail(17), await mail(17, { about: about('17') })];
  const c = await mail(18, { about: about('a:b', 'media') });
  await mail(170);
  const none = await jobs.addJob({ type: 'mail', data: { post: 17 } });
  expect([a.about, (await jobs.getJobStatus(c.id))?.about]).toEqual([
    { kind: 'post', id: '17' },
    { kind: 'media', id: 'a:b' },
  ]);
  expect(none.about).toBeUndefined();
  expect(await found({ about: 'post:17' })).toEqual([b.id, a.id]);
  expect(await found({ about: 'post:17', limit: 1, sort: 'oldest' })).toEqual([a.id]);
  expect(await found({ q: 'about:media:a:b status:delayed' })).toEqual([c.id]);
  expect(await found({ about: 'post:17', q: 'about:post:18' })).toEqual([]);
  expect(await found({ about: 'post:17', type: 'none' })).toEqual([]);
});

test('what no content can be is refused with its field', async () => {
  for (const [given, path] of [
    ['post:17', 'about'],
    [{ kind: 'post', id: 1, more: 1 }, 'about'],
    [{ kind: 'po:st', id: 1 }, 'about.kind'],
    [{ kind: 'post', id: 1.5 }, 'about.id'],
    [{ kind: 'post', id: 'x'.repeat(141) }, 'about.id'],
  ] as const) {
    const refused = { code: 'INVALID_DATA', errors: [expect.objectContaining({ path })] };
    await expect(mail(1, { about: given })).rejects.toMatchObject(refused);
    await expect(jobs.cancelAbout(given as never)).rejects.toMatchObject(refused);
  }
});

test('cancelAbout() cancels what waits and what runs, of this content only, and answers how many', async () => {
  const signals: string[] = [];
  jobs.registerProcessor(
    'slow',
    async (_data, _id, _attempt, job) =>
      new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => {
          signals.push(String(job.signal.reason));
          reject(job.signal.reason);
        });
      }),
  );
  const running = await jobs.addJob({ type: 'slow', data: {}, about: about(17) });
  await jobs.running(running.id);
  const waiting = [await mail(17), await mail(17)];
  const other = await mail(18);
  expect(await jobs.cancelAbout(about(17))).toBe(3);
  expect(await jobs.cancelAbout(about(17))).toBe(0);
  await jobs.idle();
  for (const { id } of [running, ...waiting])
    expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'cancelled', reason: 'cancelled' });
  expect(signals).toEqual(['AttemptAborted: the attempt was cancelled']);
  await jobs.advance(2_000);
  expect(await jobs.getJobStatus(other.id)).toMatchObject({ status: 'completed' });
});

test('in a transaction of the host it is cancelled with the commit, also what was added in it, and a rollback cancels none', async () => {
  await host.insertInto('posts').values({ id: 17 }).execute();
  const first = await mail(17);
  const removed = host.transaction().execute(async (trx) => {
    await trx.deleteFrom('posts').where('id', '=', 17).execute();
    await jobs.addJob({ type: 'mail', data: { post: 17 }, about: about(17) }, { trx });
    expect(await jobs.cancelAbout(about(17), { trx })).toBe(2);
    throw new Error('changed my mind');
  });
  await expect(removed).rejects.toThrow('changed my mind');
  expect(await jobs.getJobStatus(first.id)).toMatchObject({ status: 'pending' });
  expect((await jobs.listJobs({ about: 'post:17' })).jobs).toHaveLength(1);
  const n = await host.transaction().execute(async (trx) => {
    await trx.deleteFrom('posts').where('id', '=', 17).execute();
    await jobs.addJob({ type: 'mail', data: { post: 17 }, about: about(17) }, { trx });
    return jobs.cancelAbout(about(17), { trx });
  });
  expect(n).toBe(2);
  await jobs.advance(2_000);
  expect([mailed, (await jobs.getQueueMetrics()).cancelled]).toEqual([[], 2]);
  const events = jobs.events.filter(({ event }) => event === 'job_cancelled');
  expect(events).toHaveLength(2);
});

test('a running job is stopped by the transaction of the host that cancels it', async () => {
  let reason: unknown;
  jobs.registerProcessor(
    'slow',
    (_data, _id, _attempt, job) =>
      new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => {
          reason = job.signal.reason;
          reject(job.signal.reason);
        });
      }),
  );
  const { id } = await jobs.addJob({ type: 'slow', data: {}, about: about(17) });
  await jobs.running(id);
  await host.transaction().execute((trx) => jobs.cancelAbout(about(17), { trx }));
  await jobs.advance(1_000);
  expect(reason).toMatchObject({ why: 'cancel' });
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'cancelled' });
});

test('more jobs than one pass moves are cancelled together, in their keys, too', async () => {
  jobs.registerProcessor('index', async () => {}, { key: ['post'] });
  const list = Array.from({ length: 1_100 }, () => ({
    type: 'index',
    data: { post: 17 },
    about: about(17),
    delay: 1_000,
  }));
  await jobs.addJobs(list);
  expect(await host.transaction().execute((trx) => jobs.cancelAbout(about(17), { trx }))).toBe(1_100);
  await jobs.addJobs(list);
  expect(await jobs.cancelAbout(about(17))).toBe(1_100);
  expect(await jobs.getQueueMetrics()).toMatchObject({ cancelled: 2_200, pending: 0, blocked: 0 });
});

test('a job that is replaced is about what the later one is about, one that is kept stays, and a deleted one leaves nothing', async () => {
  jobs.registerProcessor('index', async () => {}, { key: ['n'], unique: { onConflict: 'replace' } });
  jobs.registerProcessor('keep', async () => {}, { key: ['n'], unique: {} });
  const add = (type: string, id: number) =>
    jobs.addJob({ type, data: { n: 1 }, about: about(id), delay: 60_000 } as never);
  const replaced = await add('index', 1);
  await add('index', 2);
  await add('keep', 3);
  await add('keep', 4);
  const counts = async () =>
    (await Promise.all([1, 2, 3, 4].map((id) => found({ about: `post:${id}` })))).map((ids) => ids.length);
  expect(await counts()).toEqual([0, 1, 1, 0]);
  await jobs.deleteJob(replaced.id);
  expect(await counts()).toEqual([0, 0, 1, 0]);
});

test('jobs of a schedule are about what it says', async () => {
  await jobs.scheduleJob({
    name: 'remind',
    schedule: '* * * * *',
    jobData: { type: 'mail', data: { post: 17 }, about: about(17) },
  } as never);
  await jobs.advance(60_000);
  expect((await jobs.listJobs({ about: 'post:17' })).jobs).toHaveLength(1);
  expect(mailed).toEqual([17]);
});
