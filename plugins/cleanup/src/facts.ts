// File facts, and whether a file is still the same.
import type { BigIntStats } from 'node:fs';

/** Identifies a file and its content by size, modification time, inode and device. */
export const markOf = ({ size, mtimeNs, ino, dev }: BigIntStats): string => `${size}:${mtimeNs}:${ino}:${dev}`;

/** A file, or a link where links may go. */
export const isRemovable = (facts: BigIntStats, links: boolean): boolean =>
  facts.isFile() || (links && facts.isSymbolicLink());

export const changedAt = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs / 1_000_000n);
