// A folder as a target: files appear whole, under their own names, and never outside the folder.
import { randomUUID } from 'node:crypto';
import { createReadStream, constants as flags } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import {
  checkFileKey,
  type FileBody,
  type FileStore,
  isFileKey,
  type PutOptions,
  StorageError,
  type StoredFile,
  systemCode,
} from '@phraseworks/sdk';

/** Files that are being written. */
const UNFINISHED = '.parts';
/** Milliseconds after which the unfinished file of a killed process is removed. */
const FORGOTTEN = 86_400_000;
const CHUNK = 262_144;
/** Opening a named pipe would block until a writer opens it. */
const READ = flags.O_RDONLY | flags.O_NOFOLLOW | flags.O_NONBLOCK;

export class Folder implements FileStore {
  readonly name: string;
  readonly isRemote = false;
  readonly folder: string;
  readonly #now: () => number;
  #swept = false;

  constructor(folder: string, now: () => number) {
    this.folder = resolve(folder);
    this.name = this.folder;
    this.#now = now;
  }

  async put(key: string, body: FileBody, options: PutOptions): Promise<void> {
    checkFileKey(key);
    const { signal, bytes, isPublic = false, progress } = options;
    const folderMode = isPublic ? 0o777 : 0o700;
    const fileMode = isPublic ? 0o644 : 0o600;
    try {
      signal.throwIfAborted();
      await mkdir(this.folder, { recursive: true, mode: folderMode });
      const root = await realpath(this.folder);
      const target = join(await foldersBelow(root, dirname(key), folderMode), basename(key));
      const isFinished = 'path' in body;
      const source = isFinished ? body.path : await this.#write(root, body, bytes, signal);
      try {
        await using file = await open(source, 'r+');
        if ((await file.stat()).size !== bytes) throw changed();
        await file.chmod(fileMode);
        await file.sync();
        signal.throwIfAborted();
        if ((await lstat(target).catch(missing))?.isFile() === false) throw outside();
        await rename(source, target);
      } catch (error) {
        if (isFinished && (error as NodeJS.ErrnoException).code === 'EXDEV')
          return await this.put(key, createReadStream(source, { highWaterMark: CHUNK }), options);
        if (!isFinished) await rm(source, { force: true });
        throw error;
      }
      await sync(dirname(target));
    } catch (error) {
      throw signal.aborted ? signal.reason : refusal(error);
    }
    progress?.(bytes);
  }

  async get(key: string): Promise<Readable | null> {
    return (await this.#open(key))?.createReadStream({ highWaterMark: CHUNK }) ?? null;
  }

  async size(key: string): Promise<number | null> {
    const path = await this.#pathOf(key);
    const facts = path === null ? null : await lstat(path).catch(missing).catch(unreadable);
    return facts?.isFile() ? facts.size : null;
  }

  async *list(): AsyncGenerator<StoredFile> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(missing).catch(unreadable);
    for (const entry of entries ?? []) {
      const facts = entry.isFile() && isFileKey(entry.name) ? await this.size(entry.name) : null;
      if (facts !== null) yield { key: entry.name, bytes: facts };
    }
  }

  async remove(key: string): Promise<void> {
    const path = await this.#pathOf(key);
    try {
      if (path !== null && (await lstat(path).catch(missing))?.isFile()) await rm(path, { force: true });
    } catch (error) {
      throw refusal(error);
    }
  }

  async abandon(): Promise<void> {}

  async link(): Promise<null> {
    return null;
  }

  /** Null if the folders of the key do not exist, or lead out of the target or in circles. */
  async #pathOf(key: string): Promise<string | null> {
    checkFileKey(key);
    const path = join(this.folder, key);
    const [root, folder] = await Promise.all(
      [this.folder, dirname(path)].map((one) =>
        realpath(one)
          .catch((error) => (systemCode(error) === ' (ELOOP)' ? null : missing(error)))
          .catch(unreadable),
      ),
    );
    return root && folder && (root === folder || isInside(root, folder)) ? join(folder, basename(key)) : null;
  }

  async #open(key: string): Promise<FileHandle | null> {
    const path = await this.#pathOf(key);
    try {
      const file = path === null ? null : await open(path, READ).catch(missing);
      if (!file || (await file.stat()).isFile()) return file;
      await file.close();
      return null;
    } catch (error) {
      return unreadable(error);
    }
  }

  /** The path of the file, which is not yet in its place. */
  async #write(
    root: string,
    body: Exclude<FileBody, { path: string }>,
    bytes: number,
    signal: AbortSignal,
  ): Promise<string> {
    const folder = await foldersBelow(root, UNFINISHED, 0o700);
    await this.#sweep(folder);
    const path = join(folder, randomUUID());
    let left = bytes;
    try {
      await using file = await open(path, 'wx', 0o600);
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        signal.throwIfAborted();
        left -= chunk.length;
        if (left < 0) throw changed();
        await file.writeFile(chunk);
      }
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async #sweep(folder: string): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    for (const name of await readdir(folder)) {
      const facts = await stat(join(folder, name)).catch(missing);
      if (facts && facts.mtimeMs < this.#now() - FORGOTTEN) await rm(join(folder, name), { force: true });
    }
  }
}

const changed = () => new StorageError('CHANGED', 'the file changed while it was stored: its length differs');

/** Is `path` below `folder`? Both as real paths. */
function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Makes the folders of `path` below the real path `root`, one by one, since a link on the way could lead out. */
async function foldersBelow(root: string, path: string, mode: number): Promise<string> {
  let folder = root;
  for (const part of path === '.' ? [] : path.split('/')) {
    const next = join(folder, part);
    await mkdir(next, { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    folder = await realpath(next).catch((cause: unknown) => {
      throw outside(cause);
    });
    if (!isInside(root, folder) || !(await stat(folder)).isDirectory()) throw outside();
  }
  return folder;
}

/** A rename survives a power loss only if the folder is flushed, too; not every system can do that. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** For `catch`: what is not there, or no file, is null. */
function missing(error: NodeJS.ErrnoException): null {
  if (['ENOENT', 'ENOTDIR', 'ENXIO'].includes(error.code ?? '')) return null;
  throw error;
}

/** For `catch`; the system's own words would repeat the path. */
function unreadable(error: unknown): never {
  const code = systemCode(error);
  const help = [' (EACCES)', ' (EPERM)'].includes(code) ? ': give this process the right to' : '';
  throw new StorageError('UNAVAILABLE', `the folder or a file in it cannot be read${code}${help}`, error);
}

const outside = (cause?: unknown) =>
  new StorageError('OUTSIDE', 'a link, or something that is neither a file nor a folder, is in its place', cause);

const NOT_WRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'give this process the right to',
  EPERM: 'give this process the right to',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'it is not a folder',
  EXDEV: 'it must be one file system',
};

/** What a failed write means; the system's own words would repeat the path. */
function refusal(error: unknown): unknown {
  if (error instanceof StorageError) return error;
  const code = systemCode(error);
  const name = code.slice(2, -1);
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(name))
    return new StorageError('FULL', `the disk of the folder is full${code}`, error);
  const why = NOT_WRITABLE[name];
  return why === undefined
    ? error
    : new StorageError('NOT_WRITABLE', `the folder cannot be written to${code}: ${why}`, error);
}
