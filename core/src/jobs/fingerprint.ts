// What distinguishes two jobs with one idempotency key.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../json.ts';

/** The same for the same type and data, whatever the order of its keys. */
export const fingerprint = (type: string, data: string): string =>
  createHash('sha256')
    .update(`${type}\n${canonicalJson(data)}`)
    .digest('base64url');
