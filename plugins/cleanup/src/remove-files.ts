// Removes files of a root one by one, after checking each again in its open folder.
import type { BigIntStats } from 'node:fs';
import { lstat, unlink } from 'node:fs/promises';
import { type Folder, isPlainName } from '@phraseworks/sdk/folder';
import { reasonOf } from './failure.ts';
import { mayGo, type OpenRoot, type Root } from './root.ts';
import { type CleanupItem, type CleanupLeft, STOPPED } from './source.ts';

/** Identifies a file and its content by size, modification time, inode and device. */
export const markOf = ({ size, mtimeNs, ino, dev }: BigIntStats): string => `${size}:${mtimeNs}:${ino}:${dev}`;

/** A file, or a link if links may be removed. */
export const isRemovable = (facts: BigIntStats, links: boolean): boolean =>
  facts.isFile() || (links && facts.isSymbolicLink());

export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs / 1_000_000n);

const AT_ONCE = 16;

/** `items`: their ids are paths from the root. Stops at once when the signal fires; the rest is left as `stopped`. */
export async function removeFiles(
  root: Root,
  opened: OpenRoot,
  items: readonly CleanupItem[],
  signal: AbortSignal,
): Promise<CleanupLeft[]> {
  const left: CleanupLeft[] = [];
  for (const [place, group] of byFolder(items, left)) {
    const chain = signal.aborted
      ? STOPPED
      : await openChain(opened.folder, place).catch((error: unknown) => reasonOf(error));
    if (typeof chain === 'string') {
      const reason = chain === 'ENOENT' ? 'gone' : chain === 'ELOOP' || chain === 'ENOTDIR' ? 'changed' : chain;
      left.push(...group.map(({ item }) => ({ id: item.id, reason })));
      continue;
    }
    try {
      for (let from = 0; from < group.length; from += AT_ONCE) {
        const part = group.slice(from, from + AT_ONCE);
        const reasons = await Promise.all(
          part.map(({ item, name }) => {
            if (signal.aborted) return STOPPED;
            return mayGo(root, opened, item.id) ? removeOne(chain.last, name, item, root.links) : 'changed';
          }),
        );
        for (const [index, reason] of reasons.entries())
          if (reason !== null) left.push({ id: (part[index] as Placed).item.id, reason });
      }
    } finally {
      await chain.close();
    }
  }
  return left;
}

interface Placed {
  item: CleanupItem;
  name: string;
}

/** Groups items by folder, in order. Skips paths that do not lead down from the root, since a stored list may contain anything. */
function byFolder(items: readonly CleanupItem[], left: CleanupLeft[]): Map<string, Placed[]> {
  const groups = new Map<string, Placed[]>();
  for (const item of items) {
    const parts = item.id.split('/');
    const name = parts.pop() ?? '';
    if (![...parts, name].every(isPlainName)) {
      left.push({ id: item.id, reason: 'OUTSIDE_ROOT' });
      continue;
    }
    const place = parts.join('/');
    const group = groups.get(place) ?? [];
    group.push({ item, name });
    groups.set(place, group);
  }
  return groups;
}

/** Opens the folder step by step, each from its parent and none through a link. */
async function openChain(root: Folder, place: string): Promise<{ last: Folder; close(): Promise<void> }> {
  let last = root;
  for (const name of place === '' ? [] : place.split('/')) {
    const before = last;
    try {
      last = await before.child(name);
      if (last.device !== root.device) {
        await last.close();
        throw Object.assign(new Error('another file system'), { code: 'EXDEV' });
      }
    } finally {
      if (before !== root) await before.close();
    }
  }
  return { last, close: async () => (last === root ? undefined : last.close()) };
}

/** Null if it was removed, otherwise the reason. */
async function removeOne(folder: Folder, name: string, item: CleanupItem, links: boolean): Promise<string | null> {
  try {
    const path = folder.at(name);
    const facts: BigIntStats = await lstat(path, { bigint: true });
    if (!isRemovable(facts, links) || changedAt(facts) !== item.at || markOf(facts) !== item.mark) return 'changed';
    await unlink(path);
    return null;
  } catch (error) {
    const reason = reasonOf(error);
    return reason === 'ENOENT' ? 'gone' : reason;
  }
}
