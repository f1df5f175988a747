// Failures of a whole cleanup; failures of single items are in the result.

/** Whether a retry may help. */
export const RETRYABLE = {
  /** The action is not one of the five, and no plugin that is on has added it. */
  UNKNOWN_ACTION: false,
  /** No such list: it has expired or never existed. */
  LIST_NOT_FOUND: false,
  /** The list belongs to another action. */
  LIST_OF_OTHER_ACTION: false,
  /** Its dry run was not completed. */
  LIST_INCOMPLETE: false,
  /** It has been run or is running. */
  LIST_USED: false,
  /** None of the action's folders is allowed as a root. */
  ROOT_TOO_WIDE: false,
  /** There were items to remove, but none could be removed. */
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

/** The error's code, such as `EACCES`, or `failed`. System messages would repeat paths. */
export function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'failed';
}
