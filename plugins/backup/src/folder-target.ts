// Archives in a folder of this machine: moved in by one rename, when every byte is on the disk.
import { createReadStream, type Dirent } from 'node:fs';
import { constants, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { BackupFailure, codeOf, inBrackets, writeFailure } from './failure.ts';
import { readArchiveName } from './names.ts';
import type { Target } from './target.ts';

/** Makes a rename as durable as the file itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function folderTarget(folder: string): Target {
  const root = resolve(folder);
  const missing = (cause?: unknown) =>
    new BackupFailure('BACKUP_NOT_FOUND', 'the archive is not in the folder any more', cause);
  return {
    // As much as its column holds.
    name: root.slice(-300),
    isRemote: false,
    // The same file is moved there that was read before.
    unread: null,
    async store(path, file, { progress }) {
      try {
        await rename(path, join(root, file));
        await syncFolder(root);
      } catch (error) {
        throw writeFailure(error);
      }
      progress(1);
    },
    async list() {
      const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      });
      const archives = entries.filter((entry) => entry.isFile() && readArchiveName(entry.name) !== null);
      const sized = archives.map(async ({ name }) => ({ file: name, bytes: (await stat(join(root, name))).size }));
      return Promise.all(sized);
    },
    async open(file) {
      if (readArchiveName(file) === null) throw missing();
      try {
        const handle = await open(join(root, file), constants.O_RDONLY | constants.O_NOFOLLOW);
        return handle.createReadStream({ highWaterMark: 262_144 });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') throw missing(error);
        const message = `the archive cannot be read${inBrackets(error)}: give this process the right to`;
        throw new BackupFailure('SOURCE_UNREADABLE', message, error);
      }
    },
    async remove(file) {
      if (readArchiveName(file) === null) throw missing();
      const path = join(root, file);
      if ((await lstat(path).catch(() => null))?.isFile()) await rm(path);
    },
    async giveUp() {},
  };
}

/** One archive in a file of any name, to be read only. */
export function fileTarget(path: string): Target {
  const file = basename(path);
  const refuse = async (): Promise<never> => {
    throw new BackupFailure('TARGET_NOT_WRITABLE', 'a single file takes no archives');
  };
  return {
    ...{ name: resolve(path).slice(-300), isRemote: false, unread: null },
    list: async () => [{ file, bytes: (await stat(path)).size }],
    open: async () => createReadStream(path, { highWaterMark: 262_144 }),
    ...{ store: refuse, remove: refuse, giveUp: refuse },
  };
}
