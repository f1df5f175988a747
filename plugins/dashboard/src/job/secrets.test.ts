// Secrets of jobs: masked in a list, and put back where a form returns their masks.
import type { Job } from '@phraseworks/sdk';
import type { OfferedType } from '@phraseworks/sdk/client';
import { MASK } from '@phraseworks/sdk/secrets';
import { expect, test } from 'vitest';
import { summaryOf } from '../text.ts';
import { masked, maskedJobs, masksIn, restored } from './secrets.ts';

const known = {
  to: 'ada',
  auth: { token: 't' },
  at: 'https://a:b@c.example',
  rows: [
    { n: 1, token: 'x' },
    { n: 2, token: 'y' },
  ],
};
const shown = masked(known, null);

test.each<[string, object, object]>([
  ['unchanged equals the original', shown, known],
  ['changed elsewhere keeps its secrets', { ...shown, to: 'bob' }, { ...known, to: 'bob' }],
  ['with a new secret has that one', { ...shown, auth: { token: 'new' } }, { ...known, auth: { token: 'new' } }],
  [
    'with its rows in another order moves their secrets along',
    { rows: shown.rows.toReversed() },
    { rows: known.rows.toReversed() },
  ],
  ['without a row keeps those of the others', { rows: shown.rows.slice(1) }, { rows: known.rows.slice(1) }],
])('a value that comes back %s', (_, value, expected) => {
  expect(restored(value, known, null)).toEqual(expected);
});

test.each<[string, object, object, string]>([
  ['a new row', { rows: [{ n: 3, token: MASK }] }, known, 'data.rows[0].token'],
  ['a new place', { other: { token: MASK } }, known, 'data.other.token'],
  [
    'one of two rows that look alike',
    { rows: [{ token: MASK }] },
    { rows: [{ token: 'A' }, { token: 'B' }] },
    'data.rows[0].token',
  ],
])('no secret is guessed for %s, and the mask that is left is found', (_, value, from, path) => {
  expect(masksIn(restored(value, from, null), 'data')).toEqual([path]);
});

test('a remaining mask is found, whole or in a URL; a text with asterisks is not a mask', () => {
  const value = { a: MASK, b: `smtp://ada:${MASK}@mail.example`, c: '****\n********\n****', d: [`x${MASK}`] };
  expect(masksIn(value, 'data')).toEqual(['data.a', 'data.b']);
});

const card = { type: 'card', data: { holder: 'CANARY', name: 'Ada' }, summary: null } as unknown as Job;
const types = [
  {
    type: 'card',
    schema: { type: 'object', properties: { holder: { type: 'string', secret: true }, name: { type: 'string' } } },
  },
] as unknown as OfferedType[];

test('a value that only the schema marks as secret is not in the summary of a job', () => {
  expect(maskedJobs([card], types).map(summaryOf)).toEqual(['Ada']);
  expect(maskedJobs([card], []).map(summaryOf)).toEqual(['CANARY, Ada']);
});
