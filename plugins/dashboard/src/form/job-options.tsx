// Priority, delay, retries and other options of a new job, in a disclosure, since most jobs need none of them.
/** @jsxImportSource hono/jsx */

import type { FieldError, OfferedType } from '@phraseworks/sdk';
import { type GroupField, groupOf } from './field.ts';
import { besideData, Fields } from './form.tsx';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
const BACKOFFS = ['fixed', 'linear', 'exponential'];

const DURATIONS = ['delay', 'retryDelay', 'timeout'] as const;
const TEXTS = ['priority', 'retryBackoff', 'idempotencyKey'] as const;
export const OPTIONS = ['priority', 'delay', 'maxRetries', 'retryDelay', 'retryBackoff', 'timeout', 'idempotencyKey'];

/** As typed; the type sets missing ones. */
export type Options = Readonly<Record<string, string>>;

export const optionsOf = (posted: Options): Options =>
  Object.fromEntries(OPTIONS.flatMap((name) => (posted[name] ? [[name, posted[name]]] : [])));

/** The options that a copy of a job shares. */
export const optionsOfJob = (job: Partial<Record<string, unknown>>): Options =>
  Object.fromEntries(
    OPTIONS.flatMap((name) => {
      const value = job[name];
      if (value === undefined || value === null) return [];
      const isDuration = (DURATIONS as readonly string[]).includes(name);
      return [[name, isDuration ? durationText(value as number) : String(value)]];
    }),
  );

interface ReadOptions {
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

/** Milliseconds; null if it is not a number with a unit. */
function durationIn(text: string): number | null {
  const [, digits = '', word = ''] = /^(\d{1,12}) ?([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = word.toLowerCase();
  const size = UNITS[unit] ?? UNITS[unit.replace(/s$/, '')];
  return size === undefined ? null : Number(digits) * size;
}

/** The text that `durationIn` reads as `ms`. */
function durationText(ms: number): string {
  for (const unit of ['day', 'hour', 'minute', 'second']) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return ms === size ? `1 ${unit}` : `${ms / size} ${unit}s`;
  }
  return `${ms} ms`;
}

function fieldOfOptions(type: OfferedType | undefined): GroupField {
  const duration = (ms: number | null | undefined) => (typeof ms === 'number' ? durationText(ms) : undefined);
  return groupOf({
    priority: { enum: PRIORITIES, default: 'normal' },
    delay: { type: 'string', description: 'Before the first attempt: 30 seconds, 10 minutes, 2 days.' },
    maxRetries: { type: 'integer', minimum: 0, title: 'Retries', default: type?.maxRetries ?? undefined },
    retryDelay: { type: 'string', default: duration(type?.retryDelay) },
    retryBackoff: { enum: BACKOFFS, title: 'Backoff', default: 'fixed' },
    timeout: { type: 'string', title: 'Timeout per attempt', default: duration(type?.timeout) },
    idempotencyKey: {
      type: 'string',
      description: 'Prevents duplicates: a second job with this key and data is not added.',
    },
  });
}

interface OptionFieldsProps {
  type: OfferedType | undefined;
  typed: Options;
  errors: readonly FieldError[];
}

export function OptionFields({ type, typed, errors }: OptionFieldsProps) {
  const isOpen = errors.some(({ path }) => OPTIONS.includes(path)) || OPTIONS.some((name) => typed[name] !== undefined);
  return (
    <details class="group options" open={isOpen}>
      <summary>Priority, delay, retries</summary>
      <Fields {...besideData(typed, errors)} field={fieldOfOptions(type)} />
    </details>
  );
}
