// JSON that a request sent.
import { JobsError } from '@phraseworks/sdk';

/** An object or a list. Throws `INVALID_DATA`. */
export function jsonOf(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would repeat the body.
  }
  if (typeof value === 'object' && value !== null) return value;
  const errors = [{ path: '', message: 'must be JSON: an object or an array' }];
  throw new JobsError('INVALID_DATA', 'Invalid request body.', { errors });
}
