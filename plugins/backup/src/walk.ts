// Walks the files and folders below a folder in a fixed order. Links are not followed; whatever is skipped is reported with the reason.

import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@phraseworks/sdk';
import { BackupFailure } from './failure.ts';
import { entryProblem } from './names.ts';

export interface Found {
  /** From the root, with slashes. */
  path: string;
  absolute: string;
  type: 'file' | 'folder';
}

export interface WalkOptions {
  /** Real paths that are skipped silently: our own archives and the databases, which are backed up separately. */
  except: ReadonlySet<string>;
  signal: AbortSignal;
  /** Called for each skipped path with the reason; the empty path is the folder itself. */
  missing(path: string, why: string): void;
}

/** Throws `SOURCE_UNREADABLE` when the root itself cannot be read. */
export async function realRoot(name: string, root: string): Promise<string> {
  try {
    const real = await realpath(root);
    if ((await lstat(real)).isDirectory()) return real;
  } catch (error) {
    throw new BackupFailure(
      'SOURCE_UNREADABLE',
      `the folder files.${name} of the config cannot be read${systemCode(error)}`,
      error,
    );
  }
  throw new BackupFailure('SOURCE_UNREADABLE', `files.${name} in the config is not a folder`);
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** `root` is a real path. */
export async function* walk(root: string, options: WalkOptions, under = ''): AsyncGenerator<Found> {
  const { except, signal, missing } = options;
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, under), { withFileTypes: true });
  } catch (error) {
    return missing(under, `cannot be read${systemCode(error)}`);
  }
  for (const entry of entries.sort(byName)) {
    signal.throwIfAborted();
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    const absolute = join(root, path);
    if (except.has(absolute)) continue;
    const problem = entryProblem(path);
    if (problem) missing(path, `has a name that ${problem}`);
    else if (entry.isSymbolicLink()) missing(path, 'is a link, which is not followed');
    else if (entry.isFile()) yield { path, absolute, type: 'file' };
    else if (entry.isDirectory()) {
      yield { path, absolute, type: 'folder' };
      yield* walk(root, options, path);
    } else missing(path, 'is neither a file nor a folder');
  }
}

/** Files and their bytes, for the free space and the progress. */
export async function measure(
  root: string,
  options: Omit<WalkOptions, 'missing'>,
): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for await (const { type, absolute } of walk(root, { ...options, missing: () => {} })) {
    if (type !== 'file') continue;
    files += 1;
    bytes += await lstat(absolute).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return { files, bytes };
}
