// What the lists may be asked for: how many, from where on, and which.
import { JobsError } from '@phraseworks/sdk';
import { fromCursor, type Place } from './cursor.ts';

const MOST = 500;
const USUAL = 100;

const wrong = (path: string, message: string): never => {
  throw new JobsError('INVALID_DATA', `${path} ${message}`, { errors: [{ path, message }] });
};

/** `limit` and `cursor`; a cursor has so many keys. Throws `INVALID_DATA`. */
export function pagingOf(query: Record<string, string>, keys: number): { limit: number; after: Place | undefined } {
  const limit = query.limit === undefined ? USUAL : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) wrong('limit', `must be a number from 1 to ${MOST}`);
  const after = query.cursor === undefined ? undefined : fromCursor(query.cursor, keys);
  if (after === null) return wrong('cursor', 'is none that this list gave');
  return { limit, after };
}

/** One of `values`, or undefined when it is not asked for. Throws `INVALID_DATA`. */
export function oneOf<T extends string>(value: string | undefined, values: readonly T[], path: string): T | undefined {
  if (value === undefined) return undefined;
  return values.find((one) => one === value) ?? wrong(path, `must be one of ${values.join(', ')}`);
}
