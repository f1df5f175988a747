// Jobs that join a transaction of the host: its fate is theirs.
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createTestJobs, type TestJobs } from '../../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../../testing/src/test-database.ts';

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

const open = async (database: NonNullable<Parameters<typeof createTestJobs>[0]>['database']): Promise<TestJobs> => {
  const made = await createTestJobs({ database: database as string, queue: { pollInterval: 100 } });
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

for (const how of ['by its URL', 'as a Kysely instance'] as const) {
  describe(`with the database given ${how}`, () => {
    beforeEach(async () => {
      jobs = await open(how === 'by its URL' ? url : (host as never));
    });

    test('a job is stored with the rows of the host, and runs after the commit', async () => {
      const added = await host.transaction().execute(async (trx) => {
        await trx.insertInto('posts').values({ title: 'a' }).execute();
        const job = await jobs.addJob({ type: 'index', data: { n: 1 } }, { trx });
        if (onMysql()) expect(await jobs.getJobStatus(job.id)).toBeNull();
        return job;
      });
      await jobs.advance(200);
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
  });
}

test('a list of jobs is added as a whole, and finds a key added in the same transaction', async () => {
  jobs = await open(url);
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
  jobs = await open(url);
  const elsewhere = connect(onMysql() ? await testDatabase() : 'sqlite::memory:');
  const other = elsewhere.transaction().execute((trx) => jobs.addJob({ type: 'index', data: {} }, { trx }));
  await expect(other).rejects.toMatchObject({ code: 'INVALID_DATA', message: /another database/ });
  const none = jobs.addJob({ type: 'index', data: {} }, { trx: host as never });
  await expect(none).rejects.toMatchObject({ code: 'INVALID_DATA', message: /open transaction/ });
  await elsewhere.destroy();
});
