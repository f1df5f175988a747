// Writes the files of an archive below a folder: never through links, and each file completely or not at all.

import { randomBytes } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readableBytes, systemCode } from '@phraseworks/sdk';
import type { Entry } from './archive-reader.ts';
import { BackupFailure, codeOf, writeFailure } from './failure.ts';
import { measure } from './walk.ts';

/** Asked only if something would be replaced; `what` names it, and where it will be kept. */
export type MayReplace = (what?: string) => Promise<boolean>;

export const never: MayReplace = async () => false;

/** `/srv/uploads.before-restore-20261127T140300Z`, or with a number appended if that exists. */
export async function keptPath(path: string, iso: string): Promise<string> {
  const first = `${path}.before-restore-${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? first : `${first}-${n}`;
    if (!(await lstat(name).catch(() => null))) return name;
  }
}

/** Makes a rename as durable as the file itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder of the backup, its destination, and where the current contents are kept. */
export interface Swap {
  name: string;
  path: string;
  /** Null: nothing is there. */
  kept: string | null;
}

/** Throws `WRONG_TARGET`, or `TARGET_NOT_EMPTY` unless folders of the same names may be replaced. */
export async function checkFolders(
  folder: string,
  names: readonly string[],
  iso: string,
  { mayReplace, signal }: { mayReplace: MayReplace; signal: AbortSignal },
): Promise<Swap[]> {
  const root = await stat(resolve(folder)).catch(() => null);
  if (root && !root.isDirectory()) throw new BackupFailure('WRONG_TARGET', 'the target is not a folder');
  const swaps: Swap[] = [];
  const words: string[] = [];
  for (const name of names) {
    const path = join(resolve(folder), name);
    const there = await lstat(path).catch(() => null);
    if (there && !there.isDirectory())
      throw new BackupFailure('WRONG_TARGET', `a file or a link is where the folder ${name} of the backup belongs`);
    const { files, bytes, entries } = there ? await sizeOf(path, signal) : { files: 0, bytes: 0, entries: 0 };
    const kept = entries > 0 ? await keptPath(path, iso) : null;
    swaps.push({ name, path, kept });
    if (kept !== null) words.push(replaced(`${path} (${files} files, ${readableBytes(bytes)})`, kept));
  }
  if (words.length > 0) await mayReplaceOr(words.join('; '), mayReplace);
  return swaps;
}

export const replaced = (what: string, kept: string): string => `${what} is replaced, and kept as ${kept}`;

/** Throws `TARGET_NOT_EMPTY`. */
export async function mayReplaceOr(what: string, mayReplace: MayReplace): Promise<void> {
  if (await mayReplace(what)) return;
  const message = `there is something at the target already. With --yes, ${what}. Or name another target`;
  throw new BackupFailure('TARGET_NOT_EMPTY', message);
}

async function sizeOf(root: string, signal: AbortSignal): Promise<{ files: number; bytes: number; entries: number }> {
  const entries = (await readdir(root)).length;
  return { ...(await measure(await realpath(root), { except: new Set(), signal })), entries };
}

/** Moves the folders below `from` into place and the previous ones aside. If that fails, the previous folder stays. */
export async function swapFolders(from: string, swaps: readonly Swap[]): Promise<void> {
  for (const { name, path, kept } of swaps) {
    try {
      if (kept !== null) await rename(path, kept);
      await rename(join(from, name), path).catch(async (error: unknown) => {
        if (kept !== null) await rename(kept, path);
        throw error;
      });
    } catch (error) {
      const message = `${path} cannot be replaced${systemCode(error)}: restore into another folder and move it by hand`;
      throw new BackupFailure('WRONG_TARGET', message, error);
    }
  }
}

export class FilePlacer {
  files = 0;
  readonly #root: string;
  readonly #signal: AbortSignal;
  readonly #known = new Set<string>();

  /** `folder` need not exist. */
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
      // As text, because Node takes a negative number for the time of now.
      await utimes(partial, String(mtime), String(mtime));
      if ((await lstat(path).catch(() => null))?.isDirectory())
        throw new BackupFailure('WRONG_TARGET', 'a folder is in the place of a file of the backup');
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Creates folders one by one, since a link on the way could lead out of the target. */
  async #folder(path: string): Promise<void> {
    if (this.#known.has(path)) return;
    if (path !== this.#root) await this.#folder(dirname(path));
    await mkdir(path, { recursive: path === this.#root }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    if (path !== this.#root && !(await lstat(path)).isDirectory())
      throw new BackupFailure('WRONG_TARGET', 'a file or a link is in the place of a folder of the backup');
    this.#known.add(path);
  }
}
