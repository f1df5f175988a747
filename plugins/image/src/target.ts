// Stores finished pictures in the storage target `files`. Each is written completely or not at all, and never replaces a file that is not ours.
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type FileStore,
  isStorageError,
  type PluginClock,
  type RunningJob,
  type StorageErrorCode,
} from '@phraseworks/sdk';
import type { Limits } from './config.ts';
import { type FailureCode, ImageFailure } from './failure.ts';
import { contentType } from './formats.ts';
import { plainKey } from './output-path.ts';
import type { Outputs } from './outputs.ts';
import type { OutputRow } from './tables.ts';

/** Marks keys of a bucket in the table, which also has the files of a folder. */
export const BUCKET_MARK = 's3:';
const MAX_RECEIPT = 180;

/** A finished file, and its row for the table. */
export interface ReadyFile {
  outputPath: string;
  bytes: Uint8Array;
  facts: Omit<OutputRow, 'path'>;
}

/** A file whose path this job holds, with the row that the claim replaced. */
interface Claimed {
  key: string;
  file: ReadyFile;
  row: OutputRow;
  held: OutputRow | undefined;
}

/** What may be replaced. */
export interface Terms {
  /** What another job of this plugin made. */
  overwrite: boolean;
  /** The real path of the source itself. */
  original: string | null;
}

export interface TargetTools {
  files: FileStore;
  outputs: Outputs;
  clock: PluginClock;
}

/** Receipt names must be shorter than paths can be. */
const receiptOf = (key: string) =>
  `s3/${key.length <= MAX_RECEIPT ? key : createHash('sha256').update(key).digest('hex')}`;

const CODES: Record<StorageErrorCode, FailureCode> = {
  REFUSED: 'TARGET_REFUSED',
  UNAVAILABLE: 'TARGET_UNAVAILABLE',
  CHANGED: 'TARGET_UNAVAILABLE',
  MISSING_LIBRARY: 'LIBRARY_MISSING',
  NOT_WRITABLE: 'ROOT_NOT_WRITABLE',
  FULL: 'NO_SPACE',
  OUTSIDE: 'OUTSIDE_ROOT',
};

export class Target {
  readonly #time: number;
  readonly #tools: TargetTools;
  readonly #mark: string;

  constructor({ time }: Pick<Limits, 'time'>, tools: TargetTools) {
    this.#time = time;
    this.#tools = tools;
    this.#mark = tools.files.isRemote ? BUCKET_MARK : '';
  }

  /** Throws `ImageFailure` if the path is taken already. A first check only: `keep` checks again. */
  async check(outputPath: string, terms: Terms, job: RunningJob): Promise<void> {
    const { outputs } = this.#tools;
    const key = plainKey(outputPath);
    const claim = { path: this.#mark + key, jobId: job.id };
    await outputs.check({ ...claim, ...(await this.#termsOf(key, terms, job)) });
  }

  /**
   * Claims the paths of all files or of none, then stores the files. If one fails, the new files before it are removed again, except from
   * a bucket, where the retry continues.
   */
  async keep(files: readonly ReadyFile[], terms: Terms, job: RunningJob): Promise<void> {
    const { outputs, files: store } = this.#tools;
    const claimed: Claimed[] = [];
    const stored = new Set<Claimed>();
    try {
      for (const file of files) {
        const key = plainKey(file.outputPath);
        const row = { ...file.facts, path: this.#mark + key };
        claimed.push({ key, file, row, held: await outputs.claim(row, await this.#termsOf(key, terms, job)) });
      }
      for (const one of claimed) {
        const { key, file } = one;
        const put = () => this.#put(key, file, job);
        // Uploads cost time and money, so a retry of the job does not repeat them.
        await (store.isRemote ? job.once(receiptOf(key), put) : put());
        stored.add(one);
      }
    } catch (error) {
      // What failed first is the reason to report.
      for (const one of claimed) await this.#takeBack(one, stored.has(one)).catch(() => {});
      throw error;
    }
  }

  /**
   * Releases a claim. A stored file stays if it is in a bucket, has replaced another, or cannot be removed; so does a claim whose object may
   * be in the bucket although the answer was lost: the retry of the job writes it again.
   */
  async #takeBack({ key, row, held }: Claimed, isStored: boolean): Promise<void> {
    const { outputs, files } = this.#tools;
    const now = await outputs.find(row.path);
    const isOurs = now !== undefined && now.job_id === row.job_id && now.made_at === row.made_at;
    // Otherwise this attempt lost its lease, and a later attempt of the job has claimed the path.
    if (!isOurs) return;
    if (isStored) {
      if (files.isRemote || held !== undefined) return;
      const removing = this.#ask(new AbortController().signal, (signal) => files.remove(key, signal));
      const isRemoved = await removing.then(
        () => true,
        () => false,
      );
      if (!isRemoved) return;
    } else if (files.isRemote && (await this.#mayExist(key))) return;
    await outputs.release(row, held);
  }

  async #mayExist(key: string): Promise<boolean> {
    const asking = this.#ask(new AbortController().signal, (signal) => this.#tools.files.size(key, signal));
    return asking.then(
      (size) => size !== null,
      () => true,
    );
  }

  async #put(key: string, { bytes, facts }: ReadyFile, job: RunningJob): Promise<{ bytes: number }> {
    const about = { bytes: bytes.byteLength, type: contentType(facts.format), isPublic: true };
    await this.#ask(job.signal, (signal) => this.#tools.files.put(key, bytes, { ...about, signal }));
    return { bytes: bytes.byteLength };
  }

  async #termsOf(key: string, { overwrite, original }: Terms, job: RunningJob) {
    const { files } = this.#tools;
    if (original !== null && (await realPathOf(files.folder, key)) === original)
      return { overwrite: true, exists: false };
    return { overwrite, exists: (await this.#ask(job.signal, (signal) => files.size(key, signal))) !== null };
  }

  /** Aborts requests that take longer than `limits.time`. */
  async #ask<T>(outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const stop = this.#tools.clock.after(this.#time, () =>
      late.abort(new ImageFailure('TARGET_UNAVAILABLE', `the storage target files took longer than ${this.#time} ms`)),
    );
    try {
      return await work(AbortSignal.any([outer, late.signal]));
    } catch (error) {
      if (!isStorageError(error)) throw error;
      throw new ImageFailure(CODES[error.code], `${error.message} (storage target files)`, { cause: error });
    } finally {
      stop();
    }
  }
}

/** The path of the key with links in its folders resolved; null if they do not exist. */
const realPathOf = (folder: string, key: string): Promise<string | null> =>
  realpath(join(folder, dirname(key))).then(
    (real) => join(real, basename(key)),
    () => null,
  );
