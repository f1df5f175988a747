// Files in buckets: a plugin names the bucket of its configuration and gets a store for the files below its prefix.
import type { Readable } from 'node:stream';
import { token } from './token.ts';

/** An S3-compatible bucket. */
export interface BucketOptions {
  /** Without the bucket, which becomes the first part of the path. */
  endpoint: string;
  bucket: string;
  /** Goes before every key: empty, or folders that end with a slash. */
  prefix: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Repeats of a request that the server answered with 5xx or 429; none by default. */
  retries?: number;
}

export interface StoredFile {
  key: string;
  bytes: number;
}

export interface PutOptions {
  /** The length of the body. */
  bytes: number;
  signal: AbortSignal;
  /** Media type; `application/octet-stream` by default. */
  type?: string;
  /** Called with the bytes sent so far. */
  progress?(bytes: number): void;
  /** Called before the first part of a large stream. Keep the id: `abandon` takes back an upload whose process was killed. */
  begun?(upload: string): Promise<void>;
}

/**
 * The files below the prefix of a bucket. The parts of a key are joined by `/` and consist of ASCII letters, digits, `.`, `_` and `-`;
 * none begins with a dot. Every method throws `StorageError`, or the reason of an aborted signal.
 */
export interface FileStore {
  /** For people: `s3://bucket/prefix`. */
  readonly name: string;
  /**
   * Stores the whole file or nothing, and the server compares what arrives with its checksums. Bytes go in one request, streams over 8 MB
   * in parts, with one part in memory. A stream is not read, nor closed, before the server takes the file: a generator can open it then.
   */
  put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<void>;
  /** Null if there is no such file. */
  get(key: string, signal: AbortSignal): Promise<Readable | null>;
  /** The length of a file; null if there is no such file. */
  size(key: string, signal: AbortSignal): Promise<number | null>;
  list(signal: AbortSignal): AsyncIterable<StoredFile>;
  /** A file that is gone already is no error. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  abandon(key: string, upload: string, signal: AbortSignal): Promise<void>;
  /** A signed address from which anybody can read the file for this many seconds. */
  link(key: string, seconds: number): Promise<string>;
}

/** `needs: { storage: Storage }`. The core brings it for S3-compatible buckets; a plugin that provides `Storage` replaces it, and `lend(Storage, ...)` of the host replaces both. */
export interface Storage {
  bucket(options: BucketOptions): FileStore;
}
export const Storage = token<Storage>('storage/buckets');

/** `REFUSED`: a mistake in the configuration. `UNAVAILABLE`: a later try may succeed. `CHANGED`: the body did not have the named length. */
export type StorageErrorCode = 'REFUSED' | 'UNAVAILABLE' | 'CHANGED' | 'MISSING_LIBRARY';

const CODES: readonly unknown[] = ['REFUSED', 'UNAVAILABLE', 'CHANGED', 'MISSING_LIBRARY'] satisfies StorageErrorCode[];

/** Use it instead of `instanceof`: another copy of the SDK has another class. */
export function isStorageError(error: unknown): error is StorageError {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'StorageError' && CODES.includes(code);
}

/** Its message names no key, address or secret. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
