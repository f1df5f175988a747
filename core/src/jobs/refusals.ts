// Why a job is not taken, as the error that its caller gets.
import { type FieldError, JobsError } from '@phraseworks/sdk';

/** For a list of mistakes in one job or in several. */
export function refusal(errors: readonly FieldError[], tooLarge: boolean): JobsError {
  const text = errors
    .slice(0, 20)
    .map(({ path, message }) => `${path} ${message}`)
    .join('; ');
  return new JobsError(tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_DATA', text, { errors: errors.slice(0, 100) });
}

export const full = (maxQueueSize: number): JobsError =>
  new JobsError('QUEUE_FULL', `The queue is full: queue.maxQueueSize is ${maxQueueSize} pending jobs.`, {
    retryAfter: 5,
  });

/** `path` is the key that another job has. */
export const conflict = (path: string): JobsError =>
  new JobsError(
    'IDEMPOTENCY_CONFLICT',
    'This idempotency key already belongs to a job with another type or other data.',
    { errors: [{ path, message: 'belongs to another job' }] },
  );
