// The value of a job at a limit with `by`.
import type { FieldError } from '@phraseworks/sdk';
import type { Limit, Limited } from '../../job/limit.ts';
import { keyOf } from '../keys/unique.ts';

/** Of stored data; empty if it has none, since its type may have got the limit later. */
export function valueIn({ by }: Limit, data: unknown): string {
  const found = keyOf([by ?? ''], data);
  return 'key' in found ? found.key : '';
}

/** Of a job that is added. */
export function limitedOf(limit: Limit, data: unknown, base: string): { limited: Limited } | { error: FieldError } {
  const found = keyOf([limit.by ?? ''], data);
  if ('key' in found) return { limited: { limit, value: found.key } };
  return {
    error: {
      path: `${base}data.${found.missing}`,
      message: `has no value, but the limit "${limit.name}" counts by it`,
    },
  };
}
