// Reads an archive as a stream, entry by entry, and stops at the first thing that is wrong.
import type { Stats } from 'node:fs';
import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AGE_HEADER, decrypt, decryptFor, isAge, isForKeys } from './age.ts';
import { BackupFailure } from './failure.ts';
import { isSealed, type Keys } from './keys.ts';
import { entryProblem } from './names.ts';

export interface Entry {
  name: string;
  type: 'file' | 'folder';
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Must be read to its end. */
  content: AsyncIterable<Buffer>;
}

export interface Source {
  open(signal: AbortSignal): Promise<Readable>;
}

export interface ReadOptions extends Keys {
  /** Accept an unencrypted archive although new ones are encrypted: only if its SHA-256 is recorded. */
  mayBePlain: boolean;
  signal: AbortSignal;
}

/** Translates the errors with which zlib and tar report damage. */
function readFailure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof BackupFailure) return error;
  const { code = '', message = '' } = error as { code?: unknown; message?: string };
  const damaged =
    /^Z_/.test(String(code)) || /tar header|end of data|Unexpected end|unexpected end|checksum/i.test(message);
  return damaged
    ? new BackupFailure('ARCHIVE_DAMAGED', 'the archive is damaged: it was changed or cut off', error)
    : error;
}

/** Takes the first bytes off a stream, or fewer if it is shorter. */
async function begin(stream: Readable, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    parts.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes) break;
  }
  const all = Buffer.concat(parts, length);
  if (all.length > bytes) stream.unshift(all.subarray(bytes));
  return all.subarray(0, bytes);
}

/** The stream with the bytes that were taken off it; a stream that has ended takes none back. */
function withAgain(stream: Readable, bytes: Buffer): Readable {
  if (stream.readableEnded) return Readable.from([bytes]);
  stream.unshift(bytes);
  return stream;
}

const GZIP = Buffer.from([0x1f, 0x8b]);
/** Bytes that tell what a file is. */
const BEGIN = 32;

type Decrypt = Transform | ((sealed: AsyncIterable<Buffer>) => AsyncIterable<Uint8Array>);

/** By its first bytes, not its name: renaming an archive must not change how it is read. */
async function decrypted(source: Source, options: ReadOptions): Promise<[Readable, ...Decrypt[]]> {
  const { passphrase, mayBePlain, signal } = options;
  const stream = await source.open(signal);
  try {
    const header = await begin(stream, BEGIN);
    const isPlain = header.subarray(0, GZIP.length).equals(GZIP);
    if (header.length < BEGIN || !(isPlain || isAge(header)))
      throw new BackupFailure('ARCHIVE_DAMAGED', 'the archive is neither a gzip nor an age file');
    if (isPlain) {
      if (isSealed(options) && !mayBePlain) throw new BackupFailure('NOT_ENCRYPTED', NOT_ENCRYPTED);
      return [withAgain(stream, header)];
    }
    const whole = Buffer.concat([header, await begin(stream, AGE_HEADER - header.length)]);
    const forKeys = isForKeys(whole);
    if (passphrase === undefined && !forKeys) throw new BackupFailure('PASSPHRASE_NEEDED', PASSPHRASE_NEEDED);
    const decryption = forKeys ? decryptFor(options) : decrypt(passphrase ?? '', whole);
    return [withAgain(stream, whole), decryption];
  } catch (error) {
    stream.destroy();
    throw readFailure(error, signal);
  }
}

const NOT_ENCRYPTED =
  'the archive is not encrypted although the config has a passphrase or recipients, and this site has no record of it: it may come from someone else. If you trust it, remove these from the config while you use it';
const PASSPHRASE_NEEDED =
  'the archive is encrypted: set passphrase in the config, or JOBS_BACKUP__PASSPHRASE, to the one it was made with';

/** Bytes between two entries: a header with a name of 4,096 bytes, and the zeros after the last entry. */
const MOST_BETWEEN = 65_536;

/**
 * The entries in their order. Throws `ARCHIVE_DAMAGED`, `WRONG_PASSPHRASE`, `PASSPHRASE_NEEDED`, `NOT_ENCRYPTED`, and `UNSAFE_NAME` for an entry that
 * would be written outside its folder, or is neither a file nor a folder.
 */
export async function* readEntries(source: Source, options: ReadOptions): AsyncGenerator<Entry> {
  const { extract } = await import('tar-stream');
  const [stream, ...rest] = await decrypted(source, options);
  const tar = extract();
  let failed: unknown;
  // tar-stream reads megabytes of headers at once, and repeats global ones for each entry: more than a long name needs is not an archive.
  let [written, entryEnds] = [0, 0];
  tar.on('entry', ({ byteOffset = written, type, size = 0 }: TarEntry['header']) => {
    entryEnds = byteOffset + (type === 'file' ? size : 0);
  });
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (written - entryEnds > MOST_BETWEEN)
        return done(
          new BackupFailure('ARCHIVE_DAMAGED', 'the archive has more than names and times between its entries'),
        );
      written += chunk.length;
      if (tar.write(chunk)) done();
      else tar.once('drain', () => done());
    },
    final: (done) => {
      tar.once('close', () => done());
      tar.end(null);
    },
  });
  const flow = pipeline([stream, ...rest, createGunzip(), sink] as unknown as Transform[], {
    signal: options.signal,
  }).catch((error: unknown) => {
    failed = readFailure(error, options.signal);
    tar.destroy(error as Error);
  });
  try {
    for await (const entry of tar) yield checked(entry, (error) => failed ?? readFailure(error, options.signal));
    await flow;
    if (failed !== undefined) throw failed;
  } catch (error) {
    throw failed ?? readFailure(error, options.signal);
  } finally {
    stream.destroy();
    sink.destroy();
    tar.destroy(null);
    await flow;
  }
}

/** If the stream breaks within an entry, its reader gets the translated error. */
async function* translating(
  content: AsyncIterable<Buffer>,
  translate: (error: unknown) => unknown,
): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw translate(error);
  }
}

type TarEntry = AsyncIterable<unknown> & {
  header: {
    name: string;
    type?: string | null | undefined;
    size?: number | undefined;
    mtime?: Stats['mtime'] | undefined;
    /** Where its content begins. */
    byteOffset?: number | undefined;
    pax?: unknown;
  };
};

/** A time before 1970 or after 2038 is in a pax header only. */
function secondsOf({ mtime, pax }: TarEntry['header']): number {
  const inPax = String((pax as { mtime?: unknown } | null | undefined)?.mtime ?? '');
  return /^-?\d{1,12}(?:\.\d{1,20})?$/.test(inPax) ? Number(inPax) : (mtime?.getTime() ?? 0) / 1_000;
}

function checked(entry: TarEntry, translate: (error: unknown) => unknown): Entry {
  const { name, type, size = 0 } = entry.header;
  const plain = name.replace(/\/$/, '');
  const problem = entryProblem(plain);
  if (problem)
    throw new BackupFailure('UNSAFE_NAME', `the archive has an entry whose name ${problem}: nothing was restored`);
  if (type !== 'file' && type !== 'directory')
    throw new BackupFailure(
      'UNSAFE_NAME',
      'the archive has an entry that is neither a file nor a folder: nothing was restored',
    );
  return {
    name: plain,
    type: type === 'file' ? 'file' : 'folder',
    size,
    mtime: secondsOf(entry.header),
    content: translating(entry as AsyncIterable<Buffer>, translate),
  };
}

/** The text of a small entry. */
export async function textOf({ content, size }: Entry, most: number): Promise<string> {
  if (size > most) throw new BackupFailure('ARCHIVE_DAMAGED', 'an entry of the archive is larger than allowed');
  const parts: Buffer[] = [];
  for await (const chunk of content) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}
