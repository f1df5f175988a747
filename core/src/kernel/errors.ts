// What is said of thrown values.
import { ERRORS, type ErrorCode, type FieldError, JobsError } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { shortened } from '@phraseworks/sdk/secrets';

/** Characters that are kept of an error. */
const MOST_MESSAGE = 4_096;
const MOST_STACK = 16_384;

/** The message of any thrown value, at most 4 kB. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (thrown instanceof Error)
      return shortened(String(thrown.message || thrown.name) + reasonOf(thrown), MOST_MESSAGE);
    const message: unknown = typeof thrown === 'string' ? thrown : Object(thrown).message;
    if (typeof message === 'string') return shortened(message, MOST_MESSAGE);
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

/** `INVALID_DATA` with every wrong field; `what` was called begins the message. */
export const invalid = (errors: readonly FieldError[], what = '', code: ErrorCode = 'INVALID_DATA'): JobsError =>
  new JobsError(code, what + errors.map(errorText).join('; '), { errors });

export const notFound = (): JobsError =>
  new JobsError('JOB_NOT_FOUND', 'Job not found. It may have been deleted or have expired.');

/** Checks the name, not the class: two copies of the SDK in one process have two classes. */
export const isOurs = (thrown: unknown): thrown is JobsError =>
  thrown instanceof Error &&
  thrown.name === 'JobsError' &&
  Object.hasOwn(ERRORS, String((thrown as JobsError).code)) &&
  Array.isArray((thrown as JobsError).errors);
