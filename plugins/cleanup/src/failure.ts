// Failures of a whole cleanup; failures of single items are in the result.

/** Whether a retry may help. */
export const RETRYABLE = {
  /** The action is not one of the five, and no plugin that is on has added it. */
  UNKNOWN_ACTION: false,
  /** There is no such list: it has expired, or never was. */
  LIST_NOT_FOUND: false,
  /** The list belongs to another action. */
  LIST_OF_OTHER_ACTION: false,
  /** Its dry run did not come to its end. */
  LIST_INCOMPLETE: false,
  /** It has been run already, or runs now. */
  LIST_USED: false,
  /** No root of the action may be one. */
  ROOT_TOO_WIDE: false,
  /** There was something to remove and nothing could be. */
  NOTHING_REMOVED: false,
} as const;

export type FailureCode = keyof typeof RETRYABLE;

/** `message` names our fields, never the caller's values. */
export class CleanupFailure extends Error {
  override readonly name = 'CleanupFailure';
  readonly code: FailureCode;
  readonly retryable: boolean;

  constructor(code: FailureCode, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
    this.retryable = RETRYABLE[code];
  }
}

/** `EACCES` and the like; `failed` for what has no code. A system's own message would repeat paths. */
export function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'failed';
}
