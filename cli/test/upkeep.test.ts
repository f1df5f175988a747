// `migrate` and `doctor` on databases that are well, old, new, damaged or not there.
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createJobs } from '@phraseworks/jobs';
import Database from 'better-sqlite3';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { roomCheck, uploadsOf } from '../src/doctor.ts';
import { commandLine } from './command-line.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let file: string;
const run = (...args: string[]) => commandLine(folder, [...args, '--database', `sqlite:${file}`]);

beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder, 'data', 'jobs.db');
});

async function makeDatabase(): Promise<void> {
  const site = await createJobs({ database: `sqlite:${file}`, logLevel: 'silent' });
  await site.addJob({ type: 'later', data: {} });
  await site.stop();
}

/** A hand in the tables. */
function change(statement: string): void {
  const db = new Database(file);
  db.exec(statement);
  db.close();
}

const states = (json: unknown): Record<string, string> =>
  Object.fromEntries(
    (json as { checks: { check: string; state: string }[] }).checks.map(({ check, state }) => [check, state]),
  );

test('migrate creates a missing database, and has nothing to do the second time', async () => {
  for (let n = 0; n < 2; n += 1)
    expect(await run('migrate')).toMatchObject({ code: 0, out: ['The tables are up to date.'], err: '' });
  expect(states((await run('doctor', '--json')).json())).toMatchObject({ tables: 'ok' });
});

test('the doctor reports that a migration is pending, and does not run it', async () => {
  await mkdir(join(folder, 'data'));
  change('create table other (n)');
  for (let n = 0; n < 2; n += 1)
    expect((await run('doctor')).out).toContainEqual(expect.stringMatching(/^warn +tables .*open: 001-tables$/));
});

test('a database of a newer version is reported, with exit code 1', async () => {
  await makeDatabase();
  change("insert into pwj_migrations (scope, name, at) values ('core', '999-later', 0)");
  expect(await run('migrate')).toMatchObject({ code: 1, out: [], err: expect.stringContaining('newer version') });
  const doctor = await run('doctor', '--json');
  expect(doctor.code).toBe(1);
  expect(states(doctor.json())).toMatchObject({ database: 'fail' });
});

test('the doctor reports a good database as ok', async () => {
  await makeDatabase();
  change('delete from pwj_counts; delete from pwj_jobs');
  const doctor = await run('doctor', '--json');
  expect(doctor).toMatchObject({ code: 0, err: '' });
  const { 'disk, database': _one, 'disk, uploads': _two, ...rest } = states(doctor.json());
  expect(rest).toEqual({
    'Node.js': 'ok',
    database: 'ok',
    file: 'ok',
    clock: 'ok',
    tables: 'ok',
    processes: 'ok',
    jobs: 'ok',
  });
});

test('a plugin that failed in one process, and types that no process can run, are named', async () => {
  await makeDatabase();
  const stranded = /warn {2}jobs +waiting, but no running process can run them: later$/;
  expect((await run('doctor')).out).toContainEqual(expect.stringMatching(stranded));
  const node = (pid: number, about: object) =>
    change(
      `insert into pwj_nodes values ('${pid}', 'another', '', '', ${pid}, '', ${Date.now()}, ${Date.now()}, '${JSON.stringify(about)}')`,
    );
  node(1, {
    hostname: 'web-1',
    types: ['mail'],
    plugins: { email: 'on', image: 'failed' },
    failures: { image: 'no host' },
  });
  const { out } = await run('doctor');
  expect(out).toContainEqual(
    expect.stringMatching(/warn {2}plugins +failed: image in the process 1 on web-1 \(no host\)$/),
  );
  expect(out).toContainEqual(expect.stringMatching(stranded));
  node(2, { types: ['later'], plugins: { email: 'on' } });
  expect(states((await run('doctor', '--json')).json())).toMatchObject({ processes: 'ok', jobs: 'ok' });
});

test('a read-only file fails with what to do, and its tables are not reported as unwritable', async () => {
  await makeDatabase();
  // SQLite opens a file of a later write format read-only, for every user.
  const handle = await open(file, 'r+');
  await handle.write(Buffer.from([3]), 0, 1, 18);
  await handle.close();
  const doctor = await run('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.out.join('\n')).toMatch(/fail {2}\w+ +.*is read-only/);
});

test('a file readable by others is reported, and so is a damaged one', async () => {
  await makeDatabase();
  await chmod(file, 0o644);
  const db = new Database(file);
  const root = db.prepare("select rootpage from sqlite_master where name = 'pwj_receipts'").pluck().get() as number;
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  const bytes = await readFile(file);
  bytes.fill(255, (root - 1) * size, (root - 1) * size + 8);
  await writeFile(file, bytes);
  const doctor = await run('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.out.join('\n')).toMatch(/warn {2}file rights +other users of this machine may read it \(644\)/);
  expect(doctor.out.join('\n')).toMatch(/fail {2}database +.*damaged/);
});

test.each<[string, object]>([
  ['data/uploads', {}],
  ['up', { storage: { uploads: { folder: 'up' } } }],
  ['mine', { plugins: { files: { config: { storage: { uploads: { folder: 'mine' } } } } } }],
])('the doctor looks at the folder of uploads: %s', (folder, config) => {
  expect(uploadsOf({ config: { database: 'sqlite:jobs.db', ...config } })).toBe(folder);
});

test.each([
  [50e9, 100e9, 'ok'],
  [9e9, 100e9, 'warn'],
  [0.9e9, 2e9, 'warn'],
  [9e6, 1e9, 'fail'],
])('%d free bytes of %d are %s', (free, size, state) => {
  expect(roomCheck('disk', free, size).state).toBe(state);
});
