// Options of a job beside its data: as typed, and as sent.
import type { FieldError, Job } from '@phraseworks/sdk';
import { durationIn, durationText } from '../form/duration-text.ts';

export const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
export const BACKOFFS = ['fixed', 'linear', 'exponential'];

const DURATIONS = ['delay', 'retryDelay', 'timeout'] as const;
const TEXTS = ['priority', 'retryBackoff', 'idempotencyKey'] as const;
export const OPTIONS = ['priority', 'delay', 'maxRetries', 'retryDelay', 'retryBackoff', 'timeout', 'idempotencyKey'];

/** As they were typed; the type decides the missing ones. */
export type Options = Readonly<Record<string, string>>;

export const optionsOf = (posted: Readonly<Record<string, unknown>>): Options =>
  Object.fromEntries(
    OPTIONS.flatMap((name) => (typeof posted[name] === 'string' && posted[name] !== '' ? [[name, posted[name]]] : [])),
  );

/** Those of a job that is there already, as far as a copy shares them. */
export const optionsOfJob = ({ priority, maxRetries, retryDelay, retryBackoff, timeout }: Job): Options => ({
  priority,
  maxRetries: String(maxRetries),
  retryDelay: durationText(retryDelay),
  retryBackoff,
  timeout: durationText(timeout),
});

export interface ReadOptions {
  options: Record<string, unknown>;
  errors: FieldError[];
}

export function readOptions(typed: Options): ReadOptions {
  const options: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const name of TEXTS) if (typed[name] !== undefined) options[name] = typed[name];
  for (const name of DURATIONS) {
    const text = typed[name];
    const ms = text === undefined ? undefined : durationIn(text);
    if (ms === null) errors.push({ path: name, message: 'must be a duration, such as 30 seconds or 2 hours' });
    else if (ms !== undefined) options[name] = ms;
  }
  const { maxRetries } = typed;
  if (maxRetries !== undefined && !/^\d{1,6}$/.test(maxRetries)) {
    errors.push({ path: 'maxRetries', message: 'must be a whole number' });
  } else if (maxRetries !== undefined) options.maxRetries = Number(maxRetries);
  return { options, errors };
}
