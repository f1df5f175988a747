// Files that came with a job are kept whole, while their job is there, and no longer.
import { access, mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Job, NewJob, UploadReference } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { turn } from '../../../testing/src/manual-clock.ts';
import { silent } from '../../test/live-stand.ts';
import { type Clock, systemClock, systemRandom } from '../kernel/clock.ts';
import { Ids } from '../kernel/id.ts';
import { Folder } from '../storage/folder.ts';
import { Bucket } from '../storage/s3.ts';
import type { Dialect } from '../store/dialect.ts';
import { migrate } from '../store/migrate.ts';
import { openSqlite } from '../store/sqlite/engine.ts';
import { UploadStore } from '../store/upload-store.ts';
import { safeName, safeType, UploadFiles } from './uploads.ts';

const HOUR = 3_600_000;
const START = 1_800_000_000_000;

let dir: string;
let dialect: Dialect;
let store: UploadStore;
let uploads: UploadFiles;
let now: number;

beforeEach(async () => {
  now = START;
  dir = await mkdtemp(join(tmpdir(), 'uploads-'));
  dialect = await openSqlite(':memory:', { now: () => 0, rest: turn, turn, after: () => () => {} });
  await migrate(dialect, now);
  const clock: Clock = { ...systemClock, now: () => now };
  store = new UploadStore(dialect);
  const files = new Folder(dir, () => now);
  uploads = new UploadFiles({ files, maxBytes: 1_000, store, clock, random: systemRandom, log: silent });
});
afterEach(async () => {
  await dialect.close();
  await rm(dir, { recursive: true, force: true });
});

const receive = (text: string) => uploads.receive(Readable.from([Buffer.from(text)]), 'photo.png', 'image/png');

async function keep(text: string, key?: string): Promise<string> {
  const [kept] = await uploads.keep([await receive(text)], key);
  return kept?.reference.upload ?? '';
}

const files = async () =>
  (await readdir(dir, { recursive: true })).filter((name) => !['incoming', '.parts'].includes(name)).sort();
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** A row as the queue would have stored it. */
async function storeJob(data: object): Promise<string> {
  const id = new Ids({ ...systemClock, now: () => now }, systemRandom).next();
  await dialect.db
    .insertInto('pwj_jobs')
    .values({
      ...{ id, type: 'image', plugin: null, state: 'ready', priority: 2, attempt: 0, crashes: 0 },
      ...{ max_retries: 3, retry_delay: 0, backoff: 'fixed', timeout: 1, run: 0 },
      ...{ created_at: now, data: JSON.stringify(data) },
    } as never)
    .execute();
  return id;
}

test('a file that is missing on disk is reported as not found', async () => {
  const id = await keep('hello');
  await rm(join(dir, id));
  await expect(uploads.open(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('an upload without a job is removed after an hour, not earlier', async () => {
  await keep('one');
  now += HOUR - 1;
  expect(await uploads.sweepOrphans(now)).toBe(0);
  now += 2;
  expect(await uploads.sweepOrphans(now)).toBe(1);
  expect(await files()).toEqual([]);
});

test('an upload that a stored job refers to is assigned to the job, in case the process died in between', async () => {
  const id = await keep('one');
  now += 50;
  const job = await storeJob({ file: { upload: id, name: 'photo.png' } });
  now += 2 * HOUR;
  expect(await uploads.sweepOrphans(now)).toBe(0);
  expect(await isThere(join(dir, id))).toBe(true);
  await uploads.removeForJobs([job]);
  expect(await files()).toEqual([]);
});

test('a half-written file of a dead process is removed after an hour', async () => {
  const { path } = await receive('half');
  await utimes(path, now / 1_000, now / 1_000);
  expect(await uploads.sweepOrphans(now + HOUR)).toBe(0);
  expect(await uploads.sweepOrphans(now + HOUR + 1)).toBe(1);
  expect(await isThere(path)).toBe(false);
});

test.each([
  ['photo.png', 'photo.png'],
  ['写真.png', '写真.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\windows\\a.txt', 'a.txt'],
  ['a\u0000b\nc\u001b[31m.txt', 'abc[31m.txt'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['<img src=x>.png', 'img src=x.png'],
  [undefined, 'file'],
])('%j becomes %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});

test.each([
  ['image/png', 'image/png'],
  ['Image/SVG+XML', 'image/svg+xml'],
  ['text/html; charset=utf-8', 'application/octet-stream'],
  ['text/html\r\nx: y', 'application/octet-stream'],
  [undefined, 'application/octet-stream'],
])('the type %j becomes %s', (type, expected) => {
  expect(safeType(type)).toBe(expected);
});

test('an upload in a bucket opens as a local copy, which is removed with the upload or after a day', async () => {
  const { config, stored } = await s3Server();
  const parts = { store, clock: { ...systemClock, now: () => now }, random: systemRandom, log: silent };
  uploads = new UploadFiles({ files: new Bucket(config, dir), ...parts });
  const [first, second] = [await keep('text'), await keep('more')];
  expect(String(await stored(`site/${first}`))).toBe('text');
  const { path } = await uploads.open(first);
  expect([await readFile(path, 'utf8'), (await uploads.open(first)).path]).toEqual(['text', path]);
  const other = await uploads.open(second);
  await uploads.forget([first]);
  expect([await isThere(path), await isThere(other.path)]).toEqual([false, true]);
  await expect(uploads.open(first)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await utimes(other.path, (now - 25 * HOUR) / 1_000, (now - 25 * HOUR) / 1_000);
  await parts.store.bind([second], await storeJob({ file: { upload: second } }));
  await uploads.sweepOrphans(now);
  expect(await isThere(other.path)).toBe(false);
  expect(await readFile((await uploads.open(second)).path, 'utf8')).toBe('more');
});

async function inBucket() {
  const server = await s3Server();
  const said: string[] = [];
  const log = { ...silent, error: (...parts: unknown[]) => void said.push(parts.join(' ')) };
  const parts = { store, clock: { ...systemClock, now: () => now }, random: systemRandom, log };
  uploads = new UploadFiles({ files: new Bucket({ ...server.config, retries: 0 }, dir), ...parts });
  return { server, said };
}

async function addPicture(add: (job: NewJob) => Promise<Job>): Promise<Job> {
  const job = { type: 'image', data: {}, idempotencyKey: 'order-7' };
  return uploads.addWith(job, [{ steps: ['file'], file: await receive('text') }], add);
}
const stored = async ({ data }: NewJob) => ({ id: await storeJob(data as object), data }) as Job;

test('an unavailable bucket answers UNAVAILABLE, and the repeated request stores its file', async () => {
  const { server, said } = await inBucket();
  server.answer = (request) => (/^(PUT|DELETE)/.test(request) ? 503 : null);
  await expect(addPicture(stored)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(said).toEqual([expect.stringContaining('Cannot remove uploaded files, will try again: 1 of 1')]);
  now += 30 * 60_000;
  server.answer = () => null;
  const { id, data } = await addPicture(stored);
  now += 2 * HOUR;
  await uploads.sweepOrphans(now);
  const { file } = data as { file: UploadReference };
  expect(await readFile((await uploads.open(file)).path, 'utf8')).toBe('text');
  await uploads.removeForJobs([id]);
  await expect(uploads.open(file)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a refused request keeps the file if its repetition has stored a job with it', async () => {
  const jobs: Job[] = [];
  const refused = addPicture(async () => {
    jobs.push(await addPicture(stored));
    throw new Error('refused');
  });
  await expect(refused).rejects.toThrow('refused');
  const [{ file }] = jobs.map(({ data }) => data) as [{ file: UploadReference }];
  const { path } = await uploads.open(file);
  expect(await readFile(path, 'utf8')).toBe('text');
});

test('a file that the bucket fails to remove holds up no other, and is removed by the next sweep', async () => {
  const { server, said } = await inBucket();
  const ids = [await keep('one'), await keep('two'), await keep('three')].sort();
  await store.bind(ids, 'removed');
  server.answer = (request) => (request === `DELETE /test-bucket/site/${ids[0]}` ? 403 : null);
  await uploads.removeForJobs(['removed']);
  expect(said).toEqual([expect.stringMatching(/^Cannot remove uploaded files, will try again: 1 of 3 .* 403/)]);
  expect(await store.ofJobs(['removed'])).toEqual([ids[0]]);
  server.answer = () => null;
  await uploads.sweepOrphans(now);
  expect(await store.ofJobs(['removed'])).toEqual([]);
});
