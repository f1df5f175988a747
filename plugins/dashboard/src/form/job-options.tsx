// Priority, delay, retries and other options of a new job, in a disclosure, since most jobs need none of them.
/** @jsxImportSource hono/jsx */

import type { FieldError, OfferedType } from '@phraseworks/sdk';
import { type GroupField, groupOf } from './field.ts';
import { besideData, Fields } from './form.tsx';
import { numberIn, textIn, UNREADABLE } from './units.ts';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
const BACKOFFS = ['fixed', 'linear', 'exponential'];

const DURATIONS = ['delay', 'retryDelay', 'timeout', 'expires', 'giveUpAfter'] as const;
const TEXTS = ['priority', 'retryBackoff', 'idempotencyKey', 'key'] as const;
export const OPTIONS: readonly string[] = ['maxRetries', ...DURATIONS, ...TEXTS];

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
      return [[name, isDuration ? textIn('milliseconds', value as number) : String(value)]];
    }),
  );

interface ReadOptions {
  options: Record<string, unknown>;
  errors: FieldError[];
}

/** A text that cannot be read stays as it is, so that the service refuses it together with all else that is wrong. */
export function readOptions(typed: Options): ReadOptions {
  const options: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const name of TEXTS) if (typed[name] !== undefined) options[name] = typed[name];
  for (const name of DURATIONS) {
    const text = typed[name];
    if (text === undefined) continue;
    const ms = numberIn('milliseconds', text);
    if (ms === undefined) errors.push({ path: name, message: UNREADABLE.milliseconds });
    options[name] = ms ?? text;
  }
  const { maxRetries } = typed;
  if (maxRetries !== undefined && !/^\d{1,6}$/.test(maxRetries)) {
    errors.push({ path: 'maxRetries', message: 'must be a whole number' });
    options.maxRetries = maxRetries;
  } else if (maxRetries !== undefined) options.maxRetries = Number(maxRetries);
  return { options, errors };
}

function fieldOfOptions(type: OfferedType | undefined): GroupField {
  const duration = (ms: number | null | undefined) => (typeof ms === 'number' ? textIn('milliseconds', ms) : undefined);
  return groupOf({
    priority: { enum: PRIORITIES, default: 'normal' },
    delay: { type: 'string', description: 'Before the first attempt: 30 s, 10 min, 2 days.' },
    maxRetries: { type: 'integer', minimum: 0, title: 'Retries', default: type?.maxRetries ?? undefined },
    retryDelay: { type: 'string', default: duration(type?.retryDelay) },
    retryBackoff: { enum: BACKOFFS, title: 'Backoff', default: 'fixed' },
    timeout: { type: 'string', title: 'Timeout per attempt', default: duration(type?.timeout) },
    expires: { type: 'string', description: 'Cancelled if it has not begun by then: 1 h after it was added.' },
    giveUpAfter: { type: 'string', description: 'Fails instead of another attempt from then on.' },
    ...(type?.keyed ? { key: { type: 'string', description: 'Instead of the key made of its data.' } } : {}),
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
    <details class="group" open={isOpen}>
      <summary>Priority, delay, retries</summary>
      <Fields {...besideData(typed, errors)} field={fieldOfOptions(type)} />
    </details>
  );
}
