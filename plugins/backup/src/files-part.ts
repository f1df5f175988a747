// The folders of a backup: each file is read once, into the archive and into the checksum.
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import type { ArchiveWriter } from './archive-writer.ts';
import { inBrackets } from './failure.ts';
import type { FilesPart } from './manifest.ts';
import { type Found, walk } from './walk.ts';

/** The first ones are named in the manifest; the rest is counted. */
const NAMED = 100;
const READ = 262_144;

/** Names what is left out, without a limit on how much there may be. */
class LeftOut {
  readonly #names: string[] = [];
  #count = 0;

  add(name: string, why: string): void {
    this.#count += 1;
    if (this.#names.length < NAMED) this.#names.push(`${name.slice(0, 300)} ${why}`);
  }

  list(): string[] {
    const more = this.#count - this.#names.length;
    return more > 0 ? [...this.#names, `and ${more} more`] : [...this.#names];
  }
}

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
  except: ReadonlySet<string>;
  signal: AbortSignal;
  /** Bytes so far. */
  progress(bytes: number): void;
}

const CUT = 'was cut while it was read: its end is filled with zeros';
const unreadable = (error: unknown) =>
  `could not be read to its end${inBrackets(error)}: the rest is filled with zeros`;

/** The archive was promised so many bytes: one that ends or breaks off before is filled up, one that grows is cut. */
async function* contentOf(
  file: FileHandle,
  size: number,
  hash: Hash,
  short: (why: string) => void,
): AsyncGenerator<Buffer> {
  let left = size;
  let over = false;
  while (left > 0) {
    const length = Math.min(READ, left);
    let chunk = Buffer.alloc(0);
    if (!over)
      try {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length);
        chunk = buffer.subarray(0, bytesRead);
        if (bytesRead === 0) short(CUT);
      } catch (error) {
        short(unreadable(error));
      }
    over = chunk.length === 0;
    if (over) chunk = Buffer.alloc(length);
    left -= chunk.length;
    hash.update(chunk);
    yield chunk;
  }
}

export async function addFiles(archive: ArchiveWriter, options: FilesOptions): Promise<FilesPart> {
  const { name, root, except, signal, progress } = options;
  const prefix = `files/${name}/`;
  const left = new LeftOut();
  const sum = new FolderSum();

  const addFile = async ({ path, absolute }: Found): Promise<void> => {
    let file: FileHandle;
    try {
      file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      return left.add(path, `cannot be read${inBrackets(error)}`);
    }
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return left.add(path, 'is no file any more');
      const hash = createHash('sha256');
      let short: string | undefined;
      const content = contentOf(file, stat.size, hash, (why) => {
        short = why;
      });
      await archive.add({ name: `${prefix}${path}`, size: stat.size, mtime: stat.mtime }, content);
      if (short !== undefined) left.add(path, short);
      sum.add(path, stat.size, hash.digest('hex'));
      progress(sum.bytes);
    } finally {
      await file.close();
    }
  };

  await archive.folder(prefix, undefined);
  const leftOut = (path: string, why: string) => left.add(path || 'the folder', why);
  for await (const found of walk(root, { except, signal, leftOut })) {
    if (found.type === 'file') await addFile(found);
    else
      await archive.folder(
        `${prefix}${found.path}/`,
        await lstat(found.absolute).then(
          ({ mtime }) => mtime,
          () => undefined,
        ),
      );
  }
  return {
    kind: 'files',
    name,
    path: prefix,
    files: sum.files,
    bytes: sum.bytes,
    sha256: sum.sha256(),
    leftOut: left.list(),
  };
}
