import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { BackupConfig } from './config.ts';
import { placeOf, readServerUrl } from './engines/server-url.ts';
import backup from './index.ts';

const PUBLIC = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

test.each<[what: string, config: object]>([
  ['a database in memory', { databases: { a: 'sqlite::memory:' } }],
  ['another engine', { databases: { a: 'mongodb://u@h/d' } }],
  ['an unknown sslmode', { databases: { a: 'postgresql://u@h/d?sslmode=full' } }],
  ['an option of PostgreSQL that would lead elsewhere', { databases: { a: 'postgresql://u@h/d?host=x' } }],
  ['a place for copies that is not a server', { verify: { a: 'sqlite:x.db' } }],
  ['a URL with an unknown tls option', { databases: { a: 'mysql://u@h/d?tls=maybe' } }],
  ['a name that leads outside', { files: { '../up': 'x' } }],
  ["the name of the jobs' own database", { databases: { jobs: 'sqlite:x.db' } }],
  ['a short passphrase', { passphrase: 'short' }],
  ['a public key with a typing error', { recipients: [PUBLIC.replace('hjy54', 'hjy45')] }],
  ['a secret key in place of a public one', { recipients: [`AGE-SECRET-KEY-1${'Q'.repeat(58)}`] }],
  ['no backup to keep', { minKeep: 0 }],
  ['an unknown key', { pasphrase: 'correct horse battery' }],
])('%s is refused', (_what, config) => {
  expect(BackupConfig.safeParse(config).success).toBe(false);
});

test('the displayed location of a server contains no login', () => {
  const login = readServerUrl('mysql://site:CANARY@[::1]:3307,db2/shop?tls=unchecked&tls-ca=/ca.pem');
  expect(login).toMatchObject({
    user: 'site',
    password: 'CANARY',
    database: 'shop',
    tls: 'unchecked',
    tlsCa: '/ca.pem',
  });
  expect(login && placeOf(login)).toBe('mysql://[::1]:3307,db2:3306/shop');
});

test('secrets are write-only: no passphrase and no password in a URL is shown', async () => {
  const databases = { shop: 'mysql://u:CANARY@127.0.0.1:1/shop' };
  const config = { passphrase: 'CANARY CANARY', databases };
  await using jobs = await createTestJobs({ plugins: { backup: { use: backup, config } } });
  const shown = await (await jobs.request('/api/plugins')).text();
  expect(shown).toContain('passphrase');
  expect(shown + JSON.stringify(jobs.log)).not.toContain('CANARY');
});
