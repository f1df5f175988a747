// Where archives go: the storage target `backups`. Each is there whole or not at all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type BucketOptions,
  type FileStore,
  isStorageError,
  type Storage,
  type StorageErrorCode,
} from '@phraseworks/sdk';
import type { Config } from './config.ts';
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
  /** Keeps the id of an upload in parts, so that the upload of a killed process can be taken back. */
  begun(upload: string): Promise<void>;
}

export interface Target {
  /** For people: the folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** Each reading of an archive goes over the network. */
  readonly isRemote: boolean;
  /** Why what it stored is not known to be what was sent; null where it is. */
  readonly unread: string | null;
  /** Takes over the finished file at `path` under the name `file`; afterwards it may be gone from `path`. */
  store(path: string, file: string, options: StoreOptions): Promise<void>;
  /** Archives only; in no order. */
  list(signal: AbortSignal): Promise<Stored[]>;
  /** Throws `BACKUP_NOT_FOUND`. */
  open(file: string, signal: AbortSignal): Promise<Readable>;
  remove(file: string, signal: AbortSignal): Promise<void>;
  /** Takes back an upload that was begun and never finished. */
  giveUp(file: string, upload: string, signal: AbortSignal): Promise<void>;
}

/** As much of a name as its column holds. */
const LONGEST = 300;

/** The folder of the target is also for the work of a run. */
export function targetOf(config: Config, storage: Storage): { target: Target; folder: string } {
  const { folder, s3 } = config;
  const { keepLocal = config.keepLocal, readBack = config.readBack, ...bucket } = s3 ?? {};
  const moved = folder === undefined && s3 === undefined ? undefined : { folder, s3: s3 && (bucket as BucketOptions) };
  const files = storage.open('backups', moved);
  const copies = files.isRemote && keepLocal ? storage.open('backups', { folder: files.folder }) : null;
  return { target: archivesIn(files, { readBack, copies }), folder: files.folder };
}

/** `readBack`: each archive that was sent to a bucket is read again. `copies`: a folder that keeps them, too. */
export function archivesIn(
  files: FileStore,
  { readBack = true, copies = null }: { readBack?: boolean; copies?: FileStore | null } = {},
): Target {
  const inOurWords = <T>(asked: Promise<T>): Promise<T> =>
    asked.catch((error: unknown) => {
      if (!isStorageError(error)) throw error;
      const code = !files.isRemote && error.code === 'UNAVAILABLE' ? 'SOURCE_UNREADABLE' : CODES[error.code];
      throw new BackupFailure(code, `${error.message} (storage target backups)`, error);
    });

  async function open(file: string, signal: AbortSignal): Promise<Readable> {
    const stream = readArchiveName(file) === null ? null : await inOurWords(files.get(file, signal));
    if (stream === null) throw new BackupFailure('BACKUP_NOT_FOUND', `the archive is no longer in ${files.name}`);
    return stream;
  }

  async function checkSent(file: string, sha256: string, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of await open(file, signal)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === sha256) return;
    await inOurWords(files.remove(file, signal));
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
    // A folder has the same file that was read before.
    unread: files.isRemote && !readBack ? 'the bucket was not read again (readBack is false): verify it' : null,
    async store(path, file, { bytes, signal, begun, sha256, ...options }) {
      const progress = (sent: number) => options.progress(bytes === 0 ? 1 : sent / bytes);
      await inOurWords(files.put(file, { path }, { bytes, signal, begun, progress }));
      if (files.isRemote && readBack) await checkSent(file, sha256, signal);
      await inOurWords(copies?.put(file, { path }, { bytes, signal }) ?? Promise.resolve());
    },
    list: (signal) => inOurWords(archives(signal)),
    open,
    async remove(file, signal) {
      await inOurWords(files.remove(file, signal));
      await inOurWords(copies?.remove(file, signal) ?? Promise.resolve());
    },
    giveUp: (file, upload, signal) => inOurWords(files.abandon(file, upload, signal)),
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

/** One archive in a file of any name, to be read only. */
export function fileTarget(path: string): Target {
  const file = basename(path);
  const refuse = async (): Promise<never> => {
    throw new BackupFailure('TARGET_NOT_WRITABLE', 'a single file takes no archives');
  };
  return {
    ...{ name: resolve(path).slice(-LONGEST), isRemote: false, unread: null },
    list: async () => [{ file, bytes: (await stat(path)).size }],
    open: async () => createReadStream(path, { highWaterMark: 262_144 }),
    ...{ store: refuse, remove: refuse, giveUp: refuse },
  };
}
