// All error codes with HTTP status and title. docs/api.md lists the same.
import { type ErrorCode, JobsError } from '@phraseworks/sdk';

export const ERRORS = {
  INVALID_DATA: { status: 400, title: 'The data is not valid' },
  UNAUTHORIZED: { status: 401, title: 'Sign in first' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  JOB_NOT_FOUND: { status: 404, title: 'There is no such job' },
  UNKNOWN_TYPE: { status: 404, title: 'No plugin owns this type' },
  NOT_FOUND: { status: 404, title: 'There is nothing here' },
  PLUGIN_NOT_FOUND: { status: 404, title: 'There is no such plugin' },
  PLUGIN_OFF: { status: 404, title: 'The plugin is not on' },
  SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' },
  NOT_CANCELLABLE: { status: 409, title: 'The job is already over' },
  INVALID_STATE: { status: 409, title: 'Not possible in this state' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The key belongs to another job' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'This content type is not read here' },
  VETOED: { status: 422, title: 'A plugin refused it' },
  QUEUE_FULL: { status: 429, title: 'The queue is full' },
  TOO_MANY_CONNECTIONS: { status: 429, title: 'Too many live connections' },
  INVALID_CONFIG: { status: 500, title: 'The configuration is not valid' },
  INTERNAL: { status: 500, title: 'Something went wrong' },
  UNAVAILABLE: { status: 503, title: 'Not available now' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** The message of any thrown value, at most 4 kB. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message || thrown.name).slice(0, 4_096);
    if (typeof thrown === 'string') return thrown.slice(0, 4_096);
    if (
      typeof thrown === 'object' &&
      thrown !== null &&
      typeof (thrown as { message?: unknown }).message === 'string'
    ) {
      return (thrown as { message: string }).message.slice(0, 4_096);
    }
    return `a ${thrown === null ? 'null' : typeof thrown} was thrown`;
  } catch {
    return 'something was thrown that cannot be read';
  }
}

/** The stack of an error, at most 16 kB, or null. */
export function stackOf(thrown: unknown): string | null {
  try {
    return thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack.slice(0, 16_384) : null;
  } catch {
    return null;
  }
}

export const notFound = (): JobsError =>
  new JobsError('JOB_NOT_FOUND', 'There is no job with this id; it may have been removed after its retention.');
