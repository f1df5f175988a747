// Folders in a backup: included files, missing ones with their reason, and the folder restored.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  appendFile,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createStorage } from '../../files/src/storage.ts';
import { HEAD, UNKNOWN } from '../test/archives.ts';
import { site, type TestSite, temporaryFolder } from '../test/kit.ts';
import { running, toolsOf } from '../test/tools.ts';
import { fileSource } from './archive-source.ts';
import { writeArchive } from './archive-writer.ts';
import { addFiles } from './files-part.ts';
import { wordsOf } from './manifest.ts';
import { restoreBeside } from './restore-beside.ts';
import type { Listed } from './state.ts';
import { archivesIn } from './target.ts';
import { unpack } from './unpack.ts';

const PASSPHRASE = 'correct horse battery';

async function uploads(): Promise<string> {
  const folder = join(await temporaryFolder(), 'uploads');
  await mkdir(join(folder, '2026/ü 🎉'), { recursive: true });
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'a.txt'), 'alpha');
  await writeFile(join(folder, '2026/ü 🎉', 'long'.repeat(40)), Buffer.alloc(700_000, 7));
  await writeFile(join(folder, 'nothing'), '');
  return folder;
}

test('an encrypted full backup contains databases and folders, and is verified', async () => {
  const folder = await uploads();
  await using here = await site({ files: { uploads: folder }, passphrase: PASSPHRASE });
  const result = await here.backup({ type: 'full' });
  expect(result).toMatchObject({
    verified: true,
    files: 3,
    missing: [],
    file: expect.stringMatching(/\.tar\.gz\.age$/),
  });
  const bytes = await readFile(join(here.folder, result.file));
  expect(bytes.includes('manifest') || bytes.includes('pwj_jobs')).toBe(false);
  expect((await here.run('backup_verify', { id: result.id }))?.result).toMatchObject({ verified: true, files: 3 });
});

test('over HTTP a backup is restored next to the original, never over it, and only with its name', async () => {
  const folder = await uploads();
  await using here = await site({ files: { uploads: folder } });
  const { id, file } = await here.backup({ type: 'files' });
  const restore = (body: object) =>
    here.jobs.request(`/plugins/backup/backups/${id}/restore`, { method: 'POST', body: JSON.stringify(body) });
  expect(await (await restore({})).json()).toMatchObject({ code: 'INVALID_DATA', errors: [{ path: 'name' }] });
  const asked = await restore({ name: file });
  expect(asked.status).toBe(202);
  const { jobId } = (await asked.json()) as { jobId: string };
  await here.jobs.idle();
  expect(await here.jobs.getJobStatus(jobId)).toMatchObject({
    status: 'completed',
    result: { restored: [{ part: 'uploads', files: 3 }] },
  });
  const again = join(here.folder, 'restored', id, 'uploads');
  expect((await readdir(again)).sort()).toEqual(['2026', 'a.txt', 'empty', 'nothing']);
  expect(await readFile(join(again, 'a.txt'), 'utf8')).toBe('alpha');
  expect(await readFile(join(again, '2026/ü 🎉', 'long'.repeat(40)))).toHaveLength(700_000);
  expect(await here.run('backup_restore', { id })).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^TARGET_NOT_EMPTY: .*remove restored\//),
  });
});

test('a restored copy appears at once and complete, and a killed process leaves no part of it', async () => {
  const folder = await uploads();
  await writeFile(join(folder, 'z-is-long'), randomFillSync(Buffer.alloc(2_000_000)));
  await using here = await site({ files: { uploads: folder } });
  const { id } = await here.backup({ type: 'full' });
  const place = join(here.folder, 'restored', id);
  const seen: boolean[] = [];
  const progress = (_done: number, message: string) => {
    if (message === 'restoring files') seen.push(existsSync(place));
  };
  const { restored } = await restoreBeside(id, toolsOf(here), running(progress));
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).not.toContain(true);
  const places = restored.map(({ to }) => to.replace(/^sqlite:/, '')).filter((to) => !to.startsWith('mysql:'));
  for (const to of places) await stat(to);
  expect(places.every((to) => to.startsWith(place))).toBe(true);
});

test('the progress of a restore never goes back', async () => {
  await using here = await site({ files: { uploads: await uploads() } });
  const { id } = await here.backup({ type: 'full' });
  const seen: number[] = [];
  await restoreBeside(
    id,
    toolsOf(here),
    running((done) => void seen.push(done)),
  );
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
});

/** The job fails, and its archive is listed as incomplete; the answer is how it is listed. */
async function incomplete(here: TestSite, data: object = { type: 'files' }): Promise<Listed> {
  const job = await here.run('backup', data);
  expect(job).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^INCOMPLETE: backup-.* is kept, but it lacks /),
  });
  const [newest] = await here.list();
  expect(newest).toMatchObject({ state: 'incomplete', verifiedAt: null });
  expect((await here.run('backup_verify', { id: newest?.id ?? '' }))?.result).toMatchObject({
    state: 'incomplete',
    verified: false,
  });
  return newest as Listed;
}

test('links and pipes are reported and make a backup incomplete, and nothing outside is read', async () => {
  const folder = await uploads();
  const outside = join(await temporaryFolder(), 'secret');
  await writeFile(outside, 'CANARY');
  await symlink(outside, join(folder, 'link'));
  await symlink('/etc', join(folder, 'folder-link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await using here = await site({ files: { uploads: folder } });
  const { missing, contains } = await incomplete(here);
  expect(contains.folders).toMatchObject([{ name: 'uploads', files: 3 }]);
  expect(missing.map(wordsOf)).toEqual([
    'uploads/folder-link is a link, which is not followed',
    'uploads/link is a link, which is not followed',
    'uploads/pipe is neither a file nor a folder',
  ]);
});

test('parts that the configuration calls optional may be missing, but are still reported', async () => {
  const folder = await uploads();
  await symlink('/etc', join(folder, 'folder-link'));
  await using here = await site({
    files: { uploads: folder, cache: '/no/such/folder' },
    optional: ['uploads/folder-link', 'cache'],
  });
  const { state, missing } = await here.backup({ type: 'files' });
  expect(state).toBe('verified');
  expect(missing.map(({ part, what, optional }) => [part, what, optional])).toEqual([
    ['cache', '', true],
    ['uploads', 'folder-link', true],
  ]);
});

test("our own archives and the jobs' database are not copied as files", async () => {
  const base = await temporaryFolder();
  await writeFile(join(base, 'a.txt'), 'alpha');
  await using here = await site({ folder: join(base, 'backups'), files: { all: base } });
  await here.backup({ type: 'files' });
  expect((await here.backup({ type: 'files' })).files).toBe(1);
});

const CHANGED = 'changed each time it was read: its copy may be inconsistent';

test.each([
  ['grows', (path: string) => appendFile(path, 'more'), CHANGED],
  ['shrinks', (path: string) => truncate(path, 1_000), CHANGED],
  ['is replaced', async (path: string) => rename(await copyTo(path), path), CHANGED],
  ['vanishes', (path: string) => rm(path, { force: true }), 'cannot be read (ENOENT)'],
])(
  'a file that %s while it is read is never padded, is reported, and makes the backup incomplete',
  async (_how, change, why) => {
    const base = await temporaryFolder();
    const [folder, path] = [join(base, 'in'), join(base, 'archive')];
    await mkdir(folder);
    const file = join(folder, 'a');
    await writeFile(file, Buffer.alloc(3_000_000, 1));
    await writeFile(join(folder, 'b'), 'beta');
    const signal = new AbortController().signal;
    const archive = await writeArchive({ path, passphrase: undefined, level: 1, signal });
    const missing: string[] = [];
    const handle = await open(file);
    const { read } = Object.getPrototypeOf(handle);
    await handle.close();
    const changing = vi.spyOn(Object.getPrototypeOf(handle), 'read').mockImplementation(async function (
      this: unknown,
      ...args: unknown[]
    ) {
      const answer = await read.apply(this, args);
      await change(file).catch(() => {});
      return answer;
    });
    await archive.json('backup.json', HEAD);
    const part = await addFiles(archive, {
      ...{ name: 'in', root: folder, work: base, except: new Set<string>(), signal, progress: () => {} },
      missing: (what, reason) => missing.push(`${what} ${reason}`),
    });
    changing.mockRestore();
    await archive.json('manifest.json', { ...HEAD, parts: [part], missing: [], missingCount: 0 });
    await archive.finish();
    expect(missing).toEqual([`a ${why}`]);
    const source = await fileSource(path, () => {});
    const written: Record<string, Buffer[]> = {};
    await unpack(source, {
      ...{ ...UNKNOWN, signal, databases: join(base, 'out') },
      async write({ name }, content) {
        const chunks: Buffer[] = [];
        for await (const chunk of content) chunks.push(chunk);
        written[name] = chunks;
      },
    });
    for (const chunk of written['files/in/a'] ?? []) expect(chunk.includes(0)).toBe(false);
  },
);

test('files of any name and time are backed up and restored, and tar unpacks them, too', async () => {
  const base = await temporaryFolder();
  const folder = join(base, 'uploads');
  await mkdir(join(folder, 'C:'), { recursive: true });
  const names = [
    'a\nb',
    'tab\there',
    'bell\u0007',
    '\u001b[31mred',
    'back\\slash',
    '..\\up',
    'a:b',
    'C:/x',
    ' space ',
    '-rf',
    'ü\n',
  ];
  const times = {
    old: '1901-12-14T00:00:00Z',
    before: '1969-12-31T23:59:59Z',
    late: '2038-01-20T00:00:00Z',
    far: '2500-06-01T00:00:00Z',
  };
  for (const name of names) await writeFile(join(folder, name), name);
  for (const [name, time] of Object.entries(times)) {
    await writeFile(join(folder, name), name);
    execFileSync('touch', ['-d', time, join(folder, name)]);
  }
  execFileSync('touch', ['-d', '1960-01-01T00:00:00Z', join(folder, 'C:')]);
  await using here = await site({ files: { uploads: folder } });
  const { id, file, state } = await here.backup({ type: 'files' });
  expect(state).toBe('verified');
  expect(await here.run('backup_restore', { id })).toMatchObject({ status: 'completed' });
  await mkdir(join(base, 'by-hand'));
  execFileSync('tar', ['-xzf', join(here.folder, file), '-C', join(base, 'by-hand')]);
  for (const copy of [join(here.folder, 'restored', id, 'uploads'), join(base, 'by-hand/files/uploads')]) {
    for (const name of names) expect(await readFile(join(copy, name), 'utf8')).toBe(name);
    for (const [name, time] of Object.entries(times))
      expect((await stat(join(copy, name))).mtime.toISOString(), name).toBe(new Date(time).toISOString());
  }
});

test('a name of control characters cannot write to a terminal', async () => {
  const folder = join(await temporaryFolder(), 'uploads');
  await mkdir(folder);
  await symlink('/etc', join(folder, '\u001b[2J\n'));
  await using here = await site({ files: { uploads: folder } });
  const { missing, reason } = await incomplete(here);
  expect(missing.map(({ what }) => what)).toEqual(['\\u001b[2J\\u000a']);
  expect(reason).not.toMatch(/\p{Cc}/u);
});

/** Packs a folder; `whileReading` runs once, while the first large file is read. The names in the archive, and what is missing. */
async function packed(
  folder: string,
  whileReading: () => Promise<void>,
): Promise<{ names: string[]; missing: string[] }> {
  const base = await temporaryFolder();
  const path = join(base, 'archive');
  const signal = new AbortController().signal;
  const archive = await writeArchive({ path, passphrase: undefined, level: 1, signal });
  const missing: string[] = [];
  const handle = await open(join(folder, '0-large'));
  const { read } = Object.getPrototypeOf(handle);
  await handle.close();
  const reading = vi.spyOn(Object.getPrototypeOf(handle), 'read').mockImplementationOnce(async function (
    this: unknown,
    ...args: unknown[]
  ) {
    await whileReading();
    return read.apply(this, args);
  });
  await archive.json('backup.json', HEAD);
  const part = await addFiles(archive, {
    ...{ name: 'in', root: folder, work: base, except: new Set<string>(), signal, progress: () => {} },
    missing: (what, reason) => missing.push(`${what} ${reason}`),
  }).finally(() => reading.mockRestore());
  await archive.json('manifest.json', { ...HEAD, parts: [part], missing: [], missingCount: 0 });
  await archive.finish();
  const listed = execFileSync('tar', ['-xOzf', path], { encoding: 'latin1', maxBuffer: 100_000_000 });
  expect(listed).not.toContain('CANARY');
  return { names: execFileSync('tar', ['-tzf', path], { encoding: 'utf8' }).split('\n'), missing };
}

test.each<[what: string, swapped: string]>([
  ['a folder beside it', 'z'],
  ['the folder it is in', '.'],
])('%s that is swapped for a link while a file is read leads nowhere', async (_what, swapped) => {
  const base = await temporaryFolder();
  const [folder, outside] = [join(base, 'in'), join(base, 'outside')];
  await mkdir(join(folder, 'z', 'deep'), { recursive: true });
  await mkdir(join(outside, 'z', 'deep'), { recursive: true });
  await mkdir(join(outside, 'deep'));
  await writeFile(join(folder, '0-large'), Buffer.alloc(10_000_000, 1));
  for (const path of ['z/mine', 'z/deep/mine', 'zz']) await writeFile(join(folder, path), 'mine');
  for (const path of ['mine', 'z/mine', 'z/deep/mine', 'deep/mine', 'zz'])
    await writeFile(join(outside, path), 'CANARY');
  const { names, missing } = await packed(folder, async () => {
    await rename(join(folder, swapped), join(base, 'moved'));
    await symlink(outside, join(folder, swapped));
  });
  expect(names).toContain('files/in/zz');
  expect(missing).toEqual(swapped === 'z' ? ['z is a link, which is not followed'] : []);
});

async function copyTo(path: string): Promise<string> {
  await copyFile(path, `${path}-new`);
  return `${path}-new`;
}

test('a file that cannot be read to the end is reported and left out, and the others are included', async () => {
  const folder = join(await temporaryFolder(), 'in');
  await mkdir(folder);
  await writeFile(join(folder, 'a'), 'alpha');
  await writeFile(join(folder, 'b'), 'beta');
  const handle = await open(join(folder, 'a'));
  const broken = vi.spyOn(Object.getPrototypeOf(handle), 'read');
  await handle.close();
  broken.mockRejectedValueOnce(Object.assign(new Error('read'), { code: 'EIO' }));
  await using here = await site({ files: { in: folder } });
  const { missing, contains } = await incomplete(here).finally(() => broken.mockRestore());
  expect(contains.folders).toMatchObject([{ files: 1 }]);
  expect(missing.map(wordsOf)).toEqual(['in/a cannot be read to its end (EIO)']);
});

test('old good archives survive six bad backups with the shortest retention, and bad ones are limited', async () => {
  const folder = join(await temporaryFolder(), 'in');
  await mkdir(folder);
  await writeFile(join(folder, 'a'), 'alpha');
  await using here = await site({ files: { in: folder }, level: 1 });
  const good = [await here.backup({ type: 'files' })];
  await here.jobs.advance(5_000);
  good.push(await here.backup({ type: 'files' }));
  await symlink('/etc', join(folder, 'link'));
  for (let n = 0; n < 6; n += 1) {
    await here.jobs.advance(5_000);
    expect(await here.run('backup', { type: 'files', retention: '1 second' })).toMatchObject({ status: 'failed' });
  }
  const files = await here.files();
  expect(files).toEqual(expect.arrayContaining(good.map(({ file }) => file)));
  expect(files).toHaveLength(2 + 3);
  await rm(join(folder, 'link'));
  await here.jobs.advance(5_000);
  const last = await here.backup({ type: 'files', retention: '1 second' });
  expect(last.deleted.sort()).toEqual(files.sort());
});

test('an archive that may not be read is reported with a code and without its path', async () => {
  const folder = await temporaryFolder();
  const file = 'backup-20260101T000000Z-0123456789.tar.gz';
  await symlink(join(folder, 'elsewhere'), join(folder, file));
  await expect(
    archivesIn(createStorage({}, Date).open('backups', { folder })).open(file, new AbortController().signal),
  ).rejects.toMatchObject({ code: 'SOURCE_UNREADABLE', message: expect.not.stringContaining(folder) });
});

test('a missing folder fails the backup, and the error names its key', async () => {
  await using here = await site({ files: { uploads: '/no/such/folder' } });
  expect(await here.run('backup', { type: 'files' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('SOURCE_UNREADABLE: the folder files.uploads of the config cannot be read (ENOENT)'),
  });
  expect(await here.files()).toEqual([]);
});

test('without folders, a backup of files is refused when added', async () => {
  await using here = await site();
  await expect(here.jobs.addJob({ type: 'backup', data: { type: 'files' } })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.type' }],
  });
});
