// Encrypted archives: the age program opens ours and we open its own, and nothing that was changed, moved or cut passes.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { hasAge, onTerminal } from '../test/age.ts';
import { archiveBytes, entriesOf } from '../test/archives.ts';
import { site, temporaryFolder } from '../test/kit.ts';
import { running, toolsOf } from '../test/tools.ts';
import { AGE_HEADER, decrypt, decryptFor, encrypt, isAge, isForKeys } from './age.ts';
import { checkBackup } from './stored-backup.ts';

const PASSPHRASE = 'correct horse battery';
const CHUNK = 65_536 + 16;
const NO_AGE = 'the program age is not here: apt-get install age';
/** A small work factor, so that the tests are about the format. */
const WORK = 10;

/** Bytes that differ from chunk to chunk. */
const plain = (size: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 13)) % 251));

function* pieces(data: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

const sealed = (data: Buffer, work = WORK): Promise<Buffer> =>
  buffer(encrypt(PASSPHRASE, work)(Readable.from(pieces(data, 10_000))));

const opened = async (file: Buffer, passphrase = PASSPHRASE): Promise<Buffer> =>
  buffer(decrypt(passphrase, file.subarray(0, AGE_HEADER))(Readable.from(pieces(file, 33_333))));

/** Where the chunks begin: behind the header and a nonce. */
const chunksFrom = (file: Buffer): number => file.indexOf('\n', file.indexOf('--- ')) + 1 + 16;

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_000])('%i bytes are decrypted unchanged', async (size) => {
  const data = plain(size);
  const file = await sealed(data);
  expect(isAge(file)).toBe(true);
  if (size > 64) expect(file.includes(data.subarray(0, 64))).toBe(false);
  expect((await opened(file)).equals(data)).toBe(true);
});

test('the age program opens our files', async ({ skip }) => {
  if (!hasAge()) return skip(NO_AGE);
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'ours.age'), await buffer(encrypt(PASSPHRASE)(Readable.from([plain(200_000)]))));
  await onTerminal(`age -d -o ${folder}/plain ${folder}/ours.age`, [PASSPHRASE]);
  expect((await readFile(join(folder, 'plain'))).equals(plain(200_000))).toBe(true);
});

test('we open files of the age program', async ({ skip }) => {
  if (!hasAge()) return skip(NO_AGE);
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'plain'), plain(200_000));
  await onTerminal(`age -p -o ${folder}/theirs.age ${folder}/plain`, [PASSPHRASE, PASSPHRASE]);
  const file = await readFile(join(folder, 'theirs.age'));
  expect((await opened(file)).equals(plain(200_000))).toBe(true);
});

test('a truncated file is detected, even at each chunk border, and so is appended data', async () => {
  const file = await sealed(plain(200_000));
  const from = chunksFrom(file);
  const borders = [0, 1, 2, 3].map((n) => from + n * CHUNK);
  for (const length of [...borders, ...borders.map((at) => at + 5), file.length - 1, from - 16, 100])
    await expect((async () => opened(file.subarray(0, length)))(), `${length}`).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
    });
  for (const more of [Buffer.alloc(1), Buffer.alloc(CHUNK), file])
    await expect(opened(Buffer.concat([file, more]))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

test('a header that asks for too much memory, or for a key instead of a passphrase, is refused at once', async () => {
  const header = (await sealed(plain(10))).subarray(0, AGE_HEADER).toString('latin1');
  const begin = (text: string) => () => decrypt(PASSPHRASE, Buffer.from(text, 'latin1'));
  expect(begin(header.replace(` ${WORK}\n`, ' 30\n'))).toThrow(
    expect.objectContaining({ code: 'ARCHIVE_DAMAGED', message: expect.stringContaining('2^30') }),
  );
  expect(begin(header.replace('scrypt', 'X25519'))).toThrow(expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }));
});

/** Two keys as `age-keygen` makes them, each in its file. */
async function keyPairs() {
  const folder = await temporaryFolder();
  const make = (name: string) => {
    const file = join(folder, name);
    execFileSync('age-keygen', ['-o', file], { stdio: 'ignore' });
    return { file, recipient: execFileSync('age-keygen', ['-y', file], { encoding: 'utf8' }).trim() };
  };
  return { folder, mine: make('mine.txt'), other: make('other.txt') };
}

test('archives for recipients are made and proved without a secret key, and a script opens them with one', async ({
  skip,
}) => {
  if (!hasAge()) return skip(NO_AGE);
  const { folder, mine, other } = await keyPairs();
  const uploads = join(folder, 'uploads');
  await mkdir(uploads);
  await writeFile(join(uploads, 'a'), 'alpha');
  const config = { recipients: [other.recipient, mine.recipient], files: { uploads } };
  const here = await site(config);
  await using _ = here;
  const { id, file, state, restoreTested } = await here.backup({ type: 'full' });
  expect({ state, file, restoreTested }).toMatchObject({ state: 'verified', file: expect.stringMatching(/\.age$/) });
  expect(restoreTested).not.toBeNull();

  // Without a terminal.
  const archive = join(here.folder, file);
  execFileSync('sh', ['-c', `age -d -i ${mine.file} ${archive} | tar -xz -C ${folder}`], { stdio: 'ignore' });
  expect(await readFile(join(folder, 'files/uploads/a'), 'utf8')).toBe('alpha');

  const verify = (identity: string | undefined) =>
    checkBackup(id, toolsOf({ ...here, config: { ...config, minFree: 0, identity } }), running());
  await expect(verify(undefined)).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' });
  await expect(verify((await keyPairs()).mine.file)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
  await expect(verify(join(folder, 'nothing'))).rejects.toMatchObject({
    code: 'SOURCE_UNREADABLE',
    message: 'the file of identity cannot be read (ENOENT)',
  });
  for (const { file: identity } of [mine, other]) expect(await verify(identity)).toMatchObject({ verified: true });
});

test('we open files that the age program encrypts to a recipient, and find each change in them', async ({ skip }) => {
  if (!hasAge()) return skip(NO_AGE);
  const { folder, mine } = await keyPairs();
  const path = join(folder, 'theirs.age');
  execFileSync('age', ['-r', mine.recipient, '-o', path], { input: plain(200_000) });
  const file = await readFile(path);
  expect(isForKeys(file)).toBe(true);
  const open = (bytes: Buffer) =>
    buffer(decryptFor({ passphrase: undefined, identity: mine.file })(Readable.from(pieces(bytes, 33_333))));
  expect((await open(file)).equals(plain(200_000))).toBe(true);
  for (const at of [40, 100, 150, 180, 250, 70_000, file.length - 1]) {
    const flipped = Buffer.from(file);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await expect((async () => open(flipped))(), `byte ${at}`).rejects.toMatchObject({
      code: /ARCHIVE_DAMAGED|WRONG_PASSPHRASE/,
    });
  }
});

test('a planted archive for recipients is not taken for one of this site', async ({ skip }) => {
  if (!hasAge()) return skip(NO_AGE);
  const { folder, mine } = await keyPairs();
  await using here = await site({ recipients: [mine.recipient], identity: mine.file, files: { folder } });
  const { id, file } = await here.backup({ type: 'files' });
  await toolsOf(here).runs.remove(id);
  expect((await here.run('backup_verify', { id }))?.result).toMatchObject({ recorded: false, verified: true });
  await writeFile(join(here.folder, file), await archiveBytes(entriesOf({ a: 'x' })));
  await toolsOf(here).runs.remove(id);
  expect((await here.run('backup_verify', { id }))?.error).toMatch(/^NOT_ENCRYPTED: /);
});

test('an unreadable source is not reported as damage', async () => {
  const file = await sealed(plain(200_000));
  async function* broken(): AsyncGenerator<Buffer> {
    yield file.subarray(0, 70_000);
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  }
  await expect(buffer(decrypt(PASSPHRASE, file.subarray(0, AGE_HEADER))(broken()))).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
});
