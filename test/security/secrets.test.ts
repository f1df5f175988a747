// Secrets in the config of a plugin: used, never shown, never logged, and kept when the form comes back with the mask.

import email from '@phraseworks/plugin-email';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { type Peer, smtpPeer } from '../../plugins/email/test/peer.ts';

const CANARY = 'CANARY-pass-77';
const MASK = '********';
const login = { user: 'site', pass: CANARY };

const open = (config: object, more: object = {}): Promise<TestJobs> =>
  createTestJobs({ plugins: { email: { use: email, config } }, ...more });

const transportOf = ({ server }: Peer) => ({ ...server, auth: login });

async function shown(jobs: TestJobs): Promise<{ text: string; config: Record<string, unknown> }> {
  const text = await (await jobs.request('/api/plugins')).text();
  return { text, config: JSON.parse(text).plugins[0].config };
}

const put = (jobs: TestJobs, config: object): Promise<Response> =>
  jobs.request('/api/plugins/email/config', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(config),
  });

async function send(jobs: TestJobs): Promise<string> {
  const { id } = await jobs.addJob({
    type: 'email',
    data: { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } },
  });
  await jobs.idle();
  return String(await jobs.getJobStatus(id));
}

test('a password is used for the server and never shown, and returning the mask keeps it', async () => {
  await using peer = await smtpPeer({ login });
  await using jobs = await open({ transport: transportOf(peer) });
  expect(await send(jobs)).toBe('completed');
  const { text, config } = await shown(jobs);
  expect(text).not.toContain(CANARY);
  expect(config).toMatchObject({ transport: { auth: { user: 'site', pass: MASK } } });

  const changed = await put(jobs, { ...config, fromName: 'The Site' });
  expect([changed.status, await changed.json()]).toEqual([200, { name: 'email', state: 'on' }]);
  expect(await send(jobs)).toBe('completed');
  expect(peer.mails.at(-1)?.source).toContain('The Site');
  const after = await shown(jobs);
  expect(after.config).toMatchObject({ fromName: 'The Site', transport: { auth: { pass: MASK } } });
  expect(after.text + jobs.log.join('\n')).not.toContain(CANARY);
});

test('a URL with a password is masked as a whole, wherever it comes from', async () => {
  await using peer = await smtpPeer({ login });
  const url = `smtp://site:${CANARY}@127.0.0.1:${peer.server.port}`;
  await using fromFile = await open({ transport: url });
  await using fromEnvironment = await open({}, { env: { JOBS_EMAIL__TRANSPORT: url } });
  for (const jobs of [fromFile, fromEnvironment]) {
    expect(await send(jobs)).toBe('completed');
    const { text, config } = await shown(jobs);
    expect(config.transport).toBe(MASK);
    expect(text + jobs.log.join('\n')).not.toContain(CANARY);
  }
});

test('a refused login, an invalid config and an invalid form are reported without the secret', async () => {
  await using peer = await smtpPeer({ login: { user: 'site', pass: 'another' } });
  await using jobs = await open({ transport: transportOf(peer) });
  const { id } = await jobs.addJob({
    type: 'email',
    data: { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } },
    maxRetries: 0,
  });
  await jobs.idle();
  const told = [
    await (await jobs.request(`/api/jobs/${id}`)).text(),
    await (await jobs.request(`/api/jobs/${id}/history`)).text(),
    await (await jobs.request(`/api/jobs/${id}/logs`)).text(),
  ];
  expect(told[0]).toContain('535');
  const form = await put(jobs, { transport: { host: 'localhost', auth: { user: CANARY, pass: [CANARY] } } });
  expect(form.status).toBe(400);
  const refused = await form.text();
  expect(refused).toContain('plugins.email.config.transport');
  await using wrong = await open(
    { transport: `smtps://site:${CANARY}@host/path`, fromName: '\n' },
    { onPluginFailure: 'continue' },
  );
  const list = await shown(wrong);
  expect(JSON.parse(list.text).plugins[0]).toMatchObject({ state: 'failed' });
  expect([...told, refused, list.text, ...jobs.log, ...wrong.log].join('\n')).not.toContain(CANARY);
});

test('a password never goes to another server: it is dropped if its host, port or user changes', async () => {
  await using peer = await smtpPeer({ login });
  await using foreign = await smtpPeer({ login });
  await using jobs = await open({});
  await put(jobs, { transport: transportOf(peer) });
  const { config } = await shown(jobs);
  const transport = config.transport as object;
  expect(transport).toMatchObject({ auth: { pass: MASK } });
  const moved = await put(jobs, { ...config, transport: { ...transport, port: foreign.server.port } });
  expect(moved.status).toBe(400);
  expect(await moved.json()).toMatchObject({
    errors: [
      {
        path: 'plugins.email.config.transport.auth.pass',
        message: 'must be entered again because the address or login next to it changed',
      },
    ],
  });
  expect(await send(jobs)).toBe('completed');
  expect([peer.mails.length, foreign.mails.length]).toEqual([1, 0]);
});

test.each([
  ['with its mask', { auth: { user: 'site', pass: MASK } }],
  ['with the whole login left out', {}],
])('a password of the file or the environment never goes to another server, %s', async (_, more) => {
  await using peer = await smtpPeer({ login });
  await using foreign = await smtpPeer({ login });
  const { host, port } = peer.server;
  await using fromFile = await open({ transport: transportOf(peer) });
  await using fromEnvironment = await open(
    { transport: { host, port, auth: { user: 'site', pass: 'older' } } },
    { env: { JOBS_EMAIL__TRANSPORT__AUTH__PASS: CANARY } },
  );
  for (const jobs of [fromFile, fromEnvironment]) {
    const moved = await put(jobs, { transport: { host, port: foreign.server.port, ...more } });
    expect([moved.status, await moved.json()]).toMatchObject([
      400,
      {
        errors: [
          {
            path: 'plugins.email.config.transport.auth.pass',
            message: 'must be entered again because the address or login next to it changed',
          },
        ],
      },
    ]);
    expect(await send(jobs)).toBe('completed');
  }
  expect([peer.mails.length, foreign.mails.length]).toEqual([2, 0]);
});

test('entering the password again allows a new server, even if it equals the one of the file', async () => {
  await using peer = await smtpPeer({ login });
  await using other = await smtpPeer({ login });
  await using jobs = await open({ transport: transportOf(peer) });
  const moved = await put(jobs, { transport: transportOf(other) });
  expect([moved.status, await moved.json()]).toEqual([200, { name: 'email', state: 'on' }]);
  expect(await send(jobs)).toBe('completed');
  expect([peer.mails.length, other.mails.length]).toEqual([0, 1]);
});

test('the public address of the site can be changed without entering passwords again', async () => {
  await using peer = await smtpPeer({ login });
  await using jobs = await open({ transport: transportOf(peer) });
  const { config } = await shown(jobs);
  const changed = await put(jobs, { ...config, publicUrl: 'https://site.example/jobs' });
  expect([changed.status, await changed.json()]).toEqual([200, { name: 'email', state: 'on' }]);
  expect(await send(jobs)).toBe('completed');
});
