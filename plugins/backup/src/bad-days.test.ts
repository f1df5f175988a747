// Backups that cannot be made: each has its code, leaves nothing partial, and keeps older backups.
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { running, toolsOf } from '../test/tools.ts';
import { runBackup } from './backup.ts';

const remains = async ({ folder }: TestSite) => readdir(join(folder, '.work')).catch(() => []);

/** A separate small disk; null if none can be made. */
async function smallDisk(megabytes: number): Promise<string | null> {
  const base = await temporaryFolder();
  const [image, disk] = [join(base, 'image'), join(base, 'disk')];
  const run = (...[program = '', ...args]: string[]) => spawnSync(program, args).status === 0;
  await mkdir(disk);
  const made =
    run('truncate', '-s', `${megabytes}M`, image) &&
    run('mkfs.ext4', '-q', '-F', '-m', '0', image) &&
    run('mount', '-o', 'loop', image, disk);
  if (!made) return null;
  onTestFinished(() => void run('umount', '-l', disk));
  return disk;
}

test('too little space is detected before anything is written, with both sizes', async () => {
  await using here = await site({ minFree: 1e15 });
  const job = await here.run('backup', { type: 'database' });
  expect(job).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(
      /^NO_SPACE: the backup may need .*, and 1000000.0 GB must stay free, but .* has only /,
    ),
  });
  expect([await here.files(), await remains(here)]).toEqual([[], []]);
});

test('a disk that fills up during a backup keeps the older backup and nothing partial', async ({ skip }) => {
  const disk = await smallDisk(24);
  if (disk === null) return skip('no right to mount a small disk: this test needs root and loop devices');
  const uploads = join(await temporaryFolder(), 'uploads');
  await mkdir(uploads);
  await writeFile(join(uploads, 'a'), 'alpha');
  await using here = await site({ folder: join(disk, 'backups'), files: { uploads } });
  const first = await here.backup({ type: 'files' });
  await writeFile(join(uploads, 'big'), randomFillSync(Buffer.alloc(4_000_000)));
  let filled = false;
  const fill = (_fraction: number, message: string) => {
    // The look before has been passed: now something else fills the disk.
    if (message !== 'packing' || filled) return;
    filled = true;
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=64k'], { stdio: 'ignore' });
  };
  const grown = runBackup({ type: 'files', retention: '1 second' }, toolsOf(here), running(fill));
  await expect(grown).rejects.toMatchObject({ code: 'NO_SPACE' });
  expect([await here.files(), await remains(here)]).toEqual([[first.file], []]);
  expect(await here.list()).toMatchObject([{ id: first.id, state: 'verified' }]);
});

test('a file where the folder should be fails the backup with a code, and the process continues', async () => {
  const base = await temporaryFolder();
  await writeFile(join(base, 'backups'), 'a file');
  await using here = await site({ folder: join(base, 'backups') });
  expect(await here.run('backup', { type: 'database' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('TARGET_NOT_WRITABLE'),
  });
});

test('a cancelled backup stops and leaves nothing behind', async () => {
  const uploads = join(await temporaryFolder(), 'uploads');
  await mkdir(uploads);
  await writeFile(join(uploads, 'big'), Buffer.alloc(60_000_000, 'x'));
  await using here = await site({ files: { uploads }, level: 9 });
  const { id } = await here.jobs.addJob({ type: 'backup', data: { type: 'full' } });
  while ((await remains(here)).length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await here.jobs.cancelJob(id)).toBe(true);
  while ((await remains(here)).length > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await here.jobs.getJobStatus(id)).toMatchObject({ status: 'cancelled' });
  expect(await here.files()).toEqual([]);
  expect(await here.list()).toEqual([]);
});

test('a damaged database is reported, and the older backup stays', async () => {
  const file = join(await temporaryFolder(), 'shop.db');
  const db = new Database(file);
  db.exec('create table t (a text); create index i on t (a)');
  const add = db.prepare('insert into t values (?)');
  db.transaction(() => {
    for (let n = 0; n < 5_000; n += 1) add.run(`row ${n}`);
  })();
  db.close();
  await using here = await site({ own: false, databases: { shop: `sqlite:${file}` } });
  const first = await here.backup();
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(3_000, 0xff), 0, 3_000, 4_096 * 5 + 500);
  await handle.close();
  expect(await here.run('backup', { type: 'database', retention: '1 second' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('DATABASE_DAMAGED'),
  });
  expect(await here.files()).toEqual([first.file]);
});

test('a missing or invalid database is reported', async () => {
  const file = join(await temporaryFolder(), 'shop.db');
  await using here = await site({ own: false, databases: { shop: `sqlite:${file}` } });
  expect(await here.run('backup', { type: 'database' })).toMatchObject({
    error: 'SOURCE_UNREADABLE: the database shop cannot be read (ENOENT)',
  });
  await writeFile(file, 'this is no database, and long enough to be looked at as one'.repeat(100));
  expect(await here.run('backup', { type: 'database' })).toMatchObject({
    error: 'DATABASE_DAMAGED: the database shop is damaged (SQLITE_NOTADB)',
  });
});

test('a database in memory cannot be backed up, and the error says what to do', async () => {
  await using here = await site({}, { database: 'sqlite::memory:' });
  expect(await here.run('backup', { type: 'database' })).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^NOTHING_TO_BACK_UP: the jobs' own database is in memory.*config key databases$/),
  });
});

test.each(['', '30', '1 month', 30, null])('the retention %j is refused when the job is added', async (retention) => {
  await using here = await site({}, { start: false });
  await expect(
    here.jobs.addJob({ type: 'backup', data: { type: 'database', retention } as never }),
  ).rejects.toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'data.retention' }] });
});

test('without the passphrase, archives are listed as encrypted, and never read or deleted', async () => {
  const base = await temporaryFolder();
  const folder = join(base, 'backups');
  let id = '';
  {
    await using here = await site({ folder, passphrase: 'correct horse battery' });
    id = (await here.backup()).id;
  }
  await using here = await site({ folder, passphrase: 'another horse battery' });
  expect(await here.list()).toMatchObject([
    { id, state: 'unverified', madeAt: null, reason: expect.stringContaining('WRONG_PASSPHRASE') },
  ]);
  expect(await here.run('backup_verify', { id })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('WRONG_PASSPHRASE'),
  });
  expect(await later(here, 400, '1 day')).toMatchObject({ verified: true, deleted: [] });
  expect(await here.files()).toHaveLength(2);
});

/** A backup on another day. */
function later(here: TestSite, days: number, retention?: string) {
  const tools = toolsOf(here);
  const now = () => tools.clock.now() + days * 86_400_000;
  const clock = { ...tools.clock, now, iso: (ms = now()) => new Date(ms).toISOString() };
  return runBackup({ type: 'database', retention }, { ...tools, clock }, running());
}
