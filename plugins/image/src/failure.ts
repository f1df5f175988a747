// Why an image job failed, and which failures are worth a retry.

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

/** A failure with a code. `retryable` follows from the code; `retryDelay` in milliseconds, if the source named one. */
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
