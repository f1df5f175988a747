// Files in a folder: whole or not at all, below the folder and nowhere else, on a real disk with links in the way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bundled } from '../../../test/support/child.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { Folder } from './folder.ts';

const { signal } = new AbortController();
const NOW = Date.parse('2026-11-28T00:00:00Z');

async function files() {
  const base = await temporaryFolder();
  return { base, folder: join(base, 'root'), files: new Folder(join(base, 'root'), () => NOW) };
}

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function listed(store: Folder): Promise<object[]> {
  const found: object[] = [];
  for await (const file of store.list()) found.push(file);
  return found;
}

const all = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);

test('a file is stored, read, measured, listed and removed', async () => {
  const { files: store, folder } = await files();
  await store.put('a/b.txt', chunks('te', 'xt'), { bytes: 4, signal });
  await store.put('empty', new Uint8Array(), { bytes: 0, signal });
  expect(await text((await store.get('a/b.txt')) ?? chunks())).toBe('text');
  expect([await store.size('a/b.txt'), await store.size('empty')]).toEqual([4, 0]);
  expect(await listed(store)).toEqual([{ key: 'empty', bytes: 0 }]);
  await store.put('a/b.txt', Buffer.from('new'), { bytes: 3, signal });
  expect(await readFile(join(folder, 'a', 'b.txt'), 'utf8')).toBe('new');
  await store.remove('a/b.txt');
  await store.remove('a/b.txt');
  expect([await store.get('a/b.txt'), await store.size('a/b.txt'), await store.link()]).toEqual([null, null, null]);
});

test('a finished file is moved, and only its owner may read it unless it is public', async () => {
  const { files: store, base, folder } = await files();
  await writeFile(join(base, 'done'), 'text', { mode: 0o644 });
  await store.put('private', { path: join(base, 'done') }, { bytes: 4, signal });
  await store.put('public', Buffer.from('text'), { bytes: 4, signal, isPublic: true });
  expect(await readdir(base)).toEqual(['root']);
  const modes = await Promise.all(['private', 'public'].map(async (name) => (await stat(join(folder, name))).mode));
  expect(modes.map((mode) => mode & 0o777)).toEqual([0o600, 0o644]);
});

test.each([
  ['short', ['abc']],
  ['long', ['abc', 'de']],
])('a body that is too %s is refused, and nothing is stored', async (_what, parts) => {
  const { files: store, folder } = await files();
  await expect(store.put('a', chunks(...parts), { bytes: 4, signal })).rejects.toMatchObject({ code: 'CHANGED' });
  expect(await all(folder)).toEqual([]);
});

test('a body that breaks off leaves nothing behind, and its error is unchanged', async () => {
  const { files: store, folder } = await files();
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ab');
    throw new Error('the source is gone');
  }
  await expect(store.put('a', broken(), { bytes: 4, signal })).rejects.toThrow('the source is gone');
  const reason = new Error('enough');
  const aborted = { bytes: 4, signal: AbortSignal.abort(reason) };
  await expect(store.put('a', Buffer.from('text'), aborted)).rejects.toBe(reason);
  expect(await all(folder)).toEqual([]);
});

test('a read error of the system is UNAVAILABLE, without the path', async () => {
  const { files: store, base, folder } = await files();
  const unreadable = (code: string) => ({
    code: 'UNAVAILABLE',
    message: expect.not.stringContaining(base),
    cause: { code },
  });
  await symlink('root', folder);
  await expect(listed(store)).rejects.toMatchObject(unreadable('ELOOP'));
  const whole = new Folder(base, () => NOW);
  await expect(whole.size('x'.repeat(300))).rejects.toMatchObject(unreadable('ENAMETOOLONG'));
  await expect(whole.get('x'.repeat(300))).rejects.toMatchObject(unreadable('ENAMETOOLONG'));
});

test.each(['', '../other', 'a/../../b', '/a', 'a//b', '.hidden', 'a/.parts/b', 'a\0b', 'a\\b', 'C:\\x'])(
  'the key %j is refused before any file is touched',
  async (key) => {
    const { files: store, base } = await files();
    const requests = [
      store.put(key, Buffer.from('text'), { bytes: 4, signal }),
      store.get(key),
      store.size(key),
      store.remove(key),
    ];
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'REFUSED' }) };
    expect(await Promise.allSettled(requests)).toEqual(requests.map(() => refused));
    expect(await readdir(base)).toEqual([]);
  },
);

describe('links', () => {
  async function folders() {
    const { base, folder, files: store } = await files();
    const elsewhere = join(base, 'root-evil');
    await mkdir(folder);
    await mkdir(elsewhere);
    const put = (key: string) =>
      store.put(key, Buffer.from('text'), { bytes: 4, signal }).then(
        () => 'stored',
        ({ code }) => code,
      );
    return { base, folder, elsewhere, store, put };
  }

  test.each([
    ['to a folder outside', '../root-evil'],
    ['to the root itself', '.'],
    ['to the file system root', '/'],
    ['to a folder that does not exist yet', '../not-there'],
  ])('a link %s is not followed, and nothing is created there', async (_what, target) => {
    const { base, folder, elsewhere, store, put } = await folders();
    await symlink(target, join(folder, 'link'));
    expect(await put('link/cron.d/x')).toBe('OUTSIDE');
    expect(await store.get('link/cron.d/x')).toBeNull();
    expect([await readdir(elsewhere), (await readdir(base)).sort(), await readdir(folder)]).toEqual([
      [],
      ['root', 'root-evil'],
      ['link'],
    ]);
  });

  test('a link deeper down is checked as well', async () => {
    const { folder, elsewhere, put } = await folders();
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await symlink(elsewhere, join(folder, 'a', 'b', 'c'));
    expect(await put('a/b/c/d/x')).toBe('OUTSIDE');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('a file that is a link is neither read, measured, listed, removed nor replaced', async () => {
    const { folder, elsewhere, store, put } = await folders();
    await writeFile(join(elsewhere, 'secret'), 'secret');
    await symlink(join(elsewhere, 'secret'), join(folder, 'link'));
    await expect(store.get('link')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([await store.size('link'), await listed(store), await put('link')]).toEqual([null, [], 'OUTSIDE']);
    await store.remove('link');
    expect([await readdir(folder), await readFile(join(elsewhere, 'secret'), 'utf8')]).toEqual([
      expect.arrayContaining(['link']),
      'secret',
    ]);
  });

  test('a link inside the root is followed, and the root itself may be one', async () => {
    const { base, folder, elsewhere, put } = await folders();
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    expect(await put('link/x')).toBe('stored');
    expect(await readdir(join(folder, 'real'))).toEqual(['x']);
    await symlink(elsewhere, join(base, 'files'));
    await new Folder(join(base, 'files'), () => NOW).put('a/x', Buffer.from('text'), { bytes: 4, signal });
    expect(await readdir(join(elsewhere, 'a'))).toEqual(['x']);
  });

  test('a file where a folder should be is refused, and a folder where a file should be', async () => {
    const { folder, put } = await folders();
    await writeFile(join(folder, 'a'), '');
    await mkdir(join(folder, 'b'));
    expect([await put('a/x'), await put('a/b/x'), await put('b')]).toEqual(['OUTSIDE', 'OUTSIDE', 'OUTSIDE']);
  });
});

test('leftovers of a killed process are removed after a day', async () => {
  const { files: store, folder } = await files();
  await mkdir(join(folder, '.parts'), { recursive: true });
  for (const [name, age] of Object.entries({ old: 90_000, young: 80_000 })) {
    await writeFile(join(folder, '.parts', name), 'half a file');
    await utimes(join(folder, '.parts', name), NOW / 1_000 - age, NOW / 1_000 - age);
  }
  await store.put('a', Buffer.from('text'), { bytes: 4, signal });
  expect((await all(folder)).sort()).toEqual(['a', 'young']);
});

test('a folder that cannot be created has a code, and its path stays hidden', async () => {
  const { base } = await files();
  await writeFile(join(base, 'file'), '');
  const store = new Folder(join(base, 'file', 'files'), () => NOW);
  await expect(store.put('a', Buffer.from('text'), { bytes: 4, signal })).rejects.toMatchObject({
    code: 'NOT_WRITABLE',
    message: expect.not.stringContaining(base),
  });
});

const WRITER = fileURLToPath(new URL('../test/folder-writer.ts', import.meta.url));
const NODE = [process.execPath, bundled(WRITER)] as const;
const SIZE = 4 * 1024 * 1024;

test('a process killed while it writes leaves no truncated file', async () => {
  const count = 2;
  const { folder } = await files();
  const [node, ...args] = NODE;
  const child = spawn(node, [...args, folder]);
  const exited = once(child, 'exit');
  let written = 0;
  for await (const _line of createInterface({ input: child.stdout })) if (++written === count) child.kill('SIGKILL');
  await exited;
  const names = await readdir(join(folder, 'out'));
  expect(names.length).toBeGreaterThanOrEqual(count);
  for (const name of names) expect((await stat(join(folder, 'out', name))).size).toBe(SIZE);
});

test('a disk that fills up in the middle of a file keeps none of it', async () => {
  const { folder } = await files();
  // The shell's limit on the size of a file fails the write in its middle, as a full disk does.
  const child = spawn('bash', ['-c', 'trap "" XFSZ; ulimit -f 2048; exec "$@"', '_', ...NODE, folder]);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) said.push(line);
  expect(said.join()).toContain("code: 'FULL'");
  expect(await all(folder)).toEqual([]);
});
