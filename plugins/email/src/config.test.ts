// The configuration: its defaults, and valid SMTP URLs.
import { parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { EmailConfig, serverOf } from './config.ts';
import { parseSmtpUrl } from './smtp-server.ts';

const read = (config: unknown) => parse(EmailConfig, config, '');

test.each([
  ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, secure: false }],
  ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, secure: true }],
  ['smtp://[::1]:2525/', { host: '::1', port: 2525, secure: false }],
  ['smtp://a%40b:p%2Fw@h:25', { host: 'h', port: 25, secure: false, auth: { user: 'a@b', pass: 'p/w' } }],
])('%s is a valid server', async (url, server) => {
  expect(parseSmtpUrl(url)).toEqual(server);
  const outcome = await read({ transport: url });
  expect(outcome.ok && serverOf(outcome.value)).toEqual(server);
});

test.each([
  'http://x',
  'x',
  'smtp:',
  'smtp://',
  'smtp://h/path',
  'smtp://h?tls=off',
  'smtp://h#x',
  'smtp://h:99999',
  'smtp://u:%zz@h',
])('%s is not a valid server', async (transport) => {
  expect(parseSmtpUrl(transport)).toBeNull();
  const outcome = await read({ transport });
  expect(outcome.ok ? [] : outcome.errors).toEqual([
    { path: 'transport', message: expect.stringContaining('smtp:// or smtps:// URL') },
  ]);
});

test.each([
  [{ from: 'Ada <ada@x.test>' }, 'from'],
  [{ fromName: 'Ada\r\nBcc: evil@z.test' }, 'fromName'],
  [{ publicUrl: 'ftp://x.test' }, 'publicUrl'],
  [{ publicUrl: 'https://x.test/?a=1' }, 'publicUrl'],
  [{ secret: 'short' }, 'secret'],
  [{ bounces: { secret: 'short' } }, 'bounces.secret'],
  [{ dkim: { domain: 'x\r\nX: y', selector: 'jobs' } }, 'dkim.domain'],
])('an error is reported by its key (%#)', async (config, path) => {
  const outcome = await read(config);
  expect(outcome.ok ? [] : outcome.errors.map((error) => error.path)).toEqual([path]);
});
