// The open database file: checks that it is still the one at its path, that the disk has space, and that nothing is damaged.
import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { StorageReason } from '@phraseworks/sdk';
import { type Kysely, sql } from 'kysely';
import { type DatabaseFile, unavailable } from '../dialect.ts';
import type { Database } from '../schema.ts';

/** Bytes: after a full disk, jobs are accepted again once this much is free. */
const ROOM = 1_048_576;

interface Place {
  dev: number;
  ino: number;
}

const placeOf = (path: string): Place | undefined => statSync(path, { throwIfNoEntry: false });

const MISSING =
  'its file was deleted or moved while it was open. Nothing is stored until that file is back; to use a different one, restart this process';
const REPLACED =
  'its file was replaced by another one while it was open. Nothing is stored; to use the new file, restart this process';
const LOG_GONE =
  'its write-ahead log (the file that ends with -wal) was deleted or replaced. Nothing is stored; stop this process with SIGTERM, which writes pending data into the database file, then start it again';

/** Whether the file is still the one at its path; the two file system calls take 5 us together. */
export class FileWatch {
  readonly path: string;
  readonly #own: Place | undefined;
  #log: Place | undefined;

  /** Create it after the file was opened. */
  constructor(path: string) {
    // The working directory may change.
    this.path = resolve(path);
    this.#own = placeOf(this.path);
  }

  /** Throws `UNAVAILABLE` if writes would go into a file that is no longer at its path. */
  check(): void {
    const now = placeOf(this.path);
    if (!now) throw refusal('file_missing', MISSING);
    if (now.ino !== this.#own?.ino || now.dev !== this.#own.dev) throw refusal('file_replaced', REPLACED);
    const log = placeOf(`${this.path}-wal`);
    this.#log ??= log;
    if (this.#log && (log?.ino !== this.#log.ino || log.dev !== this.#log.dev))
      throw refusal('file_replaced', LOG_GONE);
  }
}

const refusal = (reason: StorageReason, words: string): Error =>
  unavailable(words, Object.assign(new Error(reason), { reason }));

export function databaseFile(watch: FileWatch, reader: Kysely<Database>): DatabaseFile {
  return {
    check: () => watch.check(),
    hasRoom: async () => {
      const { bsize, bavail, bfree } = await statfs(dirname(watch.path));
      return (process.getuid?.() === 0 ? bfree : bavail) * bsize >= ROOM;
    },
    damage: async (most) => {
      const { rows } = await sql<{ quick_check: string }>`pragma quick_check(${sql.lit(most)})`.execute(reader);
      return rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
    },
  };
}
