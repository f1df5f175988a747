// Encryption that streams: every size comes back, and nothing that was changed, moved or cut passes.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { decrypt, encrypt, HEADER_BYTES, type Key, knownKey, newKey } from './cipher.ts';

const PASSPHRASE = 'correct horse battery';
const SEALED = 65_536 + 16;
let key: Key;
beforeAll(async () => {
  key = await newKey(PASSPHRASE);
});

/** Bytes that differ from chunk to chunk. */
const plain = (size: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 13)) % 251));

const sealed = async (data: Buffer): Promise<Buffer> => buffer(Readable.from(pieces(data, 10_000)).pipe(encrypt(key)));

function* pieces(data: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function opened(file: Buffer, passphrase = PASSPHRASE): Promise<Buffer> {
  const known = await knownKey(passphrase, file.subarray(0, HEADER_BYTES));
  const stream = decrypt(known);
  const body = file.subarray(HEADER_BYTES);
  return buffer(
    Readable.from(pieces(body, 33_333))
      .on('error', () => {})
      .pipe(stream),
  );
}

test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_000])('%i bytes come back as they were', async (size) => {
  const data = plain(size);
  const file = await sealed(data);
  if (size > 64) expect(file.includes(data.subarray(0, 64))).toBe(false);
  expect((await opened(file)).equals(data)).toBe(true);
});

test('one bit flipped anywhere is found', async () => {
  const file = await sealed(plain(200_000));
  for (const at of [
    9,
    30,
    HEADER_BYTES,
    HEADER_BYTES + 70_000,
    HEADER_BYTES + SEALED - 1,
    file.length - 17,
    file.length - 1,
  ]) {
    const flipped = Buffer.from(file);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await expect(opened(flipped), `byte ${at}`).rejects.toMatchObject({ code: /ARCHIVE_DAMAGED|WRONG_PASSPHRASE/ });
  }
});

test('a file that is cut is found, also just between two chunks, and so is one that goes on', async () => {
  const file = await sealed(plain(200_000));
  for (const length of [
    HEADER_BYTES,
    HEADER_BYTES + SEALED,
    HEADER_BYTES + 2 * SEALED,
    file.length - 1,
    HEADER_BYTES + 5,
  ])
    await expect(opened(file.subarray(0, length)), `${length}`).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  await expect(opened(Buffer.concat([file, Buffer.alloc(SEALED)]))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

test('chunks that changed places are found', async () => {
  const file = await sealed(plain(200_000));
  const chunk = (n: number) => file.subarray(HEADER_BYTES + n * SEALED, HEADER_BYTES + (n + 1) * SEALED);
  const swapped = Buffer.concat([
    file.subarray(0, HEADER_BYTES),
    chunk(1),
    chunk(0),
    file.subarray(HEADER_BYTES + 2 * SEALED),
  ]);
  await expect(opened(swapped)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
});

test('another passphrase is refused at once, and so is what is no such file or of a version to come', async () => {
  const file = await sealed(plain(10));
  await expect(opened(file, 'another passphrase')).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
  await expect(opened(Buffer.alloc(100))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  await expect(opened(file.subarray(0, 20))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  const newer = Buffer.from(file);
  newer[8] = 2;
  await expect(opened(newer)).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
});
