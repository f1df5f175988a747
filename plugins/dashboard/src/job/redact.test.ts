import { MASK } from '@phraseworks/sdk/secrets';
import { describe, expect, test } from 'vitest';
import { masksIn, redact, unredact } from './redact.ts';

test('secrets are hidden at any depth, and counted', () => {
  const data = {
    to: 'ada',
    auth: { user: 'a', password: 'p' },
    list: [{ token: 7 }],
    cookie: { a: 'b' },
    secret: true,
  };
  expect(redact(data)).toEqual({
    value: { to: 'ada', auth: { user: 'a', password: MASK }, list: [{ token: MASK }], cookie: MASK, secret: true },
    hidden: 3,
  });
});

test('fields marked as secret are hidden, even inside lists, unions and records', () => {
  const pin = { type: 'string', secret: true };
  const schema = {
    properties: {
      pin,
      code: { anyOf: [{ type: 'null' }, { type: 'string', writeOnly: true }] },
      rows: { items: { properties: { pin } } },
      more: { additionalProperties: { type: 'string', format: 'password' } },
    },
  };
  const data = { pin: '1', code: '2', rows: [{ pin: '3', name: 'n' }], more: { a: '4' } };
  expect(redact(data, schema).value).toEqual({
    pin: MASK,
    code: MASK,
    rows: [{ pin: MASK, name: 'n' }],
    more: { a: MASK },
  });
});

test('only the password of a URL is hidden', () => {
  expect(redact({ at: 'smtp://ada:pa55@mail.example:25' })).toEqual({
    value: { at: `smtp://ada:${MASK}@mail.example:25` },
    hidden: 1,
  });
});

describe('a submitted value', () => {
  const known = {
    to: 'ada',
    auth: { token: 't' },
    at: 'https://a:b@c.example',
    rows: [
      { n: 1, token: 'x' },
      { n: 2, token: 'y' },
    ],
  };
  const { value } = redact(known) as { value: typeof known };

  test('unchanged equals the original', () => {
    expect(unredact(value, known)).toEqual(known);
  });

  test('changed elsewhere keeps its secrets', () => {
    expect(unredact({ ...value, to: 'bob' }, known)).toEqual({ ...known, to: 'bob' });
  });

  test('with a new secret has that one', () => {
    expect(unredact({ ...value, auth: { token: 'new' } }, known)).toMatchObject({ auth: { token: 'new' } });
  });

  test('without the first entry of a list assigns no secret to the wrong entry', () => {
    expect(unredact({ ...value, rows: value.rows.slice(1) }, known)).toMatchObject({ rows: [{ n: 2, token: 'y' }] });
    const edited = unredact({ rows: [{ n: 3, token: MASK }] }, known);
    expect(edited).toEqual({ rows: [{ n: 3, token: MASK }] });
    expect(masksIn(edited, 'data')).toEqual(['data.rows[0].token']);
  });

  test("with similar entries keeps each one's secret, and guesses none", () => {
    const hooks = [{ token: 'A' }, { token: 'B' }];
    const shown = redact({ hooks, to: 'ada' }).value as { hooks: object[] };
    expect(unredact({ ...shown, to: 'bob' }, { hooks, to: 'ada' })).toEqual({ hooks, to: 'bob' });
    const shorter = unredact({ hooks: shown.hooks.slice(1) }, { hooks });
    expect(masksIn(shorter, 'data')).toEqual(['data.hooks[0].token']);
  });

  test('in a new place gets no secret', () => {
    expect(masksIn(unredact({ other: { token: MASK } }, known), 'data')).toEqual(['data.other.token']);
  });
});

test('a remaining mask is found, whole or in a URL; a text with asterisks is not a mask', () => {
  const value = { a: MASK, b: `smtp://ada:${MASK}@mail.example`, c: '****\n********\n****', d: [`x${MASK}`] };
  expect(masksIn(value, 'data')).toEqual(['data.a', 'data.b']);
});

test.each([
  'secretAccessKey',
  'awsSecretAccessKey',
  'stripeSecretKey',
  'dkimPrivateKey',
  'secret_access_key',
  'secrets',
])('a key named %s is a secret', (name) => {
  expect(redact({ [name]: 'CANARY' })).toEqual({ value: { [name]: MASK }, hidden: 1 });
});

test.each(['maxTokens', 'key', 'monkey', 'passenger', 'author', 'publicKey'])(
  'a key named %s is not a secret',
  (name) => {
    expect(redact({ [name]: 'shown' }).hidden).toBe(0);
  },
);

// A pattern that backtracks would need minutes for them.
test.each(['a-', 'a', '://', '://a:', 'x@'])('a long text of nothing but "%s" is shown unchanged', (part) => {
  const text = part.repeat(256_000 / part.length);
  expect(redact({ text }).value).toEqual({ text });
});
