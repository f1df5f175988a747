// Checks the options of a job that is added, and builds the errors for jobs that are refused or cannot be retried.
import { type FieldError, JobsError, type NewJob, type ParkReason } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';
import { PRIORITIES } from '../job/record.ts';
import type { QueueSettings } from '../kernel/config.ts';
import { unknownFields } from '../kernel/nearest.ts';
import type { QueueSize } from '../store/statements.ts';

export function refusal(errors: readonly FieldError[], tooLarge: boolean): JobsError {
  const text = errors.slice(0, 20).map(errorText).join('; ');
  return new JobsError(tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_DATA', text, { errors: errors.slice(0, 100) });
}

/** `limit` names the limit that was reached. */
export function queueFull(
  { maxQueueSize, maxDelayedJobs }: Pick<QueueSettings, 'maxQueueSize' | 'maxDelayedJobs'>,
  limit: keyof QueueSize,
): JobsError {
  const text =
    limit === 'waiting'
      ? `The queue is full: queue.maxQueueSize is ${maxQueueSize} jobs, including parked and paused ones. Try again later, resume or delete parked jobs, or raise the limit.`
      : `Too many delayed jobs: queue.maxDelayedJobs is ${maxDelayedJobs}, including retries. Add the job without a delay, try again later, or raise the limit.`;
  return new JobsError('QUEUE_FULL', text, { retryAfter: 5 });
}

export const conflict = (path: string): JobsError =>
  new JobsError(
    'IDEMPOTENCY_CONFLICT',
    'This idempotency key already belongs to a job with a different type or different data.',
    { errors: [{ path, message: 'belongs to another job' }] },
  );

/** Two simultaneous retries: the first wins, even if the job has already run again. */
export const runAgain = (): JobsError =>
  new JobsError('INVALID_STATE', 'The job has run again in the meantime. Check its result before you retry it.');

export const cannotRun = (park: ParkReason, then = ''): JobsError =>
  new JobsError(
    'INVALID_STATE',
    `The job cannot run now (${park}). ${park === 'paused' ? 'Resume its type or lane' : 'Enable its plugin'} first${then}.`,
  );

export const stillEnding = (): JobsError =>
  new JobsError('INVALID_STATE', 'The last attempt of this job has not ended yet. Try again in a few seconds.', {
    retryAfter: 5,
  });

const KEYS = [
  'type',
  'data',
  'priority',
  'delay',
  'maxRetries',
  'retryDelay',
  'retryBackoff',
  'timeout',
  'idempotencyKey',
] as const satisfies readonly (keyof NewJob)[];
export const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;
const BACKOFFS: readonly unknown[] = ['fixed', 'linear', 'exponential'];
const YEAR = 31_622_400_000;
const DAY = 86_400_000;

const NUMBERS = [
  { key: 'delay', least: 0, most: YEAR },
  { key: 'maxRetries', least: 0, most: 100 },
  { key: 'retryDelay', least: 0, most: DAY },
  { key: 'timeout', least: 1, most: DAY },
] as const;

/** All errors in a job's options; its data is checked separately. `base` prefixes each path (`[2].`). */
export function optionErrors(job: unknown, base = ''): FieldError[] {
  if (typeof job !== 'object' || job === null || Array.isArray(job)) {
    return [{ path: base === '' ? 'job' : base.slice(0, -1), message: 'must be an object with a type and data' }];
  }
  const errors: FieldError[] = [];
  const options = job as Record<string, unknown>;
  const wrong = (path: string, message: string) => errors.push({ path: `${base}${path}`, message });

  if (options.type === undefined) wrong('type', 'is required');
  else if (typeof options.type !== 'string' || !TYPE_NAME.test(options.type)) {
    wrong('type', 'must start with a letter and contain only letters, digits and "_.:-", at most 100 characters');
  }
  if (options.priority !== undefined && !(PRIORITIES as readonly unknown[]).includes(options.priority)) {
    wrong('priority', 'must be low, normal, high or urgent');
  }
  for (const { key, least, most } of NUMBERS) {
    const value = options[key];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      wrong(key, `must be a whole number from ${least} to ${most}`);
    }
  }
  if (options.retryBackoff !== undefined && !BACKOFFS.includes(options.retryBackoff)) {
    wrong('retryBackoff', 'must be fixed, linear or exponential');
  }
  if (options.idempotencyKey !== undefined && !isKey(options.idempotencyKey)) {
    wrong('idempotencyKey', 'must be 1 to 190 characters of valid Unicode without control characters');
  }
  return [...errors, ...unknownFields(options, KEYS, base.replace(/\.$/, ''))];
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 190 && !/[\p{Cc}\p{Cs}]/u.test(value);
}

export function progressErrors(progress: unknown): FieldError[] {
  if (typeof progress !== 'object' || progress === null || Array.isArray(progress)) {
    return [{ path: 'progress', message: 'must be an object with a percentage' }];
  }
  const { percentage, processed, total, message } = progress as Record<string, unknown>;
  const errors: FieldError[] = [];
  const count = (value: unknown) =>
    value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
  if (typeof percentage !== 'number' || !(percentage >= 0 && percentage <= 100)) {
    errors.push({ path: 'percentage', message: 'must be a number from 0 to 100' });
  }
  if (!count(processed)) errors.push({ path: 'processed', message: 'must be 0 or more' });
  if (!count(total)) errors.push({ path: 'total', message: 'must be 0 or more' });
  if (message !== undefined && (typeof message !== 'string' || message.length > 500)) {
    errors.push({ path: 'message', message: 'must be text of at most 500 characters' });
  }
  return errors;
}
