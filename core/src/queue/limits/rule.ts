// What types, plugins and the configuration say about limits, as the queue reads it, and the value of a job at a limit with `by`.
import type { FieldError } from '@phraseworks/sdk';
import type { z } from 'zod';
import type { Limit, LimitKey } from '../../job/limit.ts';
import type { LimitSchema } from '../../kernel/config.ts';
import { millisecondsOf } from '../../kernel/duration.ts';
import { keyIn } from '../keys/unique.ts';

/** Of a rule without mistakes. */
export const readRule = (name: string, { concurrency, rate, by }: z.output<typeof LimitSchema>): Limit => ({
  name,
  concurrency: concurrency ?? null,
  rate: rate ? { n: rate.n, per: millisecondsOf(rate.per) ?? 0 } : null,
  by: by ?? null,
});

/** Unlike the empty text, not that of the limit itself. */
const EMPTY = '""';

/** The value in stored data, as JSON text; that of empty text if it has none, since its type may have got the limit later. */
export function valueIn(limit: Limit, data: string): string {
  const found = limitedOf(limit, data, '');
  return 'value' in found ? found.value : EMPTY;
}

/** Of a job that is added, with its data as JSON text. */
export function limitedOf({ name, by }: Limit, data: string, base: string): LimitKey | FieldError {
  const found = keyIn([by ?? ''], data);
  if ('key' in found) return { name, value: found.key || EMPTY };
  return { path: `${base}data.${found.missing}`, message: `has no value, but the limit "${name}" counts by it` };
}
