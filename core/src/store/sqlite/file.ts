// The file that the connections of this process hold open: is it still the one at its path? Two looks at the file system take 5 us together.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { JobsError, type StorageReason } from '@phraseworks/sdk';

interface Place {
  dev: number;
  ino: number;
}

const placeOf = (path: string): Place | undefined => statSync(path, { throwIfNoEntry: false });

const MISSING =
  'its file was deleted or moved while it was open. Nothing is stored until that file is back; restart this process to begin with another one';
const REPLACED =
  'another file has taken the place of its file while it was open. Nothing is stored; restart this process to work with the new one';
const LOG_GONE =
  'its write-ahead log (the file that ends with -wal) was deleted or replaced. Nothing is stored; stop this process with SIGTERM, which writes what it still holds into the database file, then start it again';

export class DatabaseFile {
  readonly #path: string;
  readonly #own: Place | undefined;
  #log: Place | undefined;

  /** To be made after the file was opened. */
  constructor(path: string) {
    // The working directory may change.
    this.#path = resolve(path);
    this.#own = placeOf(this.#path);
  }

  /** Throws `UNAVAILABLE` when writes would go into a file that is no longer at its path. */
  check(): void {
    const now = placeOf(this.#path);
    if (!now) throw refusal('file_missing', MISSING);
    if (now.ino !== this.#own?.ino || now.dev !== this.#own.dev) throw refusal('file_replaced', REPLACED);
    const log = placeOf(`${this.#path}-wal`);
    this.#log ??= log;
    if (this.#log && (log?.ino !== this.#log.ino || log.dev !== this.#log.dev))
      throw refusal('file_replaced', LOG_GONE);
  }
}

function refusal(reason: StorageReason, words: string): JobsError {
  const cause = Object.assign(new Error(reason), { reason });
  return new JobsError('UNAVAILABLE', `The database is not available: ${words}.`, { retryAfter: 5, cause });
}
