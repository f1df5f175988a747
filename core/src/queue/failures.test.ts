// Failed jobs, grouped by cause.
import { expect, test } from 'vitest';
import { causeOf, type FailedJob, groupFailures } from './failures.ts';

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

const job = (id: string, error: string, finishedAt: number, type = 'mail'): FailedJob => ({
  ...{ id, type, error, reason: null, finishedAt },
});

test('jobs of one type and cause make one entry with the newest job, most frequent first', () => {
  const jobs = [
    job('4', 'gone', 4),
    job('3', 'timeout after 7 ms', 3),
    job('2', 'timeout after 12 ms', 9),
    job('1', 'timeout after 1 ms', 1, 'image'),
  ];
  expect(groupFailures(jobs)).toEqual([
    { type: 'mail', cause: 'timeout after # ms', jobs: 2, newest: { id: '2', at: '1970-01-01T00:00:00.009Z' } },
    { type: 'mail', cause: 'gone', jobs: 1, newest: { id: '4', at: '1970-01-01T00:00:00.004Z' } },
    { type: 'image', cause: 'timeout after # ms', jobs: 1, newest: { id: '1', at: '1970-01-01T00:00:00.001Z' } },
  ]);
});

test('at most 200 entries are returned', () => {
  const words = Array.from({ length: 300 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  expect(groupFailures(words.map((word, i) => job(word, word, i)))).toHaveLength(200);
});

test('a cause never contains the password of a URL, and a search for it still finds the jobs', () => {
  expect(causeOf({ error: 'no answer from smtp://site:hunter2@host:25', reason: null })).toBe(
    'no answer from smtp://site:#@host:#',
  );
});
