// The example unchanged, in its own process: tokens, plugins, the job queue and the WebSocket of the CMS.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { freePorts } from '../../test/server/port.ts';
import { type HostProcess, startHost } from '../host-process.ts';

const server = new URL('server.js', import.meta.url);
const json = { 'content-type': 'application/json' };

interface Cms extends AsyncDisposable {
  host: HostProcess;
  wsPort: number;
  /** As this user of the CMS, with its token. */
  as(userId: number): Promise<Caller>;
}
interface Caller {
  get(path: string): Promise<Response>;
  post(path: string, body?: unknown): Promise<Response>;
  mutate(mutation: string, variables: object, clientId?: string): Promise<{ data: { id: string } }>;
  token: string;
}

async function start(): Promise<Cms> {
  const [wsPort = 0] = await freePorts(1);
  const host = await startHost(server, { WS_PORT: String(wsPort) });
  const ask = (path: string, init: RequestInit) => fetch(new URL(path, host.url), init);
  return {
    host,
    wsPort,
    async as(userId) {
      const login = await ask('/login', { method: 'POST', headers: json, body: JSON.stringify({ userId }) });
      const { token } = (await login.json()) as { token: string };
      const headers = { ...json, Authorization: `Bearer ${token}` };
      const post = (path: string, body: unknown = {}, more = {}) =>
        ask(path, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) });
      return {
        token,
        get: (path) => ask(path, { headers }),
        post,
        mutate: async (mutation, variables, clientId) =>
          (
            await post('/graphql', { mutation, variables }, clientId ? { 'x-client-id': clientId } : {})
          ).json() as never,
      };
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

test('the roles of the CMS decide who may do what', async () => {
  await using cms = await start();
  const [admin, editor] = [await cms.as(1), await cms.as(2)];
  const job = { type: 'remind', data: { to: 'ada@example.test', name: 'Ada' } };
  expect((await fetch(`${cms.host.url}/api/jobs`)).status).toBe(401);
  const { id } = (await (await editor.post('/jobs/api/jobs', job)).json()) as { id: string };
  expect((await editor.post(`/jobs/api/jobs/${id}/retry`)).status).toBe(403);
  expect((await editor.post('/jobs/api/plugins/draftReminder/disable')).status).toBe(403);
  expect(await (await admin.post('/jobs/api/plugins/draftReminder/disable')).json()).toMatchObject({ state: 'off' });
  expect(await (await fetch(new URL('/a/page', cms.host.url))).text()).toContain('<title>PhraseWorks</title>');
});

test('a picture of 10 MB passes through the CMS’s queue, and only the client that sent it gets its events', async () => {
  await using cms = await start();
  const admin = await cms.as(1);
  const [mine, other] = ['tab-1', 'tab-2'].map((id) => new WebSocket(`ws://localhost:${cms.wsPort}?clientId=${id}`));
  await Promise.all([mine, other].map((socket) => once(socket as WebSocket, 'open')));
  const strangers: unknown[] = [];
  other?.on('message', (text) => strangers.push(text));
  const done = new Promise((resolve) => {
    mine?.on('message', (text) => {
      const message = JSON.parse(String(text));
      if (message.data.event === 'job_completed') resolve(message);
    });
  });
  const data = Buffer.alloc(10 * 1024 * 1024, 1).toString('base64');
  const { data: queued } = await admin.mutate('uploadFile', { filename: 'a.png', data }, 'tab-1');
  expect(await done).toMatchObject({
    type: 'job_update',
    data: { jobId: queued.id, status: 'completed', result: { filename: 'a.png', size: 10_485_760 } },
  });
  expect(strangers).toEqual([]);
  for (const socket of [mine, other]) socket?.close();
});

test('an editor may upload, but not change plugins, run tasks or create users', async () => {
  await using cms = await start();
  const editor = await cms.as(2);
  for (const mutation of ['updatePlugins', 'runCronTaskInstantly', 'createUser'])
    expect((await editor.post('/graphql', { mutation, variables: {} })).status).toBe(403);
  const data = Buffer.alloc(1_000, 1).toString('base64');
  expect(await editor.mutate('uploadFile', { filename: 'a.png', data })).toEqual({ data: { id: expect.any(String) } });
});

test('no client of the CMS’s WebSocket crashes the host, and one that returns gets its events', async () => {
  await using cms = await start();
  const address = `ws://localhost:${cms.wsPort}`;
  const [odd, broken, old, mine] = [`${address}//`, address, `${address}?clientId=tab`, `${address}?clientId=tab`];
  await once(new WebSocket(odd), 'open');
  const breaking = new WebSocket(broken);
  const [, socket] = await Promise.all([
    once(breaking, 'open'),
    once(breaking, 'upgrade').then(([{ socket }]) => socket),
  ]);
  // A frame with a reserved opcode.
  socket.write(Buffer.from([0x8f, 0x80, 0, 0, 0, 0]));
  await once(breaking, 'close');
  const first = new WebSocket(old);
  await once(first, 'open');
  const second = new WebSocket(mine);
  await once(second, 'open');
  first.close();
  await once(first, 'close');
  const message = once(second, 'message');
  const { data } = await (await cms.as(1)).mutate('uploadFile', { filename: 'a.png', data: 'AAAA' }, 'tab');
  expect(JSON.parse(String((await message)[0]))).toMatchObject({ data: { jobId: data.id, event: 'job_added' } });
  second.close();
});

test('a browser posts its token once and then sees the dashboard and the CMS’s tasks', async () => {
  await using cms = await start();
  const { token } = await cms.as(1);
  const signed = await fetch(`${cms.host.url}/sign-in`, { method: 'POST', body: new URLSearchParams({ token }) });
  const cookie = signed.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(`${cms.host.url}/schedules`, { headers: { cookie, accept: 'text/html' } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('phraseworks/task-1');
  expect(await cms.host.stop()).toBe(0);
});
