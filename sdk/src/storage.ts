// Files of plugins: a plugin opens a target of the configuration by its name, and gets a store for the files below it.
import type { Readable } from 'node:stream';
import { token } from './token.ts';

/** An S3-compatible bucket. */
export interface BucketOptions {
  /** Without the bucket, which becomes the first path segment. */
  endpoint: string;
  bucket: string;
  /** Prefix of every key: empty by default, or folders with a trailing slash. */
  prefix?: string | undefined;
  /** `us-east-1` by default. */
  region?: string | undefined;
  accessKeyId: string;
  secretAccessKey: string;
  /** Retries of a request that the server answered with 5xx or 429; 3 by default. */
  retries?: number | undefined;
}

/** Where files are kept: a folder, or a bucket. */
export interface StorageTarget {
  /** With `s3`, only for files in transit. By default `data/` and the name of the target. */
  folder?: string | undefined;
  s3?: BucketOptions | undefined;
}

export interface StoredFile {
  key: string;
  bytes: number;
}

/** `path`: a finished file on this machine. A folder moves it, a bucket reads it. */
export type FileBody = Uint8Array | AsyncIterable<Uint8Array> | { path: string };

export interface PutOptions {
  /** The length of the body. */
  bytes: number;
  signal: AbortSignal;
  /** Media type, for buckets; `application/octet-stream` by default. */
  type?: string;
  /** In a folder, other users of the machine may read the file; by default they may not. */
  isPublic?: boolean;
  /** Called with the bytes sent so far. */
  progress?(bytes: number): void;
  /** Called before the first part of a large stream. Store the id: `abandon` cleans up an upload whose process was killed. */
  begun?(upload: string): Promise<void>;
}

/**
 * The files of one target. The parts of a key are joined by `/` and consist of ASCII letters, digits, `.`, `_` and `-`;
 * none begins with a dot. Every method throws `StorageError`, or the reason of an aborted signal.
 */
export interface FileStore {
  /** For people: the folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** The files are in a bucket: each read goes over the network. */
  readonly isRemote: boolean;
  /** The absolute path of the target's folder. Work on files below a name in it that begins with a dot: no key does. */
  readonly folder: string;
  /**
   * Stores the whole file or nothing; a file of this key is replaced. A bucket verifies checksums. Bytes go there in one
   * request, streams over 8 MB in parts, with one part in memory. A stream is neither read nor closed before the target accepts the file.
   */
  put(key: string, body: FileBody, options: PutOptions): Promise<void>;
  /** Null if there is no such file. */
  get(key: string, signal: AbortSignal): Promise<Readable | null>;
  /** The length of a file; null if there is no such file. */
  size(key: string, signal: AbortSignal): Promise<number | null>;
  /** The files directly in the target, not those in its folders; in no order. */
  list(signal: AbortSignal): AsyncIterable<StoredFile>;
  /** Does nothing if the file is already gone. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  abandon(key: string, upload: string, signal: AbortSignal): Promise<void>;
  /** A signed URL that lets anyone read the file for this many seconds; null for a folder. */
  link(key: string, seconds: number): Promise<string | null>;
}

/** `needs: { storage: Storage }`. The plugin files provides it for folders and S3-compatible buckets; the host's `lend(Storage, ...)` replaces it. */
export interface Storage {
  /** The target that the setting `storage` has under this name, by default the folder `data/<name>`. `instead` replaces it. */
  open(name: string, instead?: StorageTarget): FileStore;
}
export const Storage = token<Storage>('files/storage');

/**
 * `REFUSED`: a configuration error. `UNAVAILABLE`: a later try may succeed. `CHANGED`: the body did not have the announced length.
 * Of folders: `NOT_WRITABLE`; `FULL`: no space is left on the disk; `OUTSIDE`: a link leads out of the folder.
 */
export type StorageErrorCode =
  | 'REFUSED'
  | 'UNAVAILABLE'
  | 'CHANGED'
  | 'MISSING_LIBRARY'
  | 'NOT_WRITABLE'
  | 'FULL'
  | 'OUTSIDE';

const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** For targets. Is it a key as `FileStore` describes it? */
export const isFileKey = (key: string): boolean => KEY.test(key);

/** For targets. Throws `REFUSED` unless it is a key as `FileStore` describes it. */
export function checkFileKey(key: string): void {
  if (!isFileKey(key)) throw new StorageError('REFUSED', 'this is not a valid key for a file');
}

/** Use this instead of `instanceof`: another copy of the SDK has a different class. */
export const isStorageError = (error: unknown): error is StorageError =>
  (error as { name?: unknown } | null)?.name === 'StorageError' && typeof (error as StorageError).code === 'string';

/** The message contains no key, address, path or secret. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
