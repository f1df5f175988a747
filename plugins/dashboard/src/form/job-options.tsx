// Priority, delay, retries and other options of a new job, in a disclosure, since most jobs need none of them.
/** @jsxImportSource hono/jsx */

import type { FieldError, OfferedType } from '@phraseworks/sdk';
import { read } from './draft.ts';
import { type GroupField, groupOf } from './field.ts';
import { besideData, Fields } from './form.tsx';
import { inUnit } from './units.ts';

/** As typed; the type sets missing ones. */
export type Options = Readonly<Record<string, string>>;

const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
const BACKOFFS = ['fixed', 'linear', 'exponential'];
const DURATION = { type: 'number', unit: 'milliseconds' };

function fieldOfOptions(type?: OfferedType): GroupField {
  const { maxRetries, retryDelay, timeout } = type ?? {};
  return groupOf({
    priority: { enum: PRIORITIES, default: 'normal' },
    delay: { ...DURATION, description: 'Before the first attempt: 30 s, 10 min, 2 days.' },
    maxRetries: { type: 'integer', minimum: 0, title: 'Retries', default: maxRetries ?? undefined },
    retryDelay: { ...DURATION, default: retryDelay ?? undefined },
    retryBackoff: { enum: BACKOFFS, title: 'Backoff', default: 'fixed' },
    timeout: { ...DURATION, title: 'Timeout per attempt', default: timeout ?? undefined },
    expires: { ...DURATION, description: 'Cancelled if it has not begun by then: 1 h after it was added.' },
    giveUpAfter: { ...DURATION, description: 'Fails instead of another attempt from then on.' },
    ...(type?.keyed === false ? {} : { key: { type: 'string', description: 'Instead of the key made of its data.' } }),
    idempotencyKey: {
      type: 'string',
      description: 'Prevents duplicates: a second job with this key and data is not added.',
    },
  });
}

const ALL = fieldOfOptions();
export const OPTIONS: readonly string[] = ALL.parts.map(({ key }) => key);

export const optionsOf = (posted: Options): Options =>
  Object.fromEntries(OPTIONS.flatMap((name) => (posted[name] ? [[name, posted[name]]] : [])));

/** The options that a copy of a job shares. */
export const optionsOfJob = (job: Partial<Record<string, unknown>>): Options =>
  Object.fromEntries(
    ALL.parts.flatMap(({ key, field }) =>
      job[key] === undefined || job[key] === null
        ? []
        : [[key, inUnit(field.kind === 'number' ? field.unit : undefined, job[key])]],
    ),
  );

/** A text that cannot be read stays as it is, so that the service refuses it together with all else that is wrong. */
export function readOptions(typed: Options): { options: Record<string, unknown>; errors: FieldError[] } {
  const { value, wrong } = read(ALL, new Map(Object.entries(typed)), '');
  return {
    options: (value ?? {}) as Record<string, unknown>,
    errors: [...wrong].map(([path, message]) => ({ path, message })),
  };
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
