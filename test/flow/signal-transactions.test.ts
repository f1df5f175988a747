// A signal in a transaction of the host: sent with its commit, and never was after a rollback.
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect } from 'kysely';
import { createPool } from 'mysql2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createTestJobs, type TestJobs } from '../../testing/src/create-test-jobs.ts';
import { onMysql, testDatabase } from '../../testing/src/test-database.ts';
import { temporaryFolder } from '../support/folder.ts';

let host: Kysely<{ answers: { job: string } }>;
let jobs: TestJobs;

beforeEach(async () => {
  const url = onMysql() ? await testDatabase() : `sqlite:${await temporaryFolder()}/site.db`;
  const dialect = onMysql()
    ? new MysqlDialect({ pool: createPool(url) })
    : new SqliteDialect({ database: new SQLite(url.slice('sqlite:'.length)) });
  host = new Kysely({ dialect });
  await host.schema.createTable('answers').addColumn('job', 'varchar(64)').execute();
  jobs = await createTestJobs({ database: url, queue: { pollInterval: 100 } });
  const schema = z.object({ ok: z.boolean() });
  jobs.registerProcessor('post', async (_data, _id, _attempt, job) => job.waitFor('verdict', { schema }));
});
afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await host.destroy();
});

async function waiting(): Promise<string> {
  const { id } = await jobs.addJob({ type: 'post', data: {} });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'blocked', reason: 'signal' });
  return id;
}
const answer = (id: string, then: () => void = () => {}) =>
  host.transaction().execute(async (trx) => {
    await trx.insertInto('answers').values({ job: id }).execute();
    await jobs.signalJob(id, 'verdict', { ok: true }, { trx });
    then();
  });
const answers = async () => (await host.selectFrom('answers').select('job').execute()).map(({ job }) => job);

test('the job goes on with the commit, and after a rollback it waits as before', async () => {
  const id = await waiting();
  const changed = answer(id, () => {
    throw new Error('changed my mind');
  });
  await expect(changed).rejects.toThrow('changed my mind');
  await jobs.advance(2_000);
  expect([await answers(), (await jobs.getJobReceipts(id)).map(({ state }) => state)]).toEqual([[], ['waiting']]);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'blocked', reason: 'signal' });

  await answer(id);
  await jobs.advance(2_000);
  expect(await answers()).toEqual([id]);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: { ok: true } });
});

test('what is refused leaves the rest of the transaction as it is', async () => {
  const id = await waiting();
  await host.transaction().execute(async (trx) => {
    await trx.insertInto('answers').values({ job: id }).execute();
    const refused = jobs.signalJob(id, 'verdict', { ok: 'perhaps' }, { trx });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_DATA' });
    await expect(jobs.signalJob('none', 'verdict', true, { trx })).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });
  await jobs.advance(2_000);
  expect(await answers()).toEqual([id]);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'blocked', reason: 'signal' });
});

test('a job that began to wait after the transaction had begun gets the signal all the same, and no second one', async () => {
  const { id } = await jobs.addJob({ type: 'post', data: {}, delay: 1_000 });
  await host.connection().execute(async (connection) => {
    const trx = await connection.startTransaction().execute();
    await jobs.advance(2_000);
    await jobs.signalJob(id, 'verdict', { ok: false }, { trx });
    await expect(jobs.signalJob(id, 'verdict', { ok: true }, { trx })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await trx.commit().execute();
  });
  await jobs.advance(2_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: { ok: false } });
});
