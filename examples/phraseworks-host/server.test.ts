// The example as it stands, in a process of its own: its tokens, its plugin, and two WebSockets beside each other.
import { on, once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startHost } from '../host-process.ts';

const server = new URL('server.js', import.meta.url);

interface Caller {
  post(path: string, body: unknown): Promise<Response>;
  get(path: string): Promise<Response>;
}

/** Signs in with the CMS and speaks to it with its token. */
async function signIn(url: string, userId: string): Promise<Caller> {
  const json = { 'Content-Type': 'application/json' };
  const login = await fetch(new URL('/login', url), {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ userId }),
  });
  const { token } = (await login.json()) as { token: string };
  const headers = { ...json, Authorization: `Bearer ${token}` };
  return {
    post: (path, body) => fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) }),
    get: (path) => fetch(new URL(path, url), { headers }),
  };
}

const idOf = async (answer: Response): Promise<string> => ((await answer.json()) as { id: string }).id;
const socketTo = (url: string, path: string): WebSocket => new WebSocket(new URL(path, url.replace(/^http/, 'ws')));

test("the CMS's roles decide who may do what", async () => {
  await using host = await startHost(server);
  const job = { type: 'remind', data: { to: 'ada@example.test', name: 'Ada' } };
  const stranger = await fetch(`${host.url}/api/jobs`);
  const editor = await signIn(host.url, '2');
  const admin = await signIn(host.url, '1');
  expect(stranger.status).toBe(401);
  const id = await idOf(await editor.post('/jobs/api/jobs', job));
  expect((await editor.post(`/jobs/api/jobs/${id}/retry`, {})).status).toBe(403);
  expect((await editor.post('/jobs/api/plugins/reminder/disable', {})).status).toBe(403);
  expect(await (await admin.post('/jobs/api/plugins/reminder/disable', {})).json()).toMatchObject({ state: 'off' });
  const parked = await editor.post('/jobs/api/jobs', job);
  expect(await parked.json()).toMatchObject({ status: 'parked', reason: 'plugin_disabled', plugin: 'reminder' });
  expect(await (await fetch(new URL('/a/page', host.url))).text()).toContain('<title>PhraseWorks</title>');
});

test("a browser follows a job of the CMS's plugin over /jobs/ws with a ticket, while /ws stays the CMS's own", async () => {
  await using host = await startHost(server);
  const own = socketTo(host.url, '/ws?clientId=tab-1');
  const [welcome] = await once(own, 'message');
  expect(JSON.parse(String(welcome))).toEqual({ type: 'welcome', clientId: 'tab-1' });

  const editor = await signIn(host.url, '2');
  const { ticket } = (await (await editor.post('/jobs/api/ticket', {})).json()) as { ticket: string };
  const socket = socketTo(host.url, `/jobs/ws?clientId=tab-1&ticket=${ticket}`);
  await once(socket, 'message');
  const messages = on(socket, 'message');
  const id = await idOf(await editor.post('/jobs/api/jobs', { type: 'remind', data: { to: 'ada@example.test' } }));
  for await (const [message] of messages) {
    const { type, data } = JSON.parse(String(message));
    if (type === 'job_update' && data.jobId === id && data.event === 'job_completed') break;
  }
  const { result } = (await (await editor.get(`/jobs/api/jobs/${id}`)).json()) as { result: { mail: string } };
  expect(await (await editor.get(`/jobs/api/jobs/${result.mail}`)).json()).toMatchObject({ type: 'email' });
  own.close();
  socket.close();
});

test('a route of the CMS adds a job with the function of the specification', async () => {
  await using host = await startHost(server);
  const admin = await signIn(host.url, '1');
  const answer = await admin.post('/users', { name: 'Ada', email: 'ada@example.test' });
  const { welcomedBy } = (await answer.json()) as { welcomedBy: string };
  expect(await (await admin.get(`/jobs/api/jobs/${welcomedBy}`)).json()).toMatchObject({
    type: 'email',
    plugin: 'email',
  });
  expect(await host.stop()).toBe(0);
});
