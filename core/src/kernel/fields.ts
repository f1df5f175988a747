// What callers in the same process pass: a copy of it, or a refusal that names the field that is wrong.

import type { ErrorCode } from '@phraseworks/sdk';
import { parseNow } from '@phraseworks/sdk/host';
import type { z } from 'zod';
import { invalid } from './errors.ts';

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws `INVALID_DATA` with every wrong field; `what`: its name in the call. */
export function readFields<T>(schema: z.ZodType<T>, given: unknown, what: string): T {
  const parsed = parseNow(schema, given, what);
  const isLate = parsed instanceof Promise;
  if (!isLate && parsed.ok) return parsed.value;
  // These schemas answer at once, unless reading the value throws.
  throw invalid(isLate ? [{ path: what, message: 'cannot be read' }] : parsed.errors);
}

/** A copy of an object, so that what is checked is what is used. Throws `code`, beginning with `what`, for a field whose getter throws. */
export function copied<T extends object>(given: T, what: string, code: ErrorCode = 'INVALID_DATA'): T {
  const read = (key: string): unknown => {
    try {
      return given[key as keyof T];
    } catch {
      throw invalid([{ path: key, message: 'cannot be read: its getter throws' }], what, code);
    }
  };
  return Object.fromEntries(Object.keys(given).map((key) => [key, read(key)])) as T;
}
