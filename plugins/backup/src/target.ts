// Where archives go: the folder, or a bucket. Each is there whole or not at all.
import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { chmod, constants, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { isStorageError, type Storage } from '@phraseworks/sdk';
import type { Config, S3Config } from './config.ts';
import { BackupFailure, codeOf, inBrackets, writeFailure } from './failure.ts';
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

export const targetOf = ({ s3, folder }: Config, storage: Storage): Target =>
  s3 ? bucketTarget(s3, folder, storage) : folderTarget(folder);

const RETRIES = 3;
/** Bytes that are read from the disk at a time. */
const CHUNK = 1_048_576;

function bucketTarget(s3: S3Config, folder: string, storage: Storage): Target {
  const bucket = storage.bucket({ ...s3, retries: RETRIES });
  const local = folderTarget(folder);

  async function open(file: string, signal: AbortSignal): Promise<Readable> {
    const stream = await inOurWords(bucket.get(file, signal));
    if (stream === null) throw new BackupFailure('BACKUP_NOT_FOUND', 'the archive is not in the bucket any more');
    return stream;
  }

  async function readBack(file: string, sha256: string, signal: AbortSignal): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of await open(file, signal)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === sha256) return;
    await inOurWords(bucket.remove(file, signal));
    throw new BackupFailure(
      'VERIFICATION_FAILED',
      'what the bucket gave back is not what was sent: it was removed there',
    );
  }

  async function archives(signal: AbortSignal): Promise<Stored[]> {
    const found: Stored[] = [];
    for await (const { key, bytes } of bucket.list(signal)) {
      if (readArchiveName(key) !== null) found.push({ file: key, bytes });
    }
    return found;
  }

  return {
    name: bucket.name,
    isRemote: true,
    unread: s3.readBack ? null : 'the bucket was not read again (s3.readBack is false): verify it',
    async store(path, file, options) {
      const { bytes, signal, begun } = options;
      const progress = (sent: number) => options.progress(bytes === 0 ? 1 : sent / bytes);
      await inOurWords(bucket.put(file, contentOf(path), { bytes, signal, begun, progress }));
      if (s3.readBack) await readBack(file, options.sha256, signal);
      await chmod(path, 0o600);
      if (s3.keepLocal) await local.store(path, file, options);
      else await rm(path, { force: true });
    },
    list: (signal) => inOurWords(archives(signal)),
    open,
    async remove(file, signal) {
      await inOurWords(bucket.remove(file, signal));
      if (s3.keepLocal) await local.remove(file, signal);
    },
    giveUp: (file, upload, signal) => inOurWords(bucket.abandon(file, upload, signal)),
  };
}

/** Opens the file when it is first read, so that nothing is left open if the bucket refuses it before. */
async function* contentOf(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path, { highWaterMark: CHUNK });
}

const CODES = {
  REFUSED: 'S3_REFUSED',
  UNAVAILABLE: 'S3_UNAVAILABLE',
  CHANGED: 'VERIFICATION_FAILED',
  MISSING_LIBRARY: 'MISSING_LIBRARY',
} as const;

const inOurWords = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((error: unknown) => {
    if (!isStorageError(error)) throw error;
    throw new BackupFailure(CODES[error.code], `${error.message} (config key s3)`, error);
  });

/** Makes a rename as durable as the file itself. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function folderTarget(folder: string): Target {
  const root = resolve(folder);
  const missing = (cause?: unknown) =>
    new BackupFailure('BACKUP_NOT_FOUND', 'the archive is not in the folder any more', cause);
  return {
    // As much as its column holds.
    name: root.slice(-300),
    isRemote: false,
    // The same file is moved there that was read before.
    unread: null,
    async store(path, file, { progress }) {
      try {
        await rename(path, join(root, file));
        await syncFolder(root);
      } catch (error) {
        throw writeFailure(error);
      }
      progress(1);
    },
    async list() {
      const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      });
      const archives = entries.filter((entry) => entry.isFile() && readArchiveName(entry.name) !== null);
      const sized = archives.map(async ({ name }) => ({ file: name, bytes: (await stat(join(root, name))).size }));
      return Promise.all(sized);
    },
    async open(file) {
      if (readArchiveName(file) === null) throw missing();
      try {
        const handle = await open(join(root, file), constants.O_RDONLY | constants.O_NOFOLLOW);
        return handle.createReadStream({ highWaterMark: 262_144 });
      } catch (error) {
        if (codeOf(error) === 'ENOENT') throw missing(error);
        const message = `the archive cannot be read${inBrackets(error)}: give this process the right to`;
        throw new BackupFailure('SOURCE_UNREADABLE', message, error);
      }
    },
    async remove(file) {
      if (readArchiveName(file) === null) throw missing();
      const path = join(root, file);
      if ((await lstat(path).catch(() => null))?.isFile()) await rm(path);
    },
    async giveUp() {},
  };
}

/** One archive in a file of any name, to be read only. */
export function fileTarget(path: string): Target {
  const file = basename(path);
  const refuse = async (): Promise<never> => {
    throw new BackupFailure('TARGET_NOT_WRITABLE', 'a single file takes no archives');
  };
  return {
    ...{ name: resolve(path).slice(-300), isRemote: false, unread: null },
    list: async () => [{ file, bytes: (await stat(path)).size }],
    open: async () => createReadStream(path, { highWaterMark: 262_144 }),
    ...{ store: refuse, remove: refuse, giveUp: refuse },
  };
}
