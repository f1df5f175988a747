// Files that came with a job are stored with it or not at all, kept whole while it is there, and no longer.
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AdditionJoiner,
  type BucketOptions,
  definePlugin,
  type Job,
  type UploadReference,
  Uploads,
} from '@phraseworks/sdk';
import { createTestJobs, ManualClock } from '@phraseworks/testing';
import SQLite from 'better-sqlite3';
import { Kysely, MysqlDialect, SqliteDialect, sql } from 'kysely';
import { createPool } from 'mysql2';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { s3Server } from '../../../test/support/s3-server.ts';
import { onMysql, testDatabase } from '../../../testing/src/test-database.ts';

const HOUR = 3_600_000;

/** A site with the type `keep`, and its folder of uploads. */
async function openSite(options: { s3?: BucketOptions; joiner?: AdditionJoiner; database?: string } = {}) {
  const { s3, joiner, ...more } = options;
  const dir = await temporaryFolder();
  let uploads: Uploads | undefined;
  const keeper = definePlugin({
    name: 'keeper',
    needs: { uploads: Uploads },
    init(ctx) {
      uploads = ctx.needs.uploads;
      ctx.registerProcessor('keep', () => ({ success: true }));
      if (joiner) ctx.joinAdditions(joiner);
    },
  });
  const jobs = await createTestJobs({
    // Files have the time of the machine.
    clock: new ManualClock(Date.now()),
    plugins: { keeper: { use: keeper } },
    queue: { retentionPeriod: 1_000 * HOUR },
    storage: { uploads: { folder: dir, ...(s3 ? { s3 } : {}) } },
    ...more,
  });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  return {
    jobs,
    dir,
    open: (reference: UploadReference) => (uploads as Uploads).open(reference),
    add: (text: string, idempotencyKey?: string) =>
      jobs.addJob({
        type: 'keep',
        data: { file: new File([text], 'photo.png') },
        ...(idempotencyKey ? { idempotencyKey } : {}),
      }),
    files: async () =>
      (await readdir(dir, { recursive: true })).filter((name) => !['incoming', '.parts'].includes(name)).sort(),
    errors: () => jobs.log.filter((line) => line.includes('try again')),
  };
}

const fileOf = ({ data }: Job): UploadReference => (data as { file: UploadReference }).file;
const never = new Promise<never>(() => {});

test('a file that is missing on disk is reported as not found', async () => {
  const { add, dir, open } = await openSite();
  const file = fileOf(await add('hello'));
  await rm(join(dir, file.upload));
  await expect(open(file)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what a dead process left, a file of a job that was never stored or half a file, is removed after an hour, not earlier', async () => {
  const { jobs, add, dir, files } = await openSite({ joiner: { wants: () => true, join: () => never } });
  void add('one');
  await expect.poll(files).toHaveLength(2);
  await writeFile(join(dir, 'incoming', 'half'), 'half');
  await jobs.advance(HOUR - 60_000);
  expect(await files()).toHaveLength(3);
  await jobs.advance(HOUR);
  await expect.poll(files).toEqual([]);
});

test('an upload in a bucket opens as a local copy, which is removed with the upload or after a day', async () => {
  const { config, stored } = await s3Server();
  const { jobs, add, open } = await openSite({ s3: { ...config, retries: 0 } });
  const [first, second] = [await add('text'), await add('more')];
  expect(String(await stored(`site/${fileOf(first).upload}`))).toBe('text');
  const { path } = await open(fileOf(first));
  expect([await readFile(path, 'utf8'), (await open(fileOf(first))).path]).toEqual(['text', path]);
  const other = await open(fileOf(second));
  await jobs.idle();
  await jobs.deleteJob(first.id);
  expect([existsSync(path), existsSync(other.path)]).toEqual([false, true]);
  await expect(open(fileOf(first))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const longAgo = (Date.now() - 25 * HOUR) / 1_000;
  await utimes(other.path, longAgo, longAgo);
  await jobs.advance(60_000);
  await expect.poll(() => existsSync(other.path)).toBe(false);
  expect(await readFile((await open(fileOf(second))).path, 'utf8')).toBe('more');
});

test('an unavailable bucket answers UNAVAILABLE, and the repeated request stores its file', async () => {
  const server = await s3Server();
  const { jobs, add, open, errors } = await openSite({ s3: { ...server.config, retries: 0 } });
  server.answer = (request) => (/^(PUT|DELETE)/.test(request) ? 503 : null);
  await expect(add('text', 'order-7')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(errors()).toEqual([expect.stringContaining('Cannot remove uploaded files, will try again: 1 of 1')]);
  server.answer = () => null;
  const job = await add('text', 'order-7');
  await jobs.advance(3 * HOUR);
  expect(await readFile((await open(fileOf(job))).path, 'utf8')).toBe('text');
  await jobs.deleteJob(job.id);
  await expect(open(fileOf(job))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a refused request keeps the file if its repetition has stored a job with it', async () => {
  const stored: Job[] = [];
  const joiner: AdditionJoiner = {
    wants: () => stored.length === 0,
    async join() {
      stored.push({} as Job);
      stored.push(await site.add('text', 'order-7'));
      throw new Error('refused');
    },
  };
  const site = await openSite({ joiner });
  await expect(site.add('text', 'order-7')).rejects.toThrow('refused');
  const { path } = await site.open(fileOf(stored[1] as Job));
  expect(await readFile(path, 'utf8')).toBe('text');
});

test('a file that the bucket fails to remove holds up no other, and is removed by the next sweep', async () => {
  const server = await s3Server();
  const { jobs, errors } = await openSite({ s3: { ...server.config, retries: 0 } });
  const data = { files: ['one', 'two', 'three'].map((text) => new File([text], text)) };
  const job = await jobs.addJob({ type: 'keep', data });
  await jobs.idle();
  const ids = (job.data as { files: UploadReference[] }).files.map(({ upload }) => upload);
  server.answer = (request) => (request === `DELETE /test-bucket/site/${ids[1]}` ? 403 : null);
  const removed = () => server.asked.filter((request) => request.startsWith('DELETE')).length;
  await jobs.deleteJob(job.id);
  expect(errors()).toEqual([expect.stringMatching(/Cannot remove uploaded files, will try again: 1 of 3 .* 403/)]);
  server.answer = () => null;
  await jobs.advance(60_000);
  await expect.poll(removed).toBe(4);
  await jobs.advance(HOUR);
  expect(removed()).toBe(4);
});

test('in a transaction of the host, the file and its job are stored together or not at all', async () => {
  const database = onMysql() ? await testDatabase() : `sqlite:${await temporaryFolder()}/site.db`;
  const { jobs, files, open } = await openSite({ database });
  const host = new Kysely<Record<string, never>>({
    dialect: onMysql()
      ? new MysqlDialect({ pool: createPool(database) })
      : new SqliteDialect({ database: new SQLite(database.slice('sqlite:'.length)) }),
  });
  onTestFinished(() => host.destroy());
  const rows = async () => (await sql`select id from pwj_files_uploads`.execute(host)).rows.length;
  const add = (text: string, isKept: boolean) =>
    host.transaction().execute(async (trx) => {
      const job = await jobs.addJob({ type: 'keep', data: { file: new File([text], 'a') } }, { trx });
      if (!isKept) throw new Error('changed my mind');
      return job;
    });
  const job = await add('kept', true);
  await expect(add('dropped', false)).rejects.toThrow('changed my mind');
  expect([await rows(), (await files()).length]).toEqual([1, 4]);
  await jobs.advance(2 * HOUR);
  await expect.poll(files).toEqual([fileOf(job).upload]);
  expect(await readFile((await open(fileOf(job))).path, 'utf8')).toBe('kept');
  expect(await jobs.getJobStatus(job.id)).toMatchObject({ status: 'completed' });
});

test('a job whose rows cannot be stored is not stored, and its file goes', async () => {
  const refuse = { store: () => Promise.reject(new Error('no row')), ended: async () => {} };
  const joiner: AdditionJoiner = { wants: () => true, join: async (job) => ({ job, ...refuse }) };
  const { jobs, add, files } = await openSite({ joiner });
  await expect(add('one')).rejects.toThrow('no row');
  expect([await files(), (await jobs.getQueueMetrics()).total]).toEqual([[], 0]);
});
