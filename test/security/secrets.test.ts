// Secrets in the config of a plugin: used, never shown, never logged, and kept when the form comes back with the mask.

import email from '@phraseworks/plugin-email';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
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

/** A plugin whose address and login may be set over HTTP. Its job tells what it would connect with. */
const relay = definePlugin({
  name: 'relay',
  config: z.strictObject({
    server: z
      .strictObject({
        host: z.string(),
        port: z.number(),
        auth: z.strictObject({ user: z.string(), pass: z.string().meta({ secret: true }) }).optional(),
      })
      .optional(),
  }),
  init(ctx) {
    ctx.registerProcessor('relay', async () => ({ success: true, result: ctx.config.server }));
  },
});

const [one, other] = [
  { host: 'one.example', port: 25 },
  { host: 'other.example', port: 25 },
];

async function openRelay(config: object, more: object = {}) {
  const jobs = await createTestJobs({ plugins: { relay: { use: relay, config } }, ...more });
  return Object.assign(jobs, {
    put: async (server: object) => {
      const init = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ server }) };
      const answer = await jobs.request('/api/plugins/relay/config', init);
      return [answer.status, await answer.json()] as const;
    },
    used: async () => {
      const { id } = await jobs.addJob({ type: 'relay', data: {} });
      await jobs.idle();
      return (await jobs.getJobStatus(id))?.result;
    },
  });
}

const AGAIN = [
  400,
  {
    errors: [
      {
        path: 'plugins.relay.config.server.auth.pass',
        message: 'must be entered again because the address or login next to it changed',
      },
    ],
  },
];

test('a password never goes to another server: it is dropped if its host, port or user changes', async () => {
  await using jobs = await openRelay({});
  expect((await jobs.put({ ...one, auth: login }))[0]).toBe(200);
  const { config } = await shown(jobs);
  expect(config).toMatchObject({ server: { auth: { pass: MASK } } });
  const masked = { user: 'site', pass: MASK };
  for (const moved of [{ ...one, port: 26 }, other])
    expect(await jobs.put({ ...moved, auth: masked })).toMatchObject(AGAIN);
  expect(await jobs.put({ ...one, auth: { ...masked, user: 'ada' } })).toMatchObject(AGAIN);
  expect(await jobs.used()).toEqual({ ...one, auth: login });
});

test.each([
  ['with its mask', { auth: { user: 'site', pass: MASK } }],
  ['with the whole login left out', {}],
])('a password of the file or the environment never goes to another server, %s', async (_, more) => {
  await using fromFile = await openRelay({ server: { ...one, auth: login } });
  await using fromEnvironment = await openRelay(
    { server: { ...one, auth: { user: 'site', pass: 'older' } } },
    { env: { JOBS_RELAY__SERVER__AUTH__PASS: CANARY } },
  );
  for (const jobs of [fromFile, fromEnvironment]) {
    expect(await jobs.put({ ...other, ...more })).toMatchObject(AGAIN);
    expect(await jobs.used()).toEqual({ ...one, auth: login });
  }
});

test('entering the password again allows a new server, even if it equals the one of the file', async () => {
  await using jobs = await openRelay({ server: { ...one, auth: login } });
  expect(await jobs.put({ ...other, auth: login })).toEqual([200, { name: 'relay', state: 'on' }]);
  expect(await jobs.used()).toEqual({ ...other, auth: login });
});

test('the public address of the site can be changed without entering passwords again', async () => {
  await using peer = await smtpPeer({ login });
  await using jobs = await open({ transport: transportOf(peer) });
  const { config } = await shown(jobs);
  const changed = await put(jobs, { ...config, publicUrl: 'https://site.example/jobs' });
  expect([changed.status, await changed.json()]).toEqual([200, { name: 'email', state: 'on' }]);
  expect(await send(jobs)).toBe('completed');
});
