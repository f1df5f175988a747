// Why a backup, check or restore failed, and which failures are worth a retry.
import { systemCode } from '@phraseworks/sdk';

export const RETRYABLE = {
  NOTHING_TO_BACK_UP: false,
  SOURCE_UNREADABLE: true,
  DATABASE_DAMAGED: false,
  DUMP_FAILED: true,
  NO_SPACE: true,
  TARGET_NOT_WRITABLE: true,
  S3_REFUSED: false,
  S3_UNAVAILABLE: true,
  INCOMPLETE: true,
  VERIFICATION_FAILED: true,
  ARCHIVE_DAMAGED: false,
  PASSPHRASE_NEEDED: false,
  WRONG_PASSPHRASE: false,
  NOT_ENCRYPTED: false,
  NEWER_FORMAT: false,
  UNSAFE_NAME: false,
  BACKUP_NOT_FOUND: false,
  WRONG_TARGET: false,
  TARGET_NOT_EMPTY: false,
  LIVE_DATABASE: false,
  RESTORE_FAILED: false,
  NOT_TRUSTED: false,
  MISSING_LIBRARY: false,
} as const;

export type FailureCode = keyof typeof RETRYABLE;

/** A failure with a code. `retryable` follows from the code. */
export class BackupFailure extends Error {
  override readonly name = 'BackupFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}

/** The code of a system or server error, such as `ENOSPC`. Its message may contain paths and addresses. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Translates a failed write to our own folder; other errors and aborts are returned unchanged. */
export function writeFailure(error: unknown): unknown {
  const code = codeOf(error) ?? '';
  if (error instanceof BackupFailure) return error;
  if (NO_ROOM.has(code))
    return new BackupFailure('NO_SPACE', `the disk of the configured folder is full${systemCode(error)}`, error);
  if (code === 'EIO')
    return new BackupFailure('TARGET_NOT_WRITABLE', 'the disk of the configured folder reports an error (EIO)', error);
  if (NOT_ALLOWED.has(code)) {
    const message = `the configured folder cannot be written to${systemCode(error)}: give this process the right to`;
    return new BackupFailure('TARGET_NOT_WRITABLE', message, error);
  }
  return error;
}
