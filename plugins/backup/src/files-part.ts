// The folders of a backup. Each file is read completely before its archive entry starts, so the entry's size is always right.

import { createHash, type Hash, randomBytes } from 'node:crypto';
import { constants, createReadStream, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@phraseworks/sdk';
import type { ArchiveWriter } from './archive-writer.ts';
import { writeFailure } from './failure.ts';
import type { FilesPart } from './manifest.ts';
import { type Found, walk } from './walk.ts';

const READ = 262_144;
/** Files up to this many bytes are read into memory; larger ones are copied into the working folder. */
const IN_MEMORY = 8 * 1_048_576;
/** How often a file is read if it changes meanwhile. */
const TRIES = 3;

/** The checksum of a folder: over path, size and SHA-256 of each file, in the order of the archive. */
export class FolderSum {
  files = 0;
  bytes = 0;
  readonly #hash: Hash = createHash('sha256');

  add(path: string, size: number, sha256: string): void {
    this.files += 1;
    this.bytes += size;
    this.#hash.update(`${path}\0${size}\0${sha256}\n`);
  }

  /** Once, at the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

export interface FilesOptions {
  name: string;
  /** A real path. */
  root: string;
  /** The working folder, which briefly holds copies of large files. */
  work: string;
  except: ReadonlySet<string>;
  signal: AbortSignal;
  missing(path: string, why: string): void;
  /** Bytes so far. */
  progress(bytes: number): void;
}

interface Copy {
  size: number;
  sha256: string;
  mtime: Stats['mtime'];
  content: AsyncIterable<Buffer> | Iterable<Buffer>;
  /** The file changed while it was read. */
  changed: boolean;
}

class Unreadable extends Error {}

const sameFile = (a: Stats, b: Stats | null): boolean =>
  b !== null &&
  a.ino === b.ino &&
  a.dev === b.dev &&
  a.size === b.size &&
  a.mtimeMs === b.mtimeMs &&
  a.ctimeMs === b.ctimeMs;

const unreadable = (why: string) => (error: unknown) => {
  throw new Unreadable(`${why}${systemCode(error)}`);
};

const statOf = (file: FileHandle): Promise<Stats> => file.stat().catch(unreadable('cannot be read'));

/** Reads at most `size` bytes, so that a growing file cannot keep it busy forever. */
async function readAll(file: FileHandle, size: number, take: (chunk: Buffer) => Promise<void>): Promise<void> {
  for (let left = size; left > 0; ) {
    const length = Math.min(READ, left);
    const { buffer, bytesRead } = await file
      .read(Buffer.allocUnsafe(length), 0, length, null)
      .catch(unreadable('cannot be read to its end'));
    if (bytesRead === 0) return;
    left -= bytesRead;
    await take(buffer.subarray(0, bytesRead));
  }
}

/** The whole file as it is now. Throws `Unreadable`. */
async function copyOf(at: string, spool: string, signal: AbortSignal): Promise<Copy> {
  const file = await open(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    unreadable('cannot be read'),
  );
  let to: FileHandle | undefined;
  try {
    const before = await statOf(file);
    if (!before.isFile()) throw new Unreadable('is no longer a file');
    const hash = createHash('sha256');
    const chunks: Buffer[] = [];
    let size = 0;
    if (before.size > IN_MEMORY) to = await open(spool, 'w', 0o600);
    await readAll(file, before.size, async (chunk) => {
      signal.throwIfAborted();
      hash.update(chunk);
      size += chunk.length;
      if (to) await to.writeFile(chunk);
      else chunks.push(chunk);
    });
    const steady = sameFile(before, await statOf(file)) && sameFile(before, await lstat(at).catch(() => null));
    return {
      ...{ size, sha256: hash.digest('hex'), mtime: before.mtime, changed: !steady || size !== before.size },
      content: to ? createReadStream(spool, { highWaterMark: READ }) : chunks,
    };
  } catch (error) {
    throw error instanceof Unreadable ? error : writeFailure(error);
  } finally {
    await to?.close();
    await file.close();
  }
}

/** Like `copyOf`, but retries if the file changed while it was read. */
async function steadyCopyOf(at: string, spool: string, signal: AbortSignal): Promise<Copy> {
  for (let tries = 1; ; tries += 1) {
    const copy = await copyOf(at, spool, signal);
    if (!copy.changed || tries === TRIES) return copy;
    if (!Array.isArray(copy.content)) (copy.content as ReturnType<typeof createReadStream>).destroy();
  }
}

export async function addFiles(archive: ArchiveWriter, options: FilesOptions): Promise<FilesPart> {
  const { name, root, work, except, signal, missing, progress } = options;
  const prefix = `files/${name}/`;
  const sum = new FolderSum();
  const spool = join(work, `large-${randomBytes(4).toString('hex')}`);

  const addFile = async ({ path, at }: Found): Promise<void> => {
    let copy: Copy;
    try {
      copy = await steadyCopyOf(at, spool, signal);
    } catch (error) {
      if (error instanceof Unreadable) return missing(path, error.message);
      throw error;
    }
    await archive.add({ name: `${prefix}${path}`, size: copy.size, mtime: copy.mtime }, copy.content);
    if (copy.changed) missing(path, 'changed each time it was read: its copy may be inconsistent');
    sum.add(path, copy.size, copy.sha256);
    progress(sum.bytes);
  };

  await archive.folder(prefix, undefined);
  for await (const found of walk(root, { except, signal, missing })) {
    if (found.type === 'file') await addFile(found);
    else {
      const mtime = await lstat(found.at).then(
        (stat) => stat.mtime,
        () => undefined,
      );
      await archive.folder(`${prefix}${found.path}/`, mtime);
    }
  }
  await rm(spool, { force: true });
  return {
    ...{ kind: 'files', name, path: prefix, files: sum.files, bytes: sum.bytes, sha256: sum.sha256() },
    leftOut: [],
  };
}
