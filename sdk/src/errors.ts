// Errors for callers, with a closed list of codes, and errors that a processor throws to steer its job.

/** The HTTP status and the title of each code. docs/api.md lists the same. */
export const ERRORS = {
  INVALID_DATA: { status: 400, title: 'Invalid data' },
  UNAUTHORIZED: { status: 401, title: 'Please sign in' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  JOB_NOT_FOUND: { status: 404, title: 'Job not found' },
  UNKNOWN_TYPE: { status: 404, title: 'Unknown job type' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  PLUGIN_NOT_FOUND: { status: 404, title: 'Plugin not found' },
  PLUGIN_OFF: { status: 404, title: 'The plugin is not running' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'Schedule not found' },
  NOT_CANCELLABLE: { status: 409, title: 'The job has already finished' },
  INVALID_STATE: { status: 409, title: 'Not possible in this state' },
  DUPLICATE_JOB: { status: 409, title: 'There is a job with this key' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The idempotency key is in use' },
  LINK_CLOSED: { status: 410, title: 'This link no longer works' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Unsupported content type' },
  VETOED: { status: 422, title: 'Rejected by a plugin' },
  QUEUE_FULL: { status: 429, title: 'The queue is full' },
  TOO_MANY_CONNECTIONS: { status: 429, title: 'Too many live connections' },
  INVALID_CONFIG: { status: 500, title: 'Invalid configuration' },
  INTERNAL: { status: 500, title: 'Internal error' },
  UNAVAILABLE: { status: 503, title: 'Temporarily unavailable' },
} as const;
export type ErrorCode = keyof typeof ERRORS;

/** A field with an error: its path (`data.to`, `[2].data.to`) and the problem. */
export interface FieldError {
  path: string;
  message: string;
}

/** Every refusal of the job system. `code` is from a closed list; `errors` lists the wrong fields. */
export class JobsError extends Error {
  override readonly name = 'JobsError';
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  /** Seconds after which to retry. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: { errors?: readonly FieldError[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.errors = more.errors ?? [];
    this.retryAfter = more.retryAfter;
  }
}

/** Thrown by a filter: the only way to stop the operation. The reason reaches the caller. */
export class Veto extends Error {
  override readonly name = 'Veto';
}

/** Returned or thrown by a processor: run again later without using up an attempt. */
export class Snooze extends Error {
  override readonly name = 'Snooze';
  readonly delay: number;

  constructor(delay: number, reason: string) {
    super(reason);
    this.delay = delay;
  }
}

/** Thrown by `job.limited()`. */
export class Limited extends Error {
  override readonly name = 'Limited';
  readonly until: number | Date;

  constructor(until: number | Date, reason: string) {
    super(reason);
    this.until = until;
  }
}

/** Thrown by `job.sleep()` and `job.waitFor()`. */
export class Waiting extends Error {
  override readonly name = 'Waiting';
}

/** Returned or thrown by a processor: ends the job with a reason, without a failure. */
export class Discard extends Error {
  override readonly name = 'Discard';
}

/** `return snooze(60_000, 'the site is in maintenance')` or `throw` it. `delay` in milliseconds. */
export const snooze = (delay: number, reason = 'snoozed'): Snooze => new Snooze(delay, reason);

/** `return discard('the post was deleted')` or `throw` it. */
export const discard = (reason: string): Discard => new Discard(reason);

/** ` (ECONNREFUSED)`: the system's own code of an error, for the end of a sentence; its message would repeat paths and addresses. */
export function systemCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? ` (${code})` : '';
}
