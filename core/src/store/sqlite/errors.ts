// Explains SQLite errors about the state of the database in our words; passes on errors caused by our own mistakes.
import type { StorageReason } from '@phraseworks/sdk';
import { unavailable } from '../dialect.ts';

const BUSY =
  'another connection has been writing to the database for too long. Inside a transaction of yours, pass it to addJob() as { trx }';

/** By the first part of SQLite's code: `SQLITE_IOERR_WRITE` is `SQLITE_IOERR`. */
const WORDS: Readonly<Record<string, string>> = {
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: BUSY,
  SQLITE_FULL: 'the disk is full: nothing was stored',
  SQLITE_READONLY: 'the database file is read-only',
  SQLITE_IOERR: 'the disk reported an error',
  SQLITE_CANTOPEN: 'the database file cannot be opened',
  SQLITE_CORRUPT: 'the database file is damaged: restore a backup',
  SQLITE_NOTADB: 'the file is not a SQLite database',
  SQLITE_NOMEM: 'out of memory',
};

/** Messages of better-sqlite3 and Kysely. */
const CLOSED = /database connection is not open|driver has already been destroyed/;

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

export const isBusy = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_BUSY');

/** The meaning of an SQLite error in our words; undefined if it does not concern the database's state. */
export function wordsFor(error: unknown): string | undefined {
  const family = /^SQLITE_[A-Z]+/.exec(codeOf(error))?.[0] ?? '';
  if (Object.hasOwn(WORDS, family)) return WORDS[family];
  return error instanceof Error && CLOSED.test(error.message) ? 'it was closed' : undefined;
}

const REASONS: Readonly<Record<string, StorageReason>> = {
  SQLITE_FULL: 'disk_full',
  SQLITE_READONLY: 'read_only',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
};

/** The reason why nothing can be stored, from an error of a write. */
export function reasonFor(error: unknown): StorageReason {
  const cause = (error as { cause?: unknown } | null)?.cause;
  const known = (cause as { reason?: StorageReason } | null | undefined)?.reason;
  if (known) return known;
  const family = /^SQLITE_[A-Z]+/.exec(codeOf(cause) || codeOf(error))?.[0] ?? '';
  return REASONS[family] ?? 'no_answer';
}

/** `UNAVAILABLE` if SQLite cannot work now; returns other errors unchanged. */
export function inOurWords(error: unknown): unknown {
  const words = wordsFor(error);
  return words === undefined ? error : unavailable(words, error);
}
