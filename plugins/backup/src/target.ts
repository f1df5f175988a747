// Where archives go: the storage target `backups`. Each is there whole or not at all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type FileStore, isStorageError, type Storage, type StorageErrorCode } from '@phraseworks/sdk';
import { BackupFailure, type FailureCode } from './failure.ts';
import { readArchiveName } from './names.ts';

export interface Stored {
  file: string;
  bytes: number;
}

export interface StoreOptions {
  sha256: string;
  bytes: number;
  signal: AbortSignal;
  /** 0 to 1. */
  progress(fraction: number): void;
  /** Receives the id of a multipart upload, so that the upload of a killed process can be aborted. */
  begun(upload: string): Promise<void>;
}

export interface Target {
  /** For people: the folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** Each reading of an archive goes over the network. */
  readonly isRemote: boolean;
  /** Stores the finished file at `path` as `file`, possibly moving it. */
  store(path: string, file: string, options: StoreOptions): Promise<void>;
  /** Archives only; in no order. */
  list(signal: AbortSignal): Promise<Stored[]>;
  /** Throws `BACKUP_NOT_FOUND`. */
  open(file: string, signal: AbortSignal): Promise<Readable>;
  remove(file: string, signal: AbortSignal): Promise<void>;
  /** Aborts an unfinished upload. */
  giveUp(file: string, upload: string, signal: AbortSignal): Promise<void>;
}

/** As much of a name as its column holds. */
const LONGEST = 300;

/** The target, and the folder that also holds the working folders. */
export function targetOf(storage: Storage): { target: Target; folder: string } {
  const files = storage.open('backups');
  return { target: archivesIn(files), folder: files.folder };
}

export function archivesIn(files: FileStore): Target {
  const translated = <T>(asked: Promise<T>): Promise<T> =>
    asked.catch((error: unknown) => {
      if (!isStorageError(error)) throw error;
      const code = !files.isRemote && error.code === 'UNAVAILABLE' ? 'SOURCE_UNREADABLE' : CODES[error.code];
      throw new BackupFailure(code, `${error.message} (storage target backups)`, error);
    });

  async function open(file: string, signal: AbortSignal): Promise<Readable> {
    const stream = readArchiveName(file) === null ? null : await translated(files.get(file, signal));
    if (stream === null) throw new BackupFailure('BACKUP_NOT_FOUND', `the archive is no longer in ${files.name}`);
    return stream;
  }

  async function checkSent(file: string, sha256: string, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of await open(file, signal)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === sha256) return;
    await translated(files.remove(file, signal));
    throw new BackupFailure(
      'VERIFICATION_FAILED',
      'the bucket returned different data than was sent, so the file was removed there',
    );
  }

  async function archives(signal: AbortSignal): Promise<Stored[]> {
    const found: Stored[] = [];
    for await (const { key, bytes } of files.list(signal)) {
      if (readArchiveName(key) !== null) found.push({ file: key, bytes });
    }
    return found;
  }

  return {
    name: files.name.slice(-LONGEST),
    isRemote: files.isRemote,
    async store(path, file, { bytes, signal, begun, sha256, ...options }) {
      const progress = (sent: number) => options.progress(bytes === 0 ? 1 : sent / bytes);
      await translated(files.put(file, { path }, { bytes, signal, begun, progress }));
      // In a folder it is the very file that was read before.
      if (files.isRemote) await checkSent(file, sha256, signal);
    },
    list: (signal) => translated(archives(signal)),
    open,
    remove: (file, signal) => translated(files.remove(file, signal)),
    giveUp: (file, upload, signal) => translated(files.abandon(file, upload, signal)),
  };
}

const CODES: Record<StorageErrorCode, FailureCode> = {
  REFUSED: 'S3_REFUSED',
  UNAVAILABLE: 'S3_UNAVAILABLE',
  CHANGED: 'VERIFICATION_FAILED',
  MISSING_LIBRARY: 'MISSING_LIBRARY',
  NOT_WRITABLE: 'TARGET_NOT_WRITABLE',
  FULL: 'NO_SPACE',
  OUTSIDE: 'TARGET_NOT_WRITABLE',
};

/** A single archive with any file name, read-only. */
export function fileTarget(path: string): Target {
  const file = basename(path);
  const refuse = async (): Promise<never> => {
    throw new BackupFailure('TARGET_NOT_WRITABLE', 'a single file takes no archives');
  };
  return {
    ...{ name: resolve(path).slice(-LONGEST), isRemote: false },
    list: async () => [{ file, bytes: (await stat(path)).size }],
    open: async () => createReadStream(path, { highWaterMark: 262_144 }),
    ...{ store: refuse, remove: refuse, giveUp: refuse },
  };
}
