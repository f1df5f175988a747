// Options of a job beside its data: as typed, and as sent.
import type { FieldError, Job } from '@phraseworks/sdk';

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

// Durations as people type them: `30 s`, `10 minutes`, `2 days`.
const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  second: 1_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** Milliseconds, or null when it is no duration with a unit. */
export function durationIn(text: string): number | null {
  const [, digits = '', word = ''] = /^(\d{1,12}) ?([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = word.toLowerCase();
  const size = UNITS[unit] ?? UNITS[unit.replace(/s$/, '')];
  return size === undefined ? null : Number(digits) * size;
}

/** The text that `durationIn` reads as `ms`: whole units only. */
export function durationText(ms: number): string {
  for (const unit of ['day', 'hour', 'minute', 'second']) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return ms === size ? `1 ${unit}` : `${ms / size} ${unit}s`;
  }
  return `${ms} ms`;
}
