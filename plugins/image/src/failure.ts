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
  INVALID_OUTPUT_PATH: false,
  OUTSIDE_ROOT: false,
  OUTPUT_EXISTS: false,
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
