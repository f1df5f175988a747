// The names of archives, with time and id, and which names of entries are safe.
import { sep } from 'node:path';

const SHAPE = /^backup-(\d{8}T\d{6}Z)-([0-9a-f]{10})\.tar\.gz(\.age)?$/;

export interface ArchiveName {
  id: string;
  encrypted: boolean;
}

/** `backup-20261125T010000Z-1f0c9a7b3e.tar.gz`, with `.age` when it is encrypted. `at`: ISO 8601 in UTC. */
export function archiveName(id: string, at: string, encrypted: boolean): string {
  const time = `${at.slice(0, 19).replace(/[-:]/g, '')}Z`;
  return `backup-${time}-${id}.tar.gz${encrypted ? '.age' : ''}`;
}

/** Null for any other name. */
export function readArchiveName(name: string): ArchiveName | null {
  const found = SHAPE.exec(name);
  return found?.[2] ? { id: found[2], encrypted: found[3] !== undefined } : null;
}

export const isBackupId = (text: string): boolean => /^[0-9a-f]{10}$/.test(text);

/** Where a backslash parts folders and a colon names a drive, neither may be in a name. */
const IS_WINDOWS = sep === '\\';

/** Why an entry's name is unsafe to write below a folder; null if it is safe. */
export function entryProblem(name: string): string | null {
  if (name === '' || name.length > 4_096) return 'is empty or too long';
  if (name.startsWith('/') || (IS_WINDOWS && /^[A-Za-z]:/.test(name))) return 'is absolute';
  if (name.includes('\0') || (IS_WINDOWS && /[\p{Cc}\\:]/u.test(name)))
    return 'has a character that is not allowed here';
  if (name.split('/').some((part) => part === '..' || part === '.')) return 'has a part that leads elsewhere';
  return null;
}
