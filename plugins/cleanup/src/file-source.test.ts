// Files of a root: which are found and removed, and that nothing outside ever is.
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, readdir, rename, rm, symlink, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isThere, OLD, put, temporaryFolder } from '../test/kit.ts';
import type { RootConfig } from './config.ts';
import { fileSource } from './file-source.ts';
import { rootOf, rootProblem } from './root.ts';
import type { CleanupItem } from './source.ts';

const LATER = OLD + 86_400_000;

function source(path: string, config: Partial<RootConfig> = {}, database: string | null = null) {
  const root = rootOf(
    { path, patterns: ['**'], kind: 'temp', links: false, olderThan: undefined, ...config },
    database,
  );
  const files = fileSource(root);
  const problems: string[] = [];
  return {
    problems,
    async find(before = LATER, signal = new AbortController().signal): Promise<CleanupItem[]> {
      const found: CleanupItem[] = [];
      const problem = (label: string, reason: string) => void problems.push(`${label.replace(path, '')} ${reason}`);
      const about = { before, signal, problem, tell() {} };
      for await (const item of files.find(about)) found.push(item);
      return found.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    remove: (items: readonly CleanupItem[], signal = new AbortController().signal) => files.remove(items, { signal }),
  };
}

const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

test('old matching files below the root are found; links are neither followed nor removed', async () => {
  const folder = await temporaryFolder();
  await put(folder, ['outside/secret.txt', 'root/a.tmp', 'root/deep/er/b.tmp', 'root/.hidden', 'root/keep/c.tmp']);
  await put(folder, ['root/young.tmp'], LATER);
  await symlink(join(folder, 'outside'), join(folder, 'root/out'));
  await symlink(join(folder, 'outside/secret.txt'), join(folder, 'root/secret'));
  await symlink('..', join(folder, 'root/deep/up'));
  await symlink('nowhere', join(folder, 'root/dangling'));
  const { find, remove } = source(join(folder, 'root'), { patterns: ['**', '!keep/**'] });
  const found = await find();
  expect(ids(found)).toEqual(['a.tmp', 'deep/er/b.tmp']);
  expect(found[0]).toMatchObject({ label: join(folder, 'root/a.tmp'), bytes: 10, at: OLD });
  expect(await remove(found)).toEqual([]);
  expect(await isThere(join(folder, 'root/a.tmp'))).toBe(false);
  expect(await isThere(join(folder, 'root/keep/c.tmp'))).toBe(true);
  expect(await isThere(join(folder, 'outside/secret.txt'))).toBe(true);
});

test('links are removed only if the root allows it, and their targets stay', async () => {
  const folder = await temporaryFolder();
  await put(folder, ['outside/secret.txt', 'root/a.tmp']);
  await symlink(join(folder, 'outside/secret.txt'), join(folder, 'root/secret'));
  await symlink(join(folder, 'outside'), join(folder, 'root/out'));
  const { find, remove } = source(join(folder, 'root'), { links: true });
  const found = await find(Number.MAX_SAFE_INTEGER);
  expect(ids(found)).toEqual(['a.tmp', 'out', 'secret']);
  expect(await remove(found)).toEqual([]);
  expect(await isThere(join(folder, 'root/out'))).toBe(false);
  expect(await isThere(join(folder, 'outside/secret.txt'))).toBe(true);
});

test('a stored path that leaves the root or is invalid is never removed', async () => {
  const folder = await temporaryFolder();
  await put(folder, ['outside.txt', 'root/a.tmp', 'root/deep/b.tmp']);
  await symlink('..', join(folder, 'root/up'));
  const { find, remove } = source(join(folder, 'root'));
  const [item] = await find();
  if (!item) throw new Error('nothing found');
  const tricks = [
    '../outside.txt',
    'deep/../../outside.txt',
    'deep/../a.tmp',
    './a.tmp',
    '/etc/hostname',
    'a.tmp\0.txt',
    '',
    'deep//b.tmp',
    'up/outside.txt',
    'deep',
    'a.tmp/x',
  ];
  const left = await remove(tricks.map((id) => ({ ...item, id })));
  expect(Object.fromEntries(left.map(({ id, reason }) => [id, reason]))).toEqual({
    ...Object.fromEntries(tricks.map((id) => [id, 'OUTSIDE_ROOT'])),
    'up/outside.txt': 'changed',
    deep: 'changed',
    'a.tmp/x': 'changed',
  });
  expect(await isThere(join(folder, 'outside.txt'))).toBe(true);
  expect(await isThere(join(folder, 'root/a.tmp'))).toBe(true);
});

test('a file that changed since it was found stays: its size, its time or the file itself', async () => {
  const folder = await temporaryFolder();
  const names = ['gone', 'inode', 'same', 'size', 'time'];
  await put(folder, names);
  const { find, remove } = source(folder);
  const found = await find();
  await rm(join(folder, 'gone'));
  await truncate(join(folder, 'size'), 3);
  await utimes(join(folder, 'size'), OLD / 1_000, OLD / 1_000);
  await utimes(join(folder, 'time'), OLD / 1_000 + 1, OLD / 1_000 + 1);
  // Its inode stays taken by a second name, so that the new file has another one.
  await link(join(folder, 'inode'), join(folder, '.second-name'));
  await rm(join(folder, 'inode'));
  await put(folder, ['inode']);
  expect(await remove(found)).toEqual([
    { id: 'gone', reason: 'gone' },
    { id: 'inode', reason: 'changed' },
    { id: 'size', reason: 'changed' },
    { id: 'time', reason: 'changed' },
  ]);
  expect(await Promise.all(names.map((name) => isThere(join(folder, name))))).toEqual([false, true, false, true, true]);
});

test('the database of the jobs is never among the files, whatever the patterns say', async () => {
  const folder = await temporaryFolder();
  await put(folder, ['jobs.db', 'jobs.db-wal', 'jobs.db-shm', 'old.db']);
  const { find, remove } = source(folder, {}, join(folder, 'jobs.db'));
  const found = await find();
  expect(ids(found)).toEqual(['old.db']);
  const item = { ...(found[0] as CleanupItem), id: 'jobs.db' };
  expect(await remove([item])).toEqual([{ id: 'jobs.db', reason: 'changed' }]);
});

test('the database of the jobs stays even if a link leads to it or to its root', async () => {
  const folder = await temporaryFolder();
  await put(folder, ['disk/jobs.db', 'disk/jobs.db-wal', 'disk/old.db', 'linked/old.db']);
  await symlink(join(folder, 'disk'), join(folder, 'data'));
  await symlink(join(folder, 'disk/jobs.db'), join(folder, 'linked/jobs.db'));
  for (const database of ['data/jobs.db', 'disk/jobs.db', 'linked/jobs.db']) {
    for (const path of ['data', 'disk'])
      expect(ids(await source(join(folder, path), {}, join(folder, database)).find())).toEqual(['old.db']);
    const links = source(join(folder, 'linked'), { links: true }, join(folder, 'linked/jobs.db'));
    expect(ids(await links.find(Date.now() + 1_000))).toEqual(['old.db']);
  }
});

test('unreadable folders are reported and the rest continues; it goes 64 folders deep at most', async () => {
  const folder = await temporaryFolder();
  const deep = `${'d/'.repeat(70)}x`;
  await put(folder, ['a', deep]);
  const locked = join(folder, 'locked');
  await mkdir(locked);
  await chmod(locked, 0);
  const { find, problems } = source(folder);
  expect(ids(await find())).toEqual(['a']);
  // A superuser enters it.
  const wanted = process.getuid?.() === 0 ? [] : ['/locked EACCES'];
  expect(problems.sort()).toEqual([`/${'d/'.repeat(64)}d TOO_DEEP`, ...wanted].sort());
});

test('files with unusual names are handled like any other', async () => {
  const folder = await temporaryFolder();
  const names = ['a b', 'a\nb', 'ä', 'é', '日本', '🙂', 'a\\b', "'; drop table x", '-rf', '*', '%00'];
  await put(folder, names);
  const { find, remove } = source(folder);
  const found = await find();
  expect(ids(found).sort()).toEqual([...names].sort());
  expect(await remove(found)).toEqual([]);
});

test('folders of the system, and those that contain the site, cannot be roots', async () => {
  const working = '/opt/site/app';
  for (const path of [
    '/',
    '/etc',
    '/usr',
    '/home',
    '/proc',
    '/proc/1',
    '/sys/kernel',
    '/dev',
    working,
    join(working, '..'),
  ])
    expect([path, rootProblem(path, working)]).toEqual([path, 'ROOT_TOO_WIDE']);
  for (const path of ['/tmp', '/var/log', '/dev/shm/x', join(working, 'data'), '/etcetera'])
    expect([path, rootProblem(path, working)]).toEqual([path, null]);
});

test.skipIf(!existsSync('/proc/self/fd'))(
  'a folder replaced by a link at the last moment is not followed',
  async () => {
    const names = Array.from({ length: 40 }, (_, n) => `${n}.tmp`);
    for (let round = 0; round < 15; round += 1) {
      const folder = await temporaryFolder();
      await put(join(folder, 'root/deep'), names);
      await put(join(folder, 'precious'), names);
      const { find, remove } = source(join(folder, 'root'));
      const found = await find();
      // The same files by their names, sizes and times; even their marks are made to fit.
      const marks = new Map(
        (await source(join(folder, 'precious')).find()).map(({ id, mark }) => [`deep/${id}`, mark]),
      );
      const forged = found.map((item) => ({ ...item, mark: marks.get(item.id) ?? '' }));
      const swapped = (async () => {
        for (let turn = 0; turn < round; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        await rename(join(folder, 'root/deep'), join(folder, 'moved'));
        await symlink(join(folder, 'precious'), join(folder, 'root/deep'));
      })();
      expect((await remove(forged)).every(({ reason }) => reason === 'changed' || reason === 'gone')).toBe(true);
      await swapped;
      expect(await readdir(join(folder, 'precious'))).toHaveLength(names.length);
    }
  },
);
