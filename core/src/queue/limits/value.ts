// The value of a job at a limit with `by`.
import type { FieldError } from '@phraseworks/sdk';
import type { Limit, Limited } from '../../job/limit.ts';
import { keyIn } from '../keys/unique.ts';

/** Of stored data, as JSON text; empty if it has none, since its type may have got the limit later. */
export function valueIn({ by }: Limit, data: string): string {
  const found = keyIn([by ?? ''], data);
  return 'key' in found ? found.key : '';
}

/** Of a job that is added, with its data as JSON text. */
export function limitedOf(limit: Limit, data: string, base: string): Limited | FieldError {
  const found = keyIn([limit.by ?? ''], data);
  if ('key' in found) return { limit, value: found.key };
  return {
    path: `${base}data.${found.missing}`,
    message: `has no value, but the limit "${limit.name}" counts by it`,
  };
}
