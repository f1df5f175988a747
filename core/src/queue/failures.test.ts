// Failed jobs, grouped by cause.
import { expect, test } from 'vitest';
import { causeOf } from './failures.ts';

test.each<[string | null, string | null, string]>([
  ['timeout after 5000 ms', null, 'timeout after # ms'],
  ['no host 10.0.0.12:25', null, 'no host #:#'],
  ['job 01a21307-2ad2-7000-8e28-6f36a544d1e9 is gone', null, 'job # is gone'],
  ['first\nsecond 2', null, 'first'],
  [null, 'crashed', 'crashed'],
  [null, null, 'no reason given'],
  ['x'.repeat(300), null, 'x'.repeat(200)],
])('%j, %j: %s', (error, reason, cause) => {
  expect(causeOf({ error, reason })).toBe(cause);
});
