// All error codes with HTTP status and title. docs/api.md lists the same.
import { type ErrorCode, JobsError } from '@phraseworks/sdk';
import { shortened } from '@phraseworks/sdk/secrets';

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
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The idempotency key is in use' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Unsupported content type' },
  VETOED: { status: 422, title: 'Rejected by a plugin' },
  QUEUE_FULL: { status: 429, title: 'The queue is full' },
  TOO_MANY_CONNECTIONS: { status: 429, title: 'Too many live connections' },
  INVALID_CONFIG: { status: 500, title: 'Invalid configuration' },
  INTERNAL: { status: 500, title: 'Internal error' },
  UNAVAILABLE: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<ErrorCode, { status: number; title: string }>;

/** Characters that are kept of an error. */
const MOST_MESSAGE = 4_096;
const MOST_STACK = 16_384;

/** The message of any thrown value, at most 4 kB. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error)
      return shortened(String(thrown.message || thrown.name) + reasonOf(thrown), MOST_MESSAGE);
    if (typeof thrown === 'string') return shortened(thrown, MOST_MESSAGE);
    if (
      typeof thrown === 'object' &&
      thrown !== null &&
      typeof (thrown as { message?: unknown }).message === 'string'
    ) {
      return shortened((thrown as { message: string }).message, MOST_MESSAGE);
    }
    return `a ${thrown === null ? 'null' : typeof thrown} was thrown`;
  } catch {
    return 'an unreadable value was thrown';
  }
}

/** What Node's `fetch failed` leaves to its cause, which may combine the errors of several attempts, one for each address of a host. */
function reasonOf({ name, message, cause }: Error): string {
  if (name !== 'TypeError' || message !== 'fetch failed' || !(cause instanceof Error)) return '';
  const [first] = cause instanceof AggregateError ? cause.errors : [];
  return `: ${messageOf(first ?? cause)}`;
}

/** The stack of an error, at most 16 kB, or null. */
export function stackOf(thrown: unknown): string | null {
  try {
    return thrown instanceof Error && typeof thrown.stack === 'string' ? shortened(thrown.stack, MOST_STACK) : null;
  } catch {
    return null;
  }
}

export const notFound = (): JobsError =>
  new JobsError('JOB_NOT_FOUND', 'Job not found. It may have been deleted or have expired.');
