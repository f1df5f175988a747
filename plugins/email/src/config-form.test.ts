// The config in an administrator's form: secrets are never shown, and errors are reported before a value is stored.
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

const CANARY = 'CANARY-0123456789';
const dkim = { domain: 'site.test', selector: 'jobs' };

async function start(config: object, more: TestOptions = {}): Promise<TestJobs> {
  return createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 }, ...config } } }, ...more });
}

test('no secret of the config is shown anywhere', async () => {
  const config = {
    secret: CANARY,
    bounces: { secret: CANARY },
    dkim: { ...dkim, key: CANARY },
    transport: { host: 'h', auth: { user: 'u', pass: CANARY } },
  };
  await using jobs = await start(config, { onPluginFailure: 'continue' });
  const shown = await Promise.all(
    ['/api/plugins', '/api/plugins/email', '/ready', '/api/types'].map(async (path) =>
      (await jobs.request(path)).text(),
    ),
  );
  expect(shown.join()).toContain('********');
  expect(shown.join()).not.toContain(CANARY);
  expect(jobs.log.join()).not.toContain(CANARY);
});

test('an invalid DKIM key keeps the plugin off, with the reason and without the key', async () => {
  const starting = start({ dkim: { ...dkim, key: CANARY } });
  await expect(starting).rejects.toThrow(/email: dkim\.key is not a private key in PEM$/);
});
