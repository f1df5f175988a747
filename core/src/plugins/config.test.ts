// Config from four places: the stronger wins, every mistake is named with its key and origin, secrets stay secret.
import type { Schema } from '@phraseworks/sdk';
import { MASK } from '@phraseworks/sdk/secrets';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { pluginSettings } from '../kernel/env.ts';
import { type Places, PluginConfig } from './config.ts';

const EmailConfig = z.object({
  from: z.email(),
  port: z.number().int().default(25),
  allowHosts: z.array(z.string()).default([]),
  password: z.string().optional().meta({ secret: true }),
  transport: z
    .union([z.literal('mailbox'), z.object({ host: z.string(), pass: z.string().meta({ secret: true }) })])
    .default('mailbox'),
  mailbox: z.object({ keep: z.coerce.number().default(200) }).prefault({}),
});

const email = (schema: Schema = EmailConfig) => new PluginConfig('email', schema);
const places = (over: Partial<Record<'file' | 'stored', unknown>> = {}, env: Record<string, string> = {}): Places => ({
  file: undefined,
  stored: undefined,
  ...over,
  env: pluginSettings(env, 'email'),
});

test('defaults < configuration < stored < environment, key by key', async () => {
  const resolved = await email().resolve(
    places(
      { file: { from: 'file@x.org', port: 1, mailbox: { keep: 1 } }, stored: { port: 2, password: 'p' } },
      { JOBS_EMAIL__FROM: 'env@x.org' },
    ),
  );
  expect(resolved).toEqual({
    ok: true,
    value: { from: 'env@x.org', port: 2, password: 'p', allowHosts: [], transport: 'mailbox', mailbox: { keep: 1 } },
  });
});

test('every mistake is reported at once, with its key and source', async () => {
  const resolved = await email().resolve(
    places({ file: { form: 'a@b.org', mailbox: { keeep: 1 } }, stored: { password: 7 } }, { JOBS_EMAIL__PORT: 'many' }),
  );
  expect(resolved).toEqual({
    ok: false,
    errors: [
      {
        path: 'plugins.email.config.form',
        message: 'is not a known setting: did you mean from? (in the configuration)',
      },
      {
        path: 'plugins.email.config.mailbox.keeep',
        message: 'is not a known setting: did you mean keep? (in the configuration)',
      },
      { path: 'plugins.email.config.from', message: 'is required' },
      { path: 'plugins.email.config.port', message: 'must be number (JOBS_EMAIL__PORT in the environment)' },
      { path: 'plugins.email.config.password', message: 'must be string (in the stored settings)' },
    ],
  });
});

test('a mistake in a form is not said to be stored, nor in the configuration', async () => {
  const file = { from: 'a@b.org', password: 'x' };
  const typed = await email().resolve(places({ file, stored: { password: 7 } }), []);
  expect(typed).toEqual({ ok: false, errors: [{ path: 'plugins.email.config.password', message: 'must be string' }] });
});

test.each([
  ['with a field that JSON Schema cannot describe', (schema: z.ZodType) => schema, 'plugins.email.config.more'],
  [
    'of a library without JSON Schema',
    ({ '~standard': { version, vendor, validate } }: z.ZodType) => ({ '~standard': { version, vendor, validate } }),
    'plugins.email.config',
  ],
] as const)('a schema %s still reports its mistakes', async (_, given, unknown) => {
  const schema = z.strictObject({ at: z.string(), hook: z.custom<() => void>().optional() });
  const resolved = await email(given(schema) as z.ZodType).resolve(places({ file: { at: 5, more: 1 } }));
  const paths = resolved.ok ? [] : resolved.errors.map(({ path }) => path);
  expect(paths.sort()).toEqual([unknown, 'plugins.email.config.at'].sort());
});

test.each<[variable: string, text: string, path: string, value: unknown]>([
  ['JOBS_EMAIL__MAILBOX__KEEP', '5', 'mailbox', { keep: 5 }],
  ['JOBS_EMAIL__ALLOW_HOSTS', 'a:1, b:2', 'allowHosts', ['a:1', 'b:2']],
  ['JOBS_EMAIL__ALLOW_HOSTS', '["a:1"]', 'allowHosts', ['a:1']],
  ['JOBS_EMAIL__PASSWORD', '12345', 'password', '12345'],
  ['JOBS_EMAIL__TRANSPORT', '{"host":"h","pass":"p"}', 'transport', { host: 'h', pass: 'p' }],
  ['JOBS_EMAIL__TRANSPORT__HOST', 'h', 'transport', { host: 'h', pass: 'x' }],
])('%s=%s sets a field of its own type', async (variable, text, key, value) => {
  const file = { from: 'a@b.org', transport: { host: 'file', pass: 'x' } };
  const resolved = await email().resolve(places({ file }, { [variable]: text }));
  expect(resolved.ok && (resolved.value as Record<string, unknown>)[key]).toEqual(value);
});

test('without a JSON Schema, secrets are recognised by name and by the password in a URL', () => {
  const bare = new PluginConfig('email', undefined);
  const file = {
    apiKey: 'CANARY',
    url: 'smtp://me:CANARY@host',
    nested: [{ token: 'CANARY' }],
    name: 'x',
    log: () => {},
  };
  expect(bare.shown(places({ file }))).toEqual({ apiKey: MASK, url: MASK, nested: [{ token: MASK }], name: 'x' });
});

test('keys that would change the prototype of an object are dropped', async () => {
  const stored: unknown = JSON.parse('{"__proto__":{"polluted":1},"mailbox":{"__proto__":{"polluted":1}}}');
  const resolved = await email().resolve(
    places({ file: { from: 'a@b.org' }, stored }, { JOBS_EMAIL____PROTO____X: '1' }),
  );
  expect(resolved.ok).toBe(false);
  expect(await email().resolve(places({ file: { from: 'a@b.org' }, stored }))).toMatchObject({ ok: true });
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('in a list that was reordered or lost an entry, each secret stays with its entry', () => {
  const bare = new PluginConfig('x', undefined);
  const at = (host: string, token: string) => ({ host, token });
  const before = places({ file: { servers: [at('a', 'for a'), at('b', 'for b'), at('c', 'for c')] } });
  const stored = (...servers: object[]) => (bare.toStore({ servers }, before).stored as { servers?: unknown }).servers;
  expect(stored(at('c', MASK), at('a', MASK))).toEqual([at('c', 'for c'), at('a', 'for a')]);
  expect(stored(at('b', MASK), at('a', MASK), at('c', MASK))).toEqual([
    at('b', 'for b'),
    at('a', 'for a'),
    at('c', 'for c'),
  ]);
  expect(stored(at('a', MASK), at('new', MASK), at('b', MASK), at('c', MASK))).toMatchObject([
    {},
    { host: 'new' },
    {},
    {},
  ]);
  expect(JSON.stringify(stored(at('new', MASK)))).not.toContain('for');
});

test('a list of plain secrets that lost one keeps none, because the lost one is unknown', () => {
  const bare = new PluginConfig('x', undefined);
  const before = places({ file: { urls: ['smtp://a:one@h', 'smtp://b:two@h'] } });
  expect(bare.toStore({ urls: [MASK, MASK] }, before).stored).toEqual({});
  expect(bare.toStore({ urls: [MASK] }, before).stored).toEqual({ urls: [undefined] });
});

test('entries that differ only in their secret keep none after one was removed, because its owner is unknown', () => {
  const bare = new PluginConfig('x', undefined);
  const before = places({ file: { servers: [{ token: 'one' }, { token: 'two' }] } });
  expect(bare.toStore({ servers: [{ token: MASK }, { token: MASK }] }, before).stored).toEqual({});
  expect(JSON.stringify(bare.toStore({ servers: [{ token: MASK }] }, before).stored)).not.toMatch(/one|two/);
});

test('a list entry that was changed in place keeps its secret, unless its address changed', () => {
  const bare = new PluginConfig('x', undefined);
  const before = places({ file: { servers: [{ host: 'a', name: 'x', token: 'for a' }] } });
  const stored = (server: object) => bare.toStore({ servers: [server] }, before).stored;
  expect(stored({ host: 'a', name: 'y', token: MASK })).toEqual({
    servers: [{ host: 'a', name: 'y', token: 'for a' }],
  });
  expect(stored({ host: 'b', name: 'x', token: MASK })).toEqual({ servers: [{ host: 'b', name: 'x' }] });
});

const PASSWORD_AGAIN = 'must be entered again because the address or login next to it changed';

test('a stored address does not use a secret of the file or the environment, even after the next start', async () => {
  const file = { from: 'a@b.org', transport: { host: 'file', pass: 'CANARY' } };
  const stored = { transport: { host: 'evil' } };
  for (const at of [places({ file, stored }), places({ file, stored }, { JOBS_EMAIL__TRANSPORT__PASS: 'CANARY' })]) {
    expect(await email().resolve(at)).toEqual({
      ok: false,
      errors: [{ path: 'plugins.email.config.transport.pass', message: PASSWORD_AGAIN }],
    });
    expect(email().shown(at)).not.toHaveProperty('transport.pass');
    const own = { ...at, stored: { transport: { host: 'evil', pass: 'its own' } } };
    expect(await email().resolve(own)).toMatchObject({
      ok: true,
      value: { transport: { host: 'evil', pass: 'its own' } },
    });
  }
});

test.each([
  [{ url: 'https://evil.example' }],
  [{ proxy: 'http://evil.example' }],
  [{ options: { host: 'evil.example' } }],
  [{ mirror: { url: 'https://evil.example' } }],
  [{ secure: false }],
])('stored %j does not use a secret of the file', async (change) => {
  const x = { url: 'https://a.example', servers: ['a.example'], secure: true, auth: { token: 'CANARY' } };
  const resolved = await new PluginConfig('p', undefined).resolve(places({ file: { x }, stored: { x: change } }));
  expect(JSON.stringify(resolved)).not.toContain('CANARY');
});
