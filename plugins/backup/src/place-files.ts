// Writes the files of an archive below a folder: by folders that are no links, each file whole or not at all.
import { randomBytes } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Entry } from './archive-reader.ts';
import { BackupFailure, codeOf, writeFailure } from './failure.ts';

/** Asked only where something is in the way. */
export type MayReplace = () => Promise<boolean>;

export const never: MayReplace = async () => false;

/** Throws `TARGET_NOT_EMPTY` unless the folder is empty, not there, or may be written into all the same. */
export async function checkFolder(folder: string, mayReplace: MayReplace): Promise<void> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new BackupFailure('WRONG_TARGET', 'the target is no folder that can be read', error);
  });
  if (names.length > 0 && !(await mayReplace())) {
    const message =
      'the folder is not empty: name another one, or say --yes to write over the files that have the same names';
    throw new BackupFailure('TARGET_NOT_EMPTY', message);
  }
}

export class FilePlacer {
  files = 0;
  readonly #root: string;
  readonly #signal: AbortSignal;
  readonly #known = new Set<string>();

  /** `folder` need not be there. */
  constructor(folder: string, signal: AbortSignal) {
    this.#root = resolve(folder);
    this.#signal = signal;
  }

  /** Below `part/`, as in the archive: the entry `files/uploads/a/b.jpg` becomes `uploads/a/b.jpg`. */
  async write(entry: Entry, content: AsyncIterable<Buffer>): Promise<void> {
    const path = join(this.#root, entry.name.slice('files/'.length));
    try {
      if (entry.type === 'folder') {
        await this.#folder(path);
        for await (const _ of content);
        return;
      }
      await this.#folder(dirname(path));
      await this.#file(path, entry, content);
      this.files += 1;
    } catch (error) {
      throw this.#signal.aborted ? this.#signal.reason : writeFailure(error);
    }
  }

  async #file(path: string, { mtime }: Entry, content: AsyncIterable<Buffer>): Promise<void> {
    const partial = join(dirname(path), `.${randomBytes(6).toString('hex')}.partial`);
    try {
      const handle = await open(
        partial,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o644,
      );
      await pipeline(content, createWriteStream(partial, { fd: handle, flush: true }), { signal: this.#signal });
      await utimes(partial, mtime, mtime);
      if ((await lstat(path).catch(() => null))?.isDirectory())
        throw new BackupFailure('WRONG_TARGET', 'a folder stands where a file of the backup belongs');
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Made one by one, since a link on the way could lead out of the target. */
  async #folder(path: string): Promise<void> {
    if (this.#known.has(path)) return;
    if (path !== this.#root) await this.#folder(dirname(path));
    await mkdir(path, { recursive: path === this.#root }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    if (path !== this.#root && !(await lstat(path)).isDirectory())
      throw new BackupFailure('WRONG_TARGET', 'a file or a link stands where a folder of the backup belongs');
    this.#known.add(path);
  }
}
