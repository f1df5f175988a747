// Writing archives: when a stream breaks, everything that waits for it ends with the error.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../test/kit.ts';
import { writeArchive } from './archive-writer.ts';

async function writer(signal = new AbortController().signal) {
  const path = join(await temporaryFolder(), 'archive');
  return { path, open: () => writeArchive({ path, passphrase: undefined, level: 1, signal }) };
}

/** More than all streams on the way hold. */
const large = { name: 'files/site/large', size: 8_000_000 };

const PIECE = randomBytes(250_000);
const pieces = (): Buffer[] => Array.from({ length: large.size / PIECE.length }, () => PIECE);

async function* endless(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1_000);
  await new Promise(() => {});
}

test('a file that cannot be created fails the current entry, with the reason', async () => {
  const { path, open } = await writer();
  await writeFile(path, 'there already');
  const archive = await open();
  await expect(archive.add(large, pieces())).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(archive.json('more', {})).rejects.toMatchObject({ code: 'EEXIST' });
  await archive.abandon();
});

test('an abort ends an entry whose source has stalled', async () => {
  const stop = new AbortController();
  const { open } = await writer(stop.signal);
  const archive = await open();
  const added = archive.add(large, endless());
  stop.abort(new Error('stopped'));
  await expect(added).rejects.toThrow('stopped');
  await archive.abandon();
});

test('a source that fails or has another size fails its entry, and the archive with it', async () => {
  const { open } = await writer();
  const archive = await open();
  await expect(archive.add({ name: 'short', size: 10 }, [Buffer.alloc(9)])).rejects.toThrow();
  await expect(archive.json('more', {})).rejects.toThrow();
  await archive.abandon();
});

test('an archive is written completely with another major version of tar-stream', async () => {
  vi.doMock('tar-stream', () => import('tar-stream-2'));
  try {
    const { open } = await writer();
    const archive = await open();
    await archive.json('backup.json', {});
    await archive.folder('files/site/', undefined);
    await archive.add(large, pieces());
    await archive.add({ name: 'files/site/empty', size: 0 }, []);
    expect(await archive.finish()).toMatchObject({ bytes: expect.any(Number) });
  } finally {
    vi.doUnmock('tar-stream');
  }
});
