// Where archives go: the folder, or a bucket. Each is there whole or not at all.
import type { Readable } from 'node:stream';
import type { Config } from './config.ts';
import { folderTarget } from './folder-target.ts';
import { s3Target } from './s3-target.ts';

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
  /** Keeps the name of an upload in parts, so that what a killed process has begun can be taken back. */
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

export const targetOf = (config: Config): Target =>
  config.s3 ? s3Target(config.s3, config.folder) : folderTarget(config.folder);
