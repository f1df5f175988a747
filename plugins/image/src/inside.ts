// Files inside a folder, and nowhere else: links are followed first, then the place is compared.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Is `file` below `folder`? Both as real paths. */
function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The real path of `path` (relative paths count from `folder`), or null when it is missing or outside. */
export async function insidePath(folder: string, path: string): Promise<string | null> {
  try {
    const [realFolder, realFile] = await Promise.all([realpath(folder), realpath(resolve(folder, path))]);
    return isInside(realFolder, realFile) ? realFile : null;
  } catch {
    return null;
  }
}

/** Opens a regular file for reading; null for anything else, including a link that took its place. The caller closes it. */
export async function openRegular(file: string): Promise<{ handle: FileHandle; size: number } | null> {
  let handle: FileHandle | undefined;
  try {
    // Non-blocking: opening a named pipe would wait for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, size: stat.size };
  } catch {
    // Missing, a link, or not readable: no file for us.
  }
  await handle?.close();
  return null;
}
