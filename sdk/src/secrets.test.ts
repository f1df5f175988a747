// Which values are hidden.
import { describe, expect, test } from 'vitest';
import { isSecretName, MASK, maskInStretches, maskSecrets, maskStart, maskText, shortened } from './secrets.ts';

describe('by its name', () => {
  test.each(
    'password passwd pwd passphrase secret token authorization Authorization cookie Set-Cookie apiKey api_key API-KEY clientSecret accessToken smtpPassword x-auth-token private_key credentials jwt bearer passwords dbpass mysqlpw pw pin otp sessionId connectionString sshKey masterKey sharedKey password1 password_confirmation resetLink backupCodes accessKeyId PGPASSWORD DB_PASS newPasswordHash recovery-codes magicLink PHPSESSID refreshTokens Pass_Word PassWord DB_PASS_WORD privateKeyPem private_key_pem twoFactor two_factor passwort dbPasswort kennwort'.split(
      ' ',
    ),
  )('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each(
    'to subject maxTokens tokens key keyword secretary passenger author cookieless compass bypass publicKey monkey zipCode statusCode id link url string spin shipping primaryKey code publicKeyPem factor passport twoFactorEnabled'.split(
      ' ',
    ),
  )('%s is not a secret', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

test('secrets are hidden at any depth', () => {
  const data = { to: 'ada', auth: { user: 'a', password: 'p' }, list: [{ token: 7 }], cookie: { a: 'b' } };
  expect(maskSecrets(data)).toEqual({
    to: 'ada',
    auth: { user: 'a', password: MASK },
    list: [{ token: MASK }],
    cookie: MASK,
  });
});

test('data nested too deep to search is hidden as a whole', () => {
  let data: unknown = { password: 'CANARY' };
  for (let depth = 0; depth < 200; depth += 1) data = [data];
  expect(JSON.stringify(maskSecrets(data))).not.toContain('CANARY');
});

test('fields marked as secret are hidden, even inside lists, unions and records', () => {
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
  expect(maskSecrets(data, schema)).toEqual({
    pin: MASK,
    pins: [MASK],
    either: { code: MASK, open: '4' },
    each: { x: MASK },
  });
});

test('fields marked as confidential are hidden on request', () => {
  const schema = { properties: { html: { confidential: true }, key: { secret: true } } };
  const data = { html: '<p>1</p>', key: '2', to: 'ada' };
  expect(maskSecrets(data, schema)).toEqual({ ...data, key: MASK });
  expect(maskSecrets(data, schema, { confidential: true })).toEqual({ html: MASK, key: MASK, to: 'ada' });
});

test('the password of a URL is hidden, wherever the URL is', () => {
  expect(maskSecrets(['see ftp://ada:hunter2@host/x, and y'])).toEqual([`see ftp://ada:${MASK}@host/x, and y`]);
  expect(maskText('http://host:80/a@b')).toBe('http://host:80/a@b');
});

test.each<[string, unknown]>([
  ['nothing secret', { a: [1, { b: 'x' }], c: null }],
  ['secrets that say nothing', { password: '', token: null, secret: false }],
  ['a plain text', 'x'],
])('%s is returned as the same value', (_, value) => {
  expect(maskSecrets(value)).toBe(value);
});

test('a key named like the prototype stays a key', () => {
  const data = JSON.parse('{"__proto__":{"token":"t"}}') as object;
  expect(JSON.stringify(maskSecrets(data))).toBe(`{"__proto__":{"token":"${MASK}"}}`);
});

test.each(['a-', 'a', 'a://', 'a://b:', '@:'])('a long text of %j without secrets is returned unchanged', (part) => {
  const text = part.repeat(256_000 / part.length);
  expect(maskSecrets({ text, [text]: 'x' })).toHaveProperty('text', text);
});

test.each([
  ['mysql://ada:CANARY@h/db', `mysql://ada:${MASK}@h/db`],
  ['GET https://CANARY@host/x', `GET https://${MASK}@host/x`],
  ['https://h/reset?token=CANARY&a=1', `https://h/reset?token=${MASK}&a=1`],
  ['https://h/sign-in?code=CANARY', `https://h/sign-in?code=${MASK}`],
  ['sent Bearer CANARY', `sent Bearer ${MASK}`],
  ['Authorization: Basic CANARY==', `Authorization: ${MASK}`],
  ['PGPASSWORD=CANARY pg_dump', `PGPASSWORD=${MASK} pg_dump`],
  ['{"password":"CANARY","a":1}', `{"password":"${MASK}","a":1}`],
  ["{ apiKey: 'CANARY', a: 1 }", `{ apiKey: '${MASK}', a: 1 }`],
  ['Server=h;Password=CANARY;x', `Server=h;Password=${MASK};x`],
  ['eyJhbGciOiJI.eyJzdWIiOiIx.CANARY', MASK],
  ['-----BEGIN RSA PRIVATE KEY-----\nCANARY\n-----END RSA PRIVATE KEY-----', MASK],
  ['-----BEGIN PGP PRIVATE KEY BLOCK-----\nCANARY\n-----END PGP PRIVATE KEY BLOCK-----', MASK],
  ['-----BEGIN PRIVATE KEY-----\nCANARY', MASK],
  ['Password: CANARY', `Password: ${MASK}`],
  ['login failed: password: CANARY, user: ada', `login failed: password: ${MASK}, user: ada`],
  ['token: CANARY7 was refused', `token: ${MASK} was refused`],
  ['user: ada\npassword: CANARY\nhost: h', `user: ada\npassword: ${MASK}\nhost: h`],
  ['{\\"password\\":\\"CANARY\\",\\"a\\":1}', `{\\"password\\":\\"${MASK}\\",\\"a\\":1}`],
  ['{\\"pin\\":4711,\\"a\\":1}', `{\\"pin\\":${MASK},\\"a\\":1}`],
  ['password=\\"CANARY\\"', `password=\\"${MASK}\\"`],
  ['{"message":"no password=CANARY","a":1}', `{"message":"no password=${MASK}","a":1}`],
  ["error=\"{'password': 'CANARY'}\"", `error="{'password': '${MASK}'}"`],
  ['cut off: {"password":"CANARY', `cut off: {"password":"${MASK}`],
  ['postgres://ada:CANARY@CANARY@h/db', `postgres://ada:${MASK}@h/db`],
  ['postgres://ada:CANARY/CANARY@h/db', `postgres://ada:${MASK}@h/db`],
  ['mysql://a:CANARY@h/x,mysql://b:CANARY@h/y', `mysql://a:${MASK}@h/x,mysql://b:${MASK}@h/y`],
  ['https://hooks.slack.com/services/T0/B0/CANARY', `https://hooks.slack.com/services/${MASK}`],
  ['glpat-CANARY12345678901234', MASK],
  ['sk-proj-CANARYCANARYCANARYCANARY1234', MASK],
  ['SG.CANARYCANARYCANARYCA.CANARYCANARYCANARYCANARY', MASK],
  ['AIzaSyCANARYCANARYCANARYCANARYCANARYCAN', MASK],
  ['github_pat_CANARYCANARYCANARYCANARY', MASK],
])('the secret in the text %j is masked', (text, shown) => {
  expect(maskText(text)).toBe(shown);
});

test.each([
  'Access denied for user ada (using password: YES)',
  'plugins.email.config.transport.auth.pass: must be text',
  'bearer of news; basic authentication',
  'http://host:80/a@b',
  'a = 1, code=7, key: value',
  'Unexpected token: end of input',
  'password: must be at least 8 characters long',
  'data.password: required',
  'token: expired',
  'risk-proj-of-the-whole-department; Task-3; SG. Then AIza',
  'http://localhost:3210/users/ada@example.com',
  'http://host:80?mail=a@b',
  'it says "a" and \'b\': fine; note = "c"',
])('the text %j contains no secret', (text) => {
  expect(maskText(text)).toBe(text);
});

// What begins inside of another would be walked through from each beginning.
test.each([
  ['-----BEGIN PRIVATE KEY-----A'.repeat(3), MASK.repeat(3)],
  ['x-eyJaaaaaaaa-eyJaaaaaaaa.bbbb', 'x-eyJaaaaaaaa-eyJaaaaaaaa.bbbb'],
  ['eyJaaaaaaaa-eyJaaaaaaaa.bbbb', MASK],
])('in %j no key or token starts inside another', (text, shown) => {
  expect(maskText(text)).toBe(shown);
});

test.each([
  '=',
  'a=',
  '"a":',
  "'a': '",
  'Bearer ',
  '-----BEGIN PRIVATE KEY-----',
  'eyJ.',
  'cookie:',
  'x-',
  '\\"',
  'a="\\',
  '&a=b',
  '-eyJaaaaaaaa',
  'a: ',
  '\\"a\\":\\"',
  '\\"a=',
  'a=\\"b=\\\\"',
  `a="b='c=\``,
  '://a:b/',
  'hooks.slack.com/services/',
])('a long text of %j is masked at once, not read again from each part', (part) => {
  const text = part.repeat(300_000 / part.length);
  expect(typeof maskText(text)).toBe('string');
});

test('marks apply behind references, in tuples and in records with patterns', () => {
  const schema = {
    $defs: {
      Login: {
        type: 'object',
        properties: { code: { type: 'string', secret: true }, next: { $ref: '#/$defs/Login' } },
      },
    },
    type: 'object',
    properties: {
      login: { $ref: '#/$defs/Login' },
      pair: { type: 'array', prefixItems: [{}, { secret: true }] },
      byHost: { type: 'object', patternProperties: { '^host-': { secret: true } } },
      nothing: { $ref: '#/$defs/None' },
    },
  };
  const data = {
    login: { code: 'a', next: { code: 'b', next: { code: 'c' } } },
    pair: ['x', 'y'],
    byHost: { 'host-1': 'z', other: 'o' },
    nothing: 'n',
  };
  expect(maskSecrets(data, schema)).toEqual({
    login: { code: MASK, next: { code: MASK, next: { code: MASK } } },
    pair: ['x', MASK],
    byHost: { 'host-1': MASK, other: 'o' },
    nothing: 'n',
  });
});

test('a text that is cut shows no part of a secret that crosses the cut', () => {
  for (let at = 150; at < 215; at += 1) {
    const text = `${'x'.repeat(at)} mysql://ada:PASSWORD@host/db and ${'more '.repeat(2_000)}`;
    expect(maskStart(text, 200)).not.toContain('PASS');
    expect(shortened(text, 200)).not.toContain('PASS');
  }
  expect(shortened('mysql://ada:PASSWORD@host', 200)).toBe('mysql://ada:PASSWORD@host');
  // Without a space, at the end of what is read.
  const packed = `${'x'.repeat(1_690)}://ada:${'PASSWORD'.repeat(20)}@host`;
  expect(maskStart(packed, 200)).toBe('x'.repeat(200));
});

test('a value is masked in stretches as at once, and the work ends when a rest throws', async () => {
  const value = {
    list: Array.from({ length: 20_000 }, (_, i) => ({ i, token: `secret-${i}` })),
    text: 'https://ada:pa55@host/?token=abc and password=x; Bearer abc123 '.repeat(2_000),
  };
  let rests = 0;
  const shown = await maskInStretches(value, null, {
    rest: () => {
      rests += 1;
      return undefined;
    },
  });
  expect(shown).toEqual(maskSecrets(value));
  expect(JSON.stringify(shown)).not.toMatch(/pa55|secret-|abc123/);
  expect(rests).toBeGreaterThan(20);
  const ended = maskInStretches(value, null, { rest: () => Promise.reject(new Error('no caller waits')) });
  await expect(ended).rejects.toThrow('no caller waits');
});
