// The room on the disk, before anything is written.

import { statfs } from 'node:fs/promises';
import { readableBytes } from '@phraseworks/sdk';
import { BackupFailure } from './failure.ts';

/** At its peak a backup needs room for the copied databases and the archive, or for the archive and its restored copy. */
export const neededBytes = (databases: number, files: number): number => 2 * databases + files;

/** Bytes that may be written at `folder`. */
export async function roomAt(folder: string, minFree: number): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.max(0, bavail * bsize - minFree);
}

/** Throws `NO_SPACE` with both figures when less than `needed + minFree` bytes are free at `folder`. */
export async function checkSpace(folder: string, needed: number, minFree: number): Promise<void> {
  const free = await roomAt(folder, 0);
  if (free >= needed + minFree) return;
  const message = `the backup may need ${readableBytes(needed)}, and ${readableBytes(minFree)} are to stay free, but the disk of the configured folder has ${readableBytes(free)}`;
  throw new BackupFailure('NO_SPACE', message);
}
