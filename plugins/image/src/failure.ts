// Why an image job failed: one closed list of codes, and which of them a retry may cure.

export const RETRYABLE = {
  INVALID_URL: false,
  BLOCKED_ADDRESS: false,
  SOURCE_NOT_FOUND: false,
  SOURCE_REFUSED: false,
  SOURCE_UNAVAILABLE: true,
  SOURCE_TIMEOUT: true,
  SOURCE_TOO_LARGE: false,
  SOURCE_NOT_ALLOWED: false,
  TOO_MANY_REDIRECTS: false,
  WRONG_TYPE: false,
  BROKEN_IMAGE: false,
  TOO_MANY_PIXELS: false,
  TOO_MANY_FRAMES: false,
  CROP_OUTSIDE: false,
  NO_FONT: false,
  OUTPUT_TOO_LARGE: false,
  TOO_SLOW: false,
  TOO_MUCH_WORK: false,
  TOO_MUCH_MEMORY: false,
  PROCESS_ENDED: true,
  INVALID_OUTPUT_PATH: false,
  OUTSIDE_ROOT: false,
  OUTPUT_EXISTS: false,
  ROOT_NOT_WRITABLE: true,
  NO_SPACE: true,
  TARGET_REFUSED: false,
  TARGET_UNAVAILABLE: true,
  LIBRARY_MISSING: false,
} as const;

export type FailureCode = keyof typeof RETRYABLE;

/** A failure with a code. `retryable` follows from the code; `retryDelay` in milliseconds, where the source named one. */
export class ImageFailure extends Error {
  override readonly name = 'ImageFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly retryDelay: number | undefined;

  constructor(code: FailureCode, message: string, more: { cause?: unknown; retryDelay?: number | undefined } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retryable = RETRYABLE[code];
    this.retryDelay = more.retryDelay;
  }
}

/** ` (ECONNREFUSED)`: the system's own code of an error, for the end of a sentence; its message would repeat addresses. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : '';
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);
const NO_PLACE: Readonly<Record<string, string>> = {
  EACCES: 'give this process the right to',
  EPERM: 'give this process the right to',
  EROFS: 'its file system is read-only',
  ENOTDIR: 'something on its way is no folder',
  EEXIST: 'something that is no folder stands there',
  EXDEV: 'it must be one file system',
};

/** What a write below the root means that the system has refused; the system's own words would tell a path. All else stays what it is. */
export function writeFailure(error: unknown): unknown {
  const code = systemCode(error);
  const name = code.slice(2, -1);
  if (error instanceof ImageFailure) return error;
  if (NO_ROOM.has(name))
    return new ImageFailure('NO_SPACE', `the disk of config.root is full${code}`, { cause: error });
  const why = NO_PLACE[name];
  if (why === undefined) return error;
  return new ImageFailure('ROOT_NOT_WRITABLE', `config.root cannot be written to${code}: ${why}`, { cause: error });
}
