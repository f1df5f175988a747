// Walks a root: streams entries, follows no links, stays on one file system, and can be aborted.
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import type { Folder } from '@phraseworks/sdk/folder';
import { reasonOf } from './failure.ts';

export interface Walk {
  /** Whether the path is wanted; asked before the file is read. */
  wants(path: string): boolean;
  links: boolean;
  signal: AbortSignal;
  /** Called for each path that could not be read. */
  problem(path: string, reason: string): void;
}

export interface FoundFile {
  path: string;
  facts: BigIntStats;
}

/** The deepest level, since each level keeps a folder open. */
const DEEPEST = 64;
/** How many entries, and how many file details, are requested from the system at once. */
const ENTRIES = 256;
const AT_ONCE = 16;

/** Files below `folder`, folder by folder; `prefix` is its path from the root, with a slash at its end. */
export async function* walk(folder: Folder, how: Walk, prefix = '', depth = 0): AsyncGenerator<FoundFile> {
  const folders: string[] = [];
  let names: string[] = [];
  for await (const entry of await opendir(folder.path, { bufferSize: ENTRIES })) {
    how.signal.throwIfAborted();
    if (entry.isDirectory()) folders.push(entry.name);
    else if (isCandidate(entry, how, prefix)) names.push(entry.name);
    if (names.length < AT_ONCE) continue;
    yield* factsOf(folder, names, how, prefix);
    names = [];
  }
  yield* factsOf(folder, names, how, prefix);
  for (const name of folders) {
    how.signal.throwIfAborted();
    const child = depth < DEEPEST ? await enter(folder, name, how, prefix) : tooDeep(name, how, prefix);
    if (!child) continue;
    try {
      yield* walk(child, how, `${prefix}${name}/`, depth + 1);
    } catch (error) {
      if (how.signal.aborted) throw error;
      how.problem(`${prefix}${name}`, reasonOf(error));
    } finally {
      await child.close();
    }
  }
}

const isCandidate = (entry: Dirent, { links, wants }: Walk, prefix: string): boolean =>
  (entry.isFile() || (links && entry.isSymbolicLink())) && wants(prefix + entry.name);

async function* factsOf(
  folder: Folder,
  names: readonly string[],
  { signal, problem }: Walk,
  prefix: string,
): AsyncGenerator<FoundFile> {
  signal.throwIfAborted();
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        return { path: prefix + name, facts: await lstat(folder.at(name), { bigint: true }) };
      } catch (error) {
        const reason = reasonOf(error);
        // It is already gone, or its name is not valid UTF-8 and cannot be opened.
        if (reason !== 'ENOENT' || name.includes('\ufffd')) problem(prefix + name, reason);
        return null;
      }
    }),
  );
  for (const file of found) if (file) yield file;
}

/** Null if it cannot be opened, or is on another file system: a mount inside a root is not part of it. */
async function enter(folder: Folder, name: string, { problem }: Walk, prefix: string): Promise<Folder | null> {
  let child: Folder;
  try {
    child = await folder.child(name);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason !== 'ENOENT') problem(prefix + name, reason);
    return null;
  }
  if (child.device === folder.device) return child;
  await child.close();
  return null;
}

function tooDeep(name: string, { problem }: Walk, prefix: string): null {
  problem(prefix + name, 'TOO_DEEP');
  return null;
}
