// One mapping from thrown errors to the answers of the API.
import { JobsError, Veto } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { ERRORS } from '../kernel/errors.ts';
import { answerProblem, problemOf } from './problem.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const answerTo = (error: unknown) => new Hono().get('/', (c) => answerProblem(c, error, silent)).request('/');

test.each(Object.entries(ERRORS))('%s is answered with its status and title', async (code, { status, title }) => {
  const response = await answerTo(new JobsError(code as keyof typeof ERRORS, 'Words.'));
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ type: `/api/docs#${code}`, title, status, code, detail: 'Words.' });
});

test('a veto of a plugin reaches the caller with its reason', () => {
  expect(problemOf(new Veto('no mail on Sundays'), '')).toMatchObject({ status: 422, detail: 'no mail on Sundays' });
});

test.each([new Error('secret'), 'secret', { code: 'QUEUE_FULL', message: 'secret' }, null])(
  'anything else is INTERNAL, and its text stays hidden: %j',
  (thrown) => {
    const problem = problemOf(thrown, '');
    expect(problem.code).toBe('INTERNAL');
    expect(JSON.stringify(problem)).not.toContain('secret');
  },
);

test.each([
  ['QUEUE_FULL', undefined, '5'],
  ['UNAVAILABLE', undefined, '5'],
  ['UNAVAILABLE', 30, '30'],
  ['INVALID_STATE', 2, '2'],
  ['INVALID_STATE', undefined, null],
] as const)('%s with a wait of %s seconds sets Retry-After: %s', async (code, retryAfter, expected) => {
  const more = retryAfter === undefined ? {} : { retryAfter };
  expect((await answerTo(new JobsError(code, 'Words.', more))).headers.get('retry-after')).toBe(expected);
});

test('a form sent by a browser gets a page, and a program gets JSON', async () => {
  const site = new Hono().post('/', (c) => answerProblem(c, new JobsError('UNAUTHORIZED', 'Say who you are.'), silent));
  const asked = await site.request('/', {
    method: 'POST',
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
  });
  expect([asked.status, asked.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
  expect(await asked.text()).toContain('Say who you are.');
  const program = await site.request('/', { method: 'POST', headers: { accept: '*/*' } });
  expect(program.headers.get('content-type')).toBe('application/problem+json');
});
