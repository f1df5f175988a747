// Reading archives: good ones are read, and any error ends with its code before anything is used.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { archiveBytes, entriesOf, filesPart, type HandMade, HEAD, json, sourceOf, UNKNOWN } from '../test/archives.ts';
import { temporaryFolder } from '../test/kit.ts';
import type { Entry } from './archive-reader.ts';
import { unpack } from './unpack.ts';

const FILES = { 'a.txt': 'a'.repeat(100_000), 'sub/ü.txt': 'bytes' };
const signal = new AbortController().signal;

async function read(entries: readonly HandMade[] | Buffer) {
  const folder = await temporaryFolder();
  const bytes = Buffer.isBuffer(entries) ? entries : await archiveBytes(entries);
  const source = await sourceOf(join(folder, 'archive'), bytes);
  return unpack(source, { ...UNKNOWN, signal, databases: join(folder, 'databases') });
}

test('an unchanged archive is read, with its manifest', async () => {
  expect(await read(entriesOf(FILES))).toMatchObject({ id: HEAD.id, parts: [{ kind: 'files', files: 2 }] });
});

test.each<[what: string, entry: HandMade]>([
  ['leads up', { name: 'files/site/../../../evil', body: 'x' }],
  ['is absolute', { name: '/etc/cron.d/evil', body: 'x' }],
  ['is a symbolic link', { name: 'files/site/link', type: 'symlink', linkname: '/etc' }],
  ['is a hard link', { name: 'files/site/link', type: 'link', linkname: '/etc/passwd' }],
  ['is a device', { name: 'files/site/fifo', type: 'fifo' }],
])('an entry that %s is refused', async (_what, entry) => {
  await expect(read([json('backup.json', HEAD), entry])).rejects.toMatchObject({ code: 'UNSAFE_NAME' });
});

test('a future format is refused by its number, whatever it contains', async () => {
  await expect(read([json('backup.json', { format: 2, parts: 'of another kind' })])).rejects.toMatchObject({
    code: 'NEWER_FORMAT',
    message: 'the archive has format 2 and this version reads up to 1: use the version that made it, or a newer one',
  });
});

test.each<[what: string, entries: HandMade[]]>([
  ['has no manifest', entriesOf(FILES).slice(0, -1)],
  ['has no head', entriesOf(FILES).slice(1)],
  ['continues after its manifest', [...entriesOf(FILES), { name: 'files/site/more', body: 'x' }]],
  ['lacks a file', entriesOf(FILES).toSpliced(2, 1)],
  ['has an extra file', entriesOf(FILES).toSpliced(2, 0, { name: 'files/site/more', body: 'x' })],
  ['has an unlisted part', entriesOf(FILES).toSpliced(2, 0, { name: 'files/other/more', body: 'x' })],
  ['has an entry of no part', entriesOf(FILES).toSpliced(2, 0, { name: 'readme', body: 'x' })],
  [
    'has another file',
    [
      ...entriesOf({ ...FILES, 'a.txt': 'b' }).slice(0, -1),
      json('manifest.json', { ...HEAD, parts: [filesPart(FILES)] }),
    ],
  ],
  [
    'has a header and a manifest of different backups',
    [json('backup.json', { ...HEAD, id: '9876543210' }), ...entriesOf(FILES).slice(1)],
  ],
  ['has an invalid head', [json('backup.json', { format: 1 }), ...entriesOf(FILES).slice(1)]],
  ['is empty', []],
])('an archive that %s is damaged', async (_what, entries) => {
  await expect(read(entries)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

test('an encrypted archive needs the passphrase', async () => {
  await expect(read(Buffer.from(`age-encryption.org/v1\n${'x'.repeat(100)}`))).rejects.toMatchObject({
    code: 'PASSPHRASE_NEEDED',
  });
});

/** A database of nothing but zeros packs to a thousandth. */
const BOMB: HandMade[] = [json('backup.json', HEAD), { name: 'databases/jobs.sqlite', body: Buffer.alloc(60_000_000) }];
const JOBS = { name: 'jobs', engine: 'sqlite', tables: 1, rows: 1 };

test.each<[what: string, code: string, known: object]>([
  ['does not fit on the disk', 'NO_SPACE', { room: 59_999_999 }],
  [
    'contains a larger database than the table records',
    'ARCHIVE_DAMAGED',
    { expected: { databases: [{ ...JOBS, bytes: 59_999_999 }], folders: [] } },
  ],
  [
    'contains a database that the table does not record',
    'ARCHIVE_DAMAGED',
    { expected: { databases: [], folders: [] } },
  ],
  ['is a small file that unpacks to a large one, and is checked first', 'ARCHIVE_DAMAGED', { databases: null }],
])('an archive that %s is refused before a byte is written', async (_what, code, known) => {
  const folder = await temporaryFolder();
  const bytes = await archiveBytes(BOMB);
  expect(bytes.length).toBeLessThan(80_000);
  const source = await sourceOf(join(folder, 'archive'), bytes);
  const databases = join(folder, 'databases');
  await expect(unpack(source, { ...UNKNOWN, signal, databases, ...known })).rejects.toMatchObject({ code });
  expect(await readdir(databases).catch(() => [])).toEqual([]);
});

test.each<[what: string, folders: object[]]>([
  ['more bytes', [{ name: 'site', files: 2, bytes: 100_004 }]],
  ['more files', [{ name: 'site', files: 1, bytes: 100_005 }]],
  ['an extra folder', []],
])('an archive with %s than the table records is refused at the first of them', async (_what, folders) => {
  const source = await sourceOf(join(await temporaryFolder(), 'archive'), await archiveBytes(entriesOf(FILES)));
  const expected = { databases: [], folders: folders as [] };
  const written: string[] = [];
  const write = async ({ name, type }: Entry, content: AsyncIterable<Buffer>) => {
    if (type === 'file') written.push(name);
    for await (const _ of content);
  };
  await expect(unpack(source, { ...UNKNOWN, expected, signal, databases: null, write })).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
    message: 'the archive has more than its manifest or the table says',
  });
  expect(written.length).toBeLessThan(2);
});

test('a head or manifest larger than any site needs is refused without buffering it', async () => {
  const large = { name: 'backup.json', body: Buffer.alloc(70_000, ' ') };
  await expect(read([large])).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  const manifest = { name: 'manifest.json', body: Buffer.alloc(70_000_000, ' ') };
  await expect(read([...entriesOf(FILES).slice(0, -1), manifest])).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

const repeated = (text: string, times: number): string => Array<string>(times).fill(text).join(',');
const DATABASE = `"kind":"database","name":"a","path":"databases/a.sqlite","engine":"sqlite","engineVersion":"3","method":"program","bytes":1,"sha256":"${'0'.repeat(64)}"`;

test.each<[what: string, manifest: string]>([
  ['millions of parts', `"parts":[${repeated('{}', 2_000_000)}]`],
  ['more parts than a site has', `"parts":[${repeated('{}', 250_000)}]`],
  [
    'hundreds of thousands of wrong tables',
    `"parts":[{${DATABASE},"leftOut":[],"tables":[${repeated('0', 500_000)}]}]`,
  ],
  ['hundreds of thousands of wrong notes', `"parts":[{${DATABASE},"tables":[],"leftOut":[${repeated('0', 500_000)}]}]`],
  ['hundreds of thousands of wrong items that are missing', `"parts":[],"missing":[${repeated('0', 500_000)}]`],
])(
  'a small archive whose manifest has %s is damaged, and no more of it is read than it takes to say so',
  async (_what, rest) => {
    const body = `${JSON.stringify(HEAD).slice(0, -1)},${rest}}`;
    const bytes = await archiveBytes([json('backup.json', HEAD), { name: 'manifest.json', body }]);
    expect(bytes.length).toBeLessThan(60_000);
    const failure: unknown = await read(bytes).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ARCHIVE_DAMAGED', message: 'the manifest of the archive cannot be read' });
    // One problem is described, not each.
    expect(String((failure as Error).cause).length).toBeLessThan(1_000);
  },
);

const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}`, '']));

test.each<[what: string, make: () => Promise<Buffer>]>([
  [
    'a header of many fields',
    () => archiveBytes(entriesOf(FILES).toSpliced(1, 0, { name: 'files/site/a', body: 'x', pax: fields })),
  ],
  [
    'megabytes behind its last entry',
    async () => gzipSync(Buffer.concat([gunzipSync(await archiveBytes(entriesOf(FILES))), Buffer.alloc(10_000_000)])),
  ],
])('an archive with %s is damaged', async (_what, make) => {
  await expect(read(await make())).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
    message: 'the archive has more than names and times between its entries',
  });
});

test('an archive of a thousand databases and more is damaged', async () => {
  const many = Array.from({ length: 1_002 }, (_, n) => ({ name: `databases/a${n}.sqlite`, body: '' }));
  await expect(read([json('backup.json', HEAD), ...many])).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
    message: 'the archive has more than 1000 databases and folders',
  });
});

test('two databases of one name count as damage, not as an existing file', async () => {
  const twice = (name: string) => ({ name, body: 'x' });
  const entries = [json('backup.json', HEAD), twice('databases/a.sqlite'), twice('databases/a.sqlite')];
  await expect(read(entries)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  const deeper = [json('backup.json', HEAD), twice('databases/a.sqlite'), twice('databases/b/a.sqlite')];
  await expect(read(deeper)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});
