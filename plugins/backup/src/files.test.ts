// Folders in a backup: what is taken, what is left out and named, and the same folder back again.
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { HEAD } from '../test/archives.ts';
import { site, temporaryFolder } from '../test/kit.ts';
import { toolsOf } from '../test/tools.ts';
import { fileSource } from './archive-source.ts';
import { writeArchive } from './archive-writer.ts';
import { addFiles } from './files-part.ts';
import { folderTarget } from './folder-target.ts';
import { restoreBeside } from './restore-beside.ts';
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

test('a full backup, encrypted, holds databases and folders, and is proven', async () => {
  const folder = await uploads();
  await using here = await site({ files: { uploads: folder }, passphrase: PASSPHRASE });
  const result = await here.backup({ type: 'full' });
  expect(result).toMatchObject({
    verified: true,
    files: 3,
    leftOut: [],
    file: expect.stringMatching(/\.tar\.gz\.enc$/),
  });
  const bytes = await readFile(join(here.folder, result.file));
  expect(bytes.includes('manifest') || bytes.includes('pwj_jobs')).toBe(false);
  expect((await here.run('backup_verify', { id: result.id }))?.result).toMatchObject({ verified: true, files: 3 });
});

test('over HTTP a backup is restored beside, never over, and only with its name', async () => {
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

test('what is restored beside is there at once and whole: a process that is killed leaves no half of it', async () => {
  const folder = await uploads();
  await writeFile(join(folder, 'z-is-long'), randomFillSync(Buffer.alloc(2_000_000)));
  await using here = await site({ files: { uploads: folder } });
  const { id } = await here.backup({ type: 'full' });
  const place = join(here.folder, 'restored', id);
  const seen: boolean[] = [];
  const progress = (_done: number, message: string) => {
    if (message === 'restoring files') seen.push(existsSync(place));
  };
  const running = { owner: 'hand/here/1', signal: new AbortController().signal, log: console, progress };
  const { restored } = await restoreBeside(id, toolsOf(here), running);
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).not.toContain(true);
  const places = restored.map(({ to }) => to.replace(/^sqlite:/, '')).filter((to) => !to.startsWith('mysql:'));
  for (const to of places) await stat(to);
  expect(places.every((to) => to.startsWith(place))).toBe(true);
});

test('links, pipes and files that may not be read are left out and named; nothing outside is read', async () => {
  const folder = await uploads();
  const outside = join(await temporaryFolder(), 'secret');
  await writeFile(outside, 'CANARY');
  await symlink(outside, join(folder, 'link'));
  await symlink('/etc', join(folder, 'folder-link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await using here = await site({ files: { uploads: folder } });
  const { leftOut, files } = await here.backup({ type: 'files' });
  expect(files).toBe(3);
  expect(leftOut).toEqual([
    'uploads: folder-link is a link',
    'uploads: link is a link',
    'uploads: pipe is no file and no folder',
  ]);
});

test("our own archives and the jobs' database are not copied as files", async () => {
  const base = await temporaryFolder();
  await writeFile(join(base, 'a.txt'), 'alpha');
  await using here = await site({ folder: join(base, 'backups'), files: { all: base } });
  await here.backup({ type: 'files' });
  expect((await here.backup({ type: 'files' })).files).toBe(1);
});

test('a file that shrinks while it is read keeps its promised size and is named; one that grows is cut', async () => {
  const base = await temporaryFolder();
  const [folder, path] = [join(base, 'in'), join(base, 'archive')];
  await mkdir(folder);
  await writeFile(join(folder, 'a-shrinks'), Buffer.alloc(3_000_000, 1));
  await writeFile(join(folder, 'b'), 'beta');
  const signal = new AbortController().signal;
  const archive = await writeArchive({ path, passphrase: undefined, level: 1, signal });
  const add = archive.add;
  archive.add = async (header, chunks) => {
    if (header.name.endsWith('a-shrinks')) await truncate(join(folder, 'a-shrinks'), 1_000);
    return add(header, chunks);
  };
  await archive.json('backup.json', HEAD);
  const part = await addFiles(archive, { name: 'in', root: folder, except: new Set(), signal, progress: () => {} });
  await archive.json('manifest.json', { ...HEAD, parts: [part] });
  await archive.finish();
  expect(part.leftOut).toEqual(['a-shrinks was cut while it was read: its end is filled with zeros']);
  const source = await fileSource(path, false, () => {});
  await expect(unpack(source, { passphrase: undefined, signal, databases: join(base, 'out') })).resolves.toMatchObject({
    id: HEAD.id,
  });
});

test('a file that cannot be read to its end keeps its promised size and is named, and the others are taken', async () => {
  const folder = join(await temporaryFolder(), 'in');
  await mkdir(folder);
  await writeFile(join(folder, 'a'), 'alpha');
  await writeFile(join(folder, 'b'), 'beta');
  const handle = await open(join(folder, 'a'));
  const broken = vi.spyOn(Object.getPrototypeOf(handle), 'read');
  await handle.close();
  broken.mockRejectedValueOnce(Object.assign(new Error('read'), { code: 'EIO' }));
  await using here = await site({ files: { in: folder } });
  const { files, verified, leftOut } = await here.backup({ type: 'files' }).finally(() => broken.mockRestore());
  expect({ files, verified }).toEqual({ files: 2, verified: true });
  expect(leftOut).toEqual(['in: a could not be read to its end (EIO): the rest is filled with zeros']);
});

test('where the config names folders and no database, a full backup is one of the folders', async () => {
  await using here = await site({ own: false, files: { uploads: await uploads() } });
  expect(await here.backup({ type: 'full' })).toMatchObject({ verified: true, files: 3, rows: 0 });
});

test('an archive that may not be read says so, with a code and without its path', async () => {
  const folder = await temporaryFolder();
  const file = 'backup-20260101T000000Z-0123456789.tar.gz';
  await symlink(join(folder, 'elsewhere'), join(folder, file));
  await expect(folderTarget(folder).open(file, new AbortController().signal)).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    message: expect.not.stringContaining(folder),
  });
});

test('a folder that is not there fails the backup and names its key', async () => {
  await using here = await site({ files: { uploads: '/no/such/folder' } });
  expect(await here.run('backup', { type: 'files' })).toMatchObject({
    status: 'failed',
    error: expect.stringContaining(
      'SOURCE_UNREADABLE: the folder of the config key files.uploads cannot be read (ENOENT)',
    ),
  });
  expect(await here.files()).toEqual([]);
});

test('without folders a backup of files is refused at the door', async () => {
  await using here = await site();
  await expect(here.jobs.addJob({ type: 'backup', data: { type: 'files' } })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.type' }],
  });
});
