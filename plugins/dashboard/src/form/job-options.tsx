// Priority, delay, retries and other options of a new job, in a disclosure, since most jobs need none of them.
/** @jsxImportSource hono/jsx */

import type { OfferedType } from '@phraseworks/sdk';
import { Fields, isFilled } from './form.tsx';
import type { FormState } from './state.ts';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'];
const BACKOFFS = ['fixed', 'linear', 'exponential'];
const DURATION = { type: 'number', unit: 'milliseconds' };

/** The schema of each; the type sets missing ones. */
export function jobOptions(type?: OfferedType): Record<string, object> {
  const { maxRetries, retryDelay, timeout } = type ?? {};
  return {
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
  };
}

const NAMES = Object.keys(jobOptions());

/** Those that a job, or a submitted form, has. */
export const optionsIn = (all: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([name, value]) => NAMES.includes(name) && (value ?? null) !== null));

export function OptionFields({ form }: { form: FormState }) {
  const parts = form.field.parts.filter(({ key }) => NAMES.includes(key));
  return (
    <details class="group" open={parts.some(({ key, field }) => isFilled(form, field, key))}>
      <summary>Priority, delay, retries</summary>
      <Fields field={{ kind: 'group', parts }} place="" form={form} must label="" named />
    </details>
  );
}
