// Reading archives: what is right comes through, and what is wrong in any way stops with its code before anything is used.
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { archiveBytes, entriesOf, filesPart, type HandMade, HEAD, json, sourceOf } from '../test/archives.ts';
import { temporaryFolder } from '../test/kit.ts';
import { unpack } from './unpack.ts';

const FILES = { 'a.txt': 'a'.repeat(100_000), 'sub/ü.txt': 'bytes' };
const signal = new AbortController().signal;

function contents(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes);
  } catch {
    return null;
  }
}

async function read(entries: readonly HandMade[] | Buffer) {
  const folder = await temporaryFolder();
  const bytes = Buffer.isBuffer(entries) ? entries : await archiveBytes(entries);
  const source = await sourceOf(join(folder, 'archive'), bytes);
  return unpack(source, { passphrase: undefined, signal, databases: join(folder, 'databases') });
}

test('an archive as it is made comes through, with its manifest', async () => {
  expect(await read(entriesOf(FILES))).toMatchObject({ id: HEAD.id, parts: [{ kind: 'files', files: 2 }] });
});

test('one that is cut anywhere is damaged', async () => {
  const whole = await archiveBytes(entriesOf(FILES));
  for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999]) {
    const cut = whole.subarray(0, Math.floor(whole.length * share));
    await expect(read(cut), `${share}`).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  }
});

test('one bit flipped anywhere is damaged, but for the few bits that gzip has no use for', async () => {
  const whole = await archiveBytes(entriesOf(FILES));
  const plain = gunzipSync(whole);
  let harmless = 0;
  for (let at = 12; at < whole.length - 8; at += 29) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    if (contents(flipped)?.equals(plain)) {
      harmless += 1;
      continue;
    }
    await expect(read(flipped), `byte ${at}`).rejects.toMatchObject({ code: /ARCHIVE_DAMAGED|UNSAFE_NAME/ });
  }
  expect(harmless).toBeLessThan(5);
});

test.each<[what: string, entry: HandMade]>([
  ['leads up', { name: 'files/site/../../../evil', body: 'x' }],
  ['is absolute', { name: '/etc/cron.d/evil', body: 'x' }],
  ['has a control character', { name: 'files/site/a\u0001b', body: 'x' }],
  ['has a backslash', { name: 'files/site/..\\..\\evil', body: 'x' }],
  ['is a symbolic link', { name: 'files/site/link', type: 'symlink', linkname: '/etc' }],
  ['is a hard link', { name: 'files/site/link', type: 'link', linkname: '/etc/passwd' }],
  ['is a device', { name: 'files/site/fifo', type: 'fifo' }],
])('an entry that %s is refused', async (_what, entry) => {
  await expect(read([json('backup.json', HEAD), entry])).rejects.toMatchObject({ code: 'UNSAFE_NAME' });
});

test('a format to come is refused by its number, whatever else it holds', async () => {
  await expect(read([json('backup.json', { format: 2, parts: 'of another kind' })])).rejects.toMatchObject({
    code: 'NEWER_FORMAT',
    message: 'the archive has format 2 and this version reads up to 1: use the version that made it, or a newer one',
  });
});

test.each<[what: string, entries: HandMade[]]>([
  ['has no manifest', entriesOf(FILES).slice(0, -1)],
  ['has no head', entriesOf(FILES).slice(1)],
  ['goes on behind its manifest', [...entriesOf(FILES), { name: 'files/site/more', body: 'x' }]],
  ['lacks a file', entriesOf(FILES).toSpliced(2, 1)],
  ['has a file too many', entriesOf(FILES).toSpliced(2, 0, { name: 'files/site/more', body: 'x' })],
  ['has a part that nobody named', entriesOf(FILES).toSpliced(2, 0, { name: 'files/other/more', body: 'x' })],
  ['has an entry of no part', entriesOf(FILES).toSpliced(2, 0, { name: 'readme', body: 'x' })],
  [
    'has another file',
    [
      ...entriesOf({ ...FILES, 'a.txt': 'b' }).slice(0, -1),
      json('manifest.json', { ...HEAD, parts: [filesPart(FILES)] }),
    ],
  ],
  [
    'has head and manifest of two backups',
    [json('backup.json', { ...HEAD, id: '9876543210' }), ...entriesOf(FILES).slice(1)],
  ],
  ['has a head that is none', [json('backup.json', { format: 1 }), ...entriesOf(FILES).slice(1)]],
  ['is empty', []],
])('one that %s is damaged', async (_what, entries) => {
  await expect(read(entries)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

test('an encrypted one needs the passphrase', async () => {
  const folder = await temporaryFolder();
  const source = { ...(await sourceOf(join(folder, 'archive'), Buffer.alloc(100))), encrypted: true };
  const options = { passphrase: undefined, signal, databases: join(folder, 'databases') };
  await expect(unpack(source, options)).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' });
});
