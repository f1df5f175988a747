// Starts that are refused with one clear error, and databases that are damaged, full or from another time.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createJobs, type JobsOptions } from '@phraseworks/jobs';
import { definePlugin, JobsError } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const CANARY = 'CANARY-c0de';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'jobs.db');
});

async function refusal(options: object): Promise<JobsError> {
  const error: unknown = await createJobs({ logLevel: 'silent', ...options } as JobsOptions).then(
    (jobs) => jobs.stop(),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JobsError)) throw new Error('it was not refused by a JobsError', { cause: error });
  return error;
}

test('every wrong key of the configuration is listed at once, without its value', async () => {
  const error = await refusal({
    database: 'sqlite::memory:',
    queue: { maxConcurrentJobs: 0, jobTimeout: CANARY, colour: CANARY, leaseDuration: 100 },
    processors: { email: { timeout: -1, speed: CANARY } },
    roles: ['web', CANARY],
    mountPath: `jobs?${CANARY}`,
    surprise: CANARY,
  });
  expect(error.code).toBe('INVALID_CONFIG');
  expect(error.errors.map(({ path }) => path).sort()).toEqual([
    'mountPath',
    'processors.email.speed',
    'processors.email.timeout',
    'queue.colour',
    'queue.jobTimeout',
    'queue.leaseDuration',
    'queue.maxConcurrentJobs',
    'roles.1',
    'surprise',
  ]);
  for (const { path } of error.errors) expect(error.message).toContain(path);
  expect(error.message).not.toContain(CANARY);
});

test.each<[string, string, (() => Promise<unknown>)?]>([
  ['of another kind', `postgres://user:${CANARY}@localhost/db`],
  ['that is empty', ''],
  ['below a file', 'sqlite:FILE/jobs.db', () => writeFile(file, 'x')],
  ['in a folder that is not writable', 'sqlite:/proc/jobs.db'],
  ['that is a folder', 'sqlite:FILE', () => mkdir(file)],
  ['that is not a database', 'sqlite:FILE', () => writeFile(file, CANARY.repeat(500))],
])('a database %s is refused with what to check', async (_, database, prepare) => {
  await prepare?.();
  const error = await refusal({ database: database.replace('FILE', file) });
  expect(error).toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringMatching(/Setting: database|database must be sqlite:PATH/),
  });
  expect(error.message).not.toContain(CANARY);
});

const open = () => createTestJobs({ database: `sqlite:${file}`, start: false });

test('a database made by a newer version is refused and left unchanged', async () => {
  await (await open()).stop();
  const db = new Database(file);
  db.prepare("insert into pwj_migrations (scope, name, at) values ('core', '999-later', 1)").run();
  const content = () => db.prepare('select * from pwj_migrations union all select key, value, 0 from pwj_meta').all();
  const before = content();
  const error = await refusal({ database: `sqlite:${file}` });
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining('made by a newer version') });
  expect(content()).toEqual(before);
  db.close();
});

test('a process that starts next to those of another version logs that', async () => {
  const first = await open();
  await first.stop();
  const db = new Database(file);
  db.prepare(
    "insert into pwj_nodes (id, host, boot, namespace, pid, process_started, started_at, heartbeat_at, about) values ('n', 'h', '', '', 1, '', ?, ?, ?)",
  ).run(first.clock.now(), first.clock.now(), '{"version":"0.0.1"}');
  db.close();
  await using jobs = await open();
  expect(jobs.log.join('\n')).toContain('Processes of another version (0.0.1) use this database');
});

test('rows with corrupt data fail alone with the reason, and the jobs around them run', async () => {
  const jobs = await open();
  jobs.registerProcessor('plain', async () => {});
  const added = await jobs.addJobs(Array.from({ length: 8 }, (_, n) => ({ type: 'plain', data: { n } })));
  await jobs.stop();
  const ids = added.map(({ id }) => id);
  const db = new Database(file);
  const set = (column: string, value: unknown, id: string | undefined) =>
    db.prepare(`update pwj_jobs set ${column} = ? where id = ?`).run(value, id);
  set('data', '{"a":', ids[1]);
  set('data', '\0\0', ids[3]);
  set('progress', '{', ids[5]);
  set('metrics', 'null,', ids[5]);
  set('result', '[', ids[6]);
  db.close();

  await using again = await open();
  again.registerProcessor('plain', async () => {});
  await again.start();
  await again.idle();
  const states = await Promise.all(ids.map(async (id) => String(await again.getJobStatus(id))));
  expect(states).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => (n === 1 || n === 3 ? 'failed' : 'completed')));
  expect(await again.getJobStatus(ids[1] ?? '')).toMatchObject({
    reason: 'corrupt_payload',
    error: 'the stored data is not valid JSON',
    attempt: 1,
    data: null,
  });
  const list = await again.request('/api/jobs?status=failed');
  expect(((await list.json()) as { jobs: unknown[] }).jobs).toHaveLength(2);
});

/** A plugin that makes the database full: SQLite itself refuses to grow. No limit goes below what the file has already. */
function smallDisk() {
  let run = async (_pages: number): Promise<void> => {};
  const plugin = definePlugin({
    name: 'disk',
    init({ db }) {
      run = async (pages) => void (await db.executeQuery(sql`pragma max_page_count = ${sql.lit(pages)}`.compile(db)));
    },
  });
  return { plugins: { disk: { use: plugin } }, full: () => run(1), roomy: () => run(1_000_000) };
}

const big = 'x'.repeat(50_000);

test('a full database refuses new jobs with a clear error, loses none, and accepts jobs again when there is room', async () => {
  const disk = smallDisk();
  await using jobs = await createTestJobs({ database: `sqlite:${file}`, plugins: disk.plugins, start: false });
  jobs.registerProcessor('plain', async () => {});
  const acknowledged: string[] = [];
  const add = async (): Promise<void> => {
    acknowledged.push((await jobs.addJob({ type: 'plain', data: big })).id);
  };
  await add();
  await disk.full();
  let error: unknown;
  while (error === undefined) await add().catch((thrown: unknown) => (error = thrown));
  expect(error).toMatchObject({ name: 'JobsError', code: 'UNAVAILABLE' });
  const body = JSON.stringify({ type: 'plain', data: big });
  const headers = { 'content-type': 'application/json' };
  const refused = await jobs.request('/api/jobs', { method: 'POST', headers, body });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await jobs.request('/api/jobs')).status).toBe(200);

  await disk.roomy();
  await add();
  await jobs.start();
  await jobs.idle();
  const states = await Promise.all(acknowledged.map(async (id) => String(await jobs.getJobStatus(id))));
  expect(states).toEqual(acknowledged.map(() => 'completed'));
  expect((await jobs.listJobs()).jobs).toHaveLength(acknowledged.length);
});

test('a result that does not fit is kept and stored later, and its work is not repeated', async () => {
  const disk = smallDisk();
  await using jobs = await createTestJobs({ database: `sqlite:${file}`, plugins: disk.plugins });
  let calls = 0;
  jobs.registerProcessor('full', async () => {
    calls += 1;
    await disk.full();
    return { success: true, result: big };
  });
  const { id } = await jobs.addJob({ type: 'full', data: {} });
  await expect.poll(() => jobs.log.join('\n')).toContain('cannot be stored now');
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'processing' });
  await disk.roomy();
  await jobs.clock.advance(1_000);
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', result: big });
  expect(calls).toBe(1);
});

test('mistakes in settings, database and plugins are reported together', async () => {
  const opening = createJobs({
    database: 'mongodb:x',
    queue: { maxQueueSize: 0 },
    mountPath: 'jobs/',
    plugins: { Email: true, image: 'yes', report: { enabled: 'no' }, backup: { colour: 1 } },
  } as never);
  await expect(opening).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    errors: [
      { path: 'queue.maxQueueSize' },
      { path: 'mountPath' },
      { path: 'database' },
      { path: 'plugins.Email' },
      { path: 'plugins.image' },
      { path: 'plugins.report.enabled' },
      { path: 'plugins.backup.colour' },
    ],
  });
});
