// What is hidden, and what is not.
import { describe, expect, test } from 'vitest';
import { isSecretName, MASK, withoutPasswords, withoutSecrets } from './hidden.ts';

describe('by its name', () => {
  test.each(
    'password passwd pwd passphrase secret token authorization Authorization cookie Set-Cookie apiKey api_key API-KEY clientSecret accessToken smtpPassword x-auth-token private_key credentials jwt bearer passwords'.split(
      ' ',
    ),
  )('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each('to subject maxTokens tokens key keyword secretary passenger author cookieless compass'.split(' '))(
    '%s is none',
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});

test('secrets are hidden at any depth', () => {
  const data = { to: 'ada', auth: { user: 'a', password: 'p' }, list: [{ token: 7 }], cookie: { a: 'b' } };
  expect(withoutSecrets(data)).toEqual({
    to: 'ada',
    auth: { user: 'a', password: MASK },
    list: [{ token: MASK }],
    cookie: MASK,
  });
});

test('what the schema marks is hidden, also inside of lists, unions and records', () => {
  const pin = { type: 'string', secret: true };
  const schema = {
    properties: {
      pin,
      pins: { type: 'array', items: pin },
      either: { anyOf: [{ type: 'null' }, { properties: { code: { writeOnly: true } } }] },
      each: { additionalProperties: { format: 'password' } },
    },
  };
  const data = { pin: '1', pins: ['2'], either: { code: '3', open: '4' }, each: { x: '5' } };
  expect(withoutSecrets(data, schema)).toEqual({
    pin: MASK,
    pins: [MASK],
    either: { code: MASK, open: '4' },
    each: { x: MASK },
  });
});

test('the password of a URL is hidden, wherever the URL stands', () => {
  expect(withoutSecrets(['see ftp://ada:hunter2@host/x, and y'])).toEqual([`see ftp://ada:${MASK}@host/x, and y`]);
  expect(withoutPasswords('http://host:80/a@b')).toBe('http://host:80/a@b');
});

test.each<[string, unknown]>([
  ['nothing secret', { a: [1, { b: 'x' }], c: null }],
  ['secrets that say nothing', { password: '', token: null, secret: false }],
  ['a plain text', 'x'],
])('%s is the same value afterwards', (_, value) => {
  expect(withoutSecrets(value)).toBe(value);
});

test('a key that is called like the prototype stays a key', () => {
  const data = JSON.parse('{"__proto__":{"token":"t"}}') as object;
  expect(JSON.stringify(withoutSecrets(data))).toBe(`{"__proto__":{"token":"${MASK}"}}`);
});

test.each(['a-', 'a', 'a://', 'a://b:', '@:'])('a long text of %j costs no more than it has characters', (part) => {
  const text = part.repeat(256_000 / part.length);
  expect(withoutSecrets({ text, [text]: 'x' })).toHaveProperty('text', text);
});
