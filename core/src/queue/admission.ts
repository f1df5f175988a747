// A job at the door: its options are checked, all mistakes at once, with the field of each.
import type { FieldError } from '@phraseworks/sdk';
import { PRIORITIES } from '../kernel/priority.ts';

const KEYS = new Set([
  'type',
  'data',
  'priority',
  'delay',
  'maxRetries',
  'retryDelay',
  'retryBackoff',
  'timeout',
  'idempotencyKey',
]);
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/;
const BACKOFFS: readonly unknown[] = ['fixed', 'linear', 'exponential'];
const YEAR = 31_622_400_000;
const DAY = 86_400_000;

const NUMBERS = [
  { key: 'delay', least: 0, most: YEAR },
  { key: 'maxRetries', least: 0, most: 100 },
  { key: 'retryDelay', least: 0, most: DAY },
  { key: 'timeout', least: 1, most: DAY },
] as const;

/** The mistakes in a job's options; its data is checked apart. `base` is put in front of each path (`[2].`). */
export function optionErrors(job: unknown, base = ''): FieldError[] {
  if (typeof job !== 'object' || job === null || Array.isArray(job)) {
    return [{ path: base === '' ? 'job' : base.slice(0, -1), message: 'must be an object with a type and data' }];
  }
  const errors: FieldError[] = [];
  const options = job as Record<string, unknown>;
  const wrong = (path: string, message: string) => errors.push({ path: `${base}${path}`, message });

  if (options.type === undefined) wrong('type', 'is required');
  else if (typeof options.type !== 'string' || !TYPE_NAME.test(options.type)) {
    wrong('type', 'must be a letter, then letters, digits and "_.:-", at most 100 in all');
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
    wrong('idempotencyKey', 'must be text of 1 to 190 characters of well-formed Unicode without control characters');
  }
  for (const key of Object.keys(options)) {
    if (KEYS.has(key) || options[key] === undefined) continue;
    wrong('(key)', `is not a known option: a job has ${[...KEYS].join(', ')}`);
    break;
  }
  return errors;
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 190 && !/[\p{Cc}\p{Cs}]/u.test(value);
}

/** The mistakes in a progress report. */
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
  if (!count(processed)) errors.push({ path: 'processed', message: 'must be a number that is not negative' });
  if (!count(total)) errors.push({ path: 'total', message: 'must be a number that is not negative' });
  if (message !== undefined && (typeof message !== 'string' || message.length > 500)) {
    errors.push({ path: 'message', message: 'must be text of at most 500 characters' });
  }
  return errors;
}
