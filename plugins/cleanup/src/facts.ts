// What is known of a file before it goes, and whether it is still the same file.
import type { BigIntStats } from 'node:fs';

/** Size, time of the last change, inode and file system: another file, or one that was written to, has another mark. */
export const markOf = ({ size, mtimeNs, ino, dev }: BigIntStats): string => `${size}:${mtimeNs}:${ino}:${dev}`;

/** A file, or a link where links may go. */
export const isRemovable = (facts: BigIntStats, links: boolean): boolean =>
  facts.isFile() || (links && facts.isSymbolicLink());

export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs / 1_000_000n);
