// Why a job is not taken, or not put back, as the error that its caller gets.
import { type FieldError, JobsError, type ParkReason } from '@phraseworks/sdk';
import type { QueueSettings } from '../kernel/config.ts';
import type { QueueSize } from '../store/hot.ts';

/** For a list of mistakes in one job or in several. */
export function refusal(errors: readonly FieldError[], tooLarge: boolean): JobsError {
  const text = errors
    .slice(0, 20)
    .map(({ path, message }) => `${path} ${message}`)
    .join('; ');
  return new JobsError(tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_DATA', text, { errors: errors.slice(0, 100) });
}

/** `limit` says of which jobs there are too many. */
export function full(
  { maxQueueSize, maxDelayedJobs }: Pick<QueueSettings, 'maxQueueSize' | 'maxDelayedJobs'>,
  limit: keyof QueueSize,
): JobsError {
  const text =
    limit === 'waiting'
      ? `The queue is full: queue.maxQueueSize is ${maxQueueSize} jobs, parked and paused ones included. Try again when some have run, resume or delete what is parked, or raise the limit.`
      : `Too many jobs wait for a time: queue.maxDelayedJobs is ${maxDelayedJobs}, retries included. Add the job without a delay, try again later, or raise the limit.`;
  return new JobsError('QUEUE_FULL', text, { retryAfter: 5 });
}

/** `path` is the key that another job has. */
export const conflict = (path: string): JobsError =>
  new JobsError(
    'IDEMPOTENCY_CONFLICT',
    'This idempotency key already belongs to a job with another type or other data.',
    { errors: [{ path, message: 'belongs to another job' }] },
  );

/** Of two clicks at the same time one puts the job back, also when it has run again before the other one comes to it. */
export const movedOn = (): JobsError =>
  new JobsError('INVALID_STATE', 'The job has run again in this moment: look at it, then retry it.');

export const cannotRun = (park: ParkReason, then = ''): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `The job cannot run now (${park}): ${park === 'paused' ? 'resume its type or lane' : 'switch its plugin on'} first${then}.`,
  );

export const stillEnding = (): JobsError =>
  new JobsError('INVALID_STATE', 'The last attempt of this job is still ending: try again in a moment.', {
    retryAfter: 5,
  });
