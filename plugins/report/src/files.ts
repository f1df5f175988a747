// The files of reports, in the storage target `reports`.
import { buffer } from 'node:stream/consumers';
import { type FileStore, isStorageError } from '@phraseworks/sdk';
import type { Format } from './data.ts';
import { ReportFailure } from './data.ts';

export const EXTENSION: Record<Format | 'model', string> = {
  html: 'html',
  text: 'txt',
  csv: 'csv',
  model: 'json',
};

/** A single dot and no slash, so that a name stays in its folder. */
const NAME = /^[a-z0-9_-]{1,120}\.(?:html|txt|csv|json)$/;

/** `weekly_analytics-2026-11-16-5f0c2a9d41be`: type, first day, end of the job's id. */
export const stemOf = (type: string, day: string, jobId: string): string =>
  `${type}-${day}-${jobId
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-12)}`;

/** For files of a few hundred kB, read and written in a job or a request. */
const LIMIT = 60_000;
const within = (): AbortSignal => AbortSignal.timeout(LIMIT);

export class Files {
  readonly #store: FileStore;

  constructor(store: FileStore) {
    this.#store = store;
  }

  /** Writes a file completely or not at all. Throws `FOLDER_UNUSABLE`. */
  async write(name: string, content: string): Promise<number> {
    const body = Buffer.from(content);
    try {
      await this.#store.put(keyOf(name), body, { bytes: body.byteLength, signal: within() });
    } catch (error) {
      if (!isStorageError(error)) throw error;
      throw new ReportFailure('FOLDER_UNUSABLE', `${error.message} (storage target reports)`);
    }
    return body.byteLength;
  }

  /** Null if it does not exist or is not a regular file. */
  async read(name: string): Promise<Buffer | null> {
    const stream = await this.#store.get(keyOf(name), within()).catch(() => null);
    return stream && buffer(stream);
  }

  /** Removes a file, if it exists; false if that fails. */
  async remove(name: string): Promise<boolean> {
    if (!NAME.test(name)) return true;
    return this.#store.remove(name, within()).then(
      () => true,
      () => false,
    );
  }
}

function keyOf(name: string): string {
  if (!NAME.test(name)) throw new Error('not the name of a report');
  return name;
}
