// Errors that no server on loopback can easily make, read as outcomes.
import { expect, test } from 'vitest';
import { cleanResponse, isGreylisted, readFailure } from './outcome.ts';

const failure = (fields: object) => Object.assign(new Error('x'), fields);

test('503 is the fault of the session, not of the recipient', () => {
  const error = failure({
    code: 'EENVELOPE',
    command: 'RCPT TO',
    responseCode: 503,
    permanent: false,
    response: '503 bad sequence',
  });
  expect(readFailure(error, false)).toEqual({ state: 'deferred', response: '503 bad sequence' });
});

test.each(['EDNS', 'ETLS', 'ETIMEDOUT', 'ESOCKET', 'EPROTOCOL', 'EFETCH'])('%s leaves the recipient queued', (code) => {
  expect(readFailure(failure({ code }), false)).toMatchObject({ state: 'queued', stop: 'UNREACHABLE' });
});

test('a mail larger than the server allows is refused for good', () => {
  expect(readFailure(failure({ code: 'EMESSAGE', command: 'MAIL FROM' }), false)).toMatchObject({ state: 'refused' });
});

test('a temporarily refused login is retried', () => {
  const error = failure({ code: 'EAUTH', responseCode: 454, permanent: false, response: '454 later' });
  expect(readFailure(error, false)).toEqual({ state: 'queued', response: '454 later', stop: 'UNREACHABLE' });
});

test('our own errors are not mistaken for answers of the server', () => {
  expect(readFailure(new TypeError('x'), false)).toBeNull();
  expect(readFailure(failure({ code: 'ERR_INVALID_ARG_TYPE' }), false)).toBeNull();
  expect(readFailure(undefined, false)).toBeNull();
});

test('an answer is cleaned of characters that hide or reverse text', () => {
  expect(cleanResponse('550 a\u2028b\u202ec\u2069')).toBe('550 a b c');
});

test.each([
  ['451 4.7.1 Greylisted, try later', true],
  ['450 4.2.0 <a@x>: Recipient address rejected: Greylisting in action', true],
  ['421 grey-listed', true],
  ['451 graylisting', true],
  ['451 4.3.0 mailbox busy, try again', false],
  ['550 greylisted for good', false],
])('%s: greylisted %s', (response, expected) => {
  expect(isGreylisted(response)).toBe(expected);
});
