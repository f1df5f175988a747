// Walks the files and folders below a folder in a fixed order. Links are not followed; whatever is skipped is reported with the reason.

import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@phraseworks/sdk';
import { Folder } from '@phraseworks/sdk/folder';
import { BackupFailure, codeOf } from './failure.ts';
import { entryProblem } from './names.ts';

export interface Found {
  /** From the root, with slashes. */
  path: string;
  /** Where to read it, until the next step of the walk; not for people. */
  at: string;
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

const LINK = 'is a link, which is not followed';
/** How the system says that a folder has just been replaced by a link or a file. */
const REPLACED = new Set(['ELOOP', 'ENOTDIR']);

const whyUnread = (error: unknown): string =>
  REPLACED.has(codeOf(error) ?? '') ? LINK : `cannot be read${systemCode(error)}`;

/** `root` is a real path. Each folder is opened from its parent, so that nothing outside is read whatever happens to their paths. */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<Found> {
  yield* inside(() => Folder.open(root, root), root, '', options);
}

async function* inside(
  enter: () => Promise<Folder>,
  root: string,
  under: string,
  options: WalkOptions,
): AsyncGenerator<Found> {
  const { except, signal, missing } = options;
  let folder: Folder;
  try {
    folder = await enter();
  } catch (error) {
    return missing(under, whyUnread(error));
  }
  try {
    for (const entry of await entriesOf(folder, under, missing)) {
      signal.throwIfAborted();
      const { name } = entry;
      const path = under === '' ? name : `${under}/${name}`;
      if (except.has(join(root, path))) continue;
      const at = join(folder.path, name);
      const problem = entryProblem(path);
      if (problem) missing(path, `has a name that ${problem}`);
      else if (entry.isSymbolicLink()) missing(path, LINK);
      else if (entry.isFile()) yield { path, at, type: 'file' };
      else if (entry.isDirectory()) {
        yield { path, at, type: 'folder' };
        yield* inside(() => folder.child(name), root, path, options);
      } else missing(path, 'is neither a file nor a folder');
    }
  } finally {
    await folder.close();
  }
}

async function entriesOf(folder: Folder, under: string, missing: WalkOptions['missing']): Promise<Dirent[]> {
  try {
    return (await readdir(folder.path, { withFileTypes: true })).sort(byName);
  } catch (error) {
    missing(under, whyUnread(error));
    return [];
  }
}

/** Files and their bytes, for the free space and the progress. */
export async function measure(
  root: string,
  options: Omit<WalkOptions, 'missing'>,
): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for await (const { type, at } of walk(root, { ...options, missing: () => {} })) {
    if (type !== 'file') continue;
    files += 1;
    bytes += await lstat(at).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return { files, bytes };
}
