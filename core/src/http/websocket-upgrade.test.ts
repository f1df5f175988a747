import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { floodUntilDropped, type LiveServer, openLiveServer, Peer } from '../../test/live-server.ts';
import { emit, event, turns } from '../../test/live-stand.ts';

let live: LiveServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  live = await openLiveServer('plain');
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await live.close();
});

/** A bare socket that asks for an upgrade and then does as the test says. */
function ask(path: string, headers = ''): Socket {
  const [host, port] = live.address.split(':') as [string, string];
  const socket = connect(Number(port), host);
  sockets.push(socket);
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${live.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}${headers}\r\n`,
  );
  return socket;
}

async function all(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('upgrades for other paths are left to the host', async () => {
  const own = new WebSocketServer({ noServer: true });
  live.server.on('upgrade', (request, socket, head) => {
    if (request.url === '/jobs/ws/other')
      own.handleUpgrade(request, socket, head, (ws) => ws.send('{"type":"hello","from":"host"}'));
  });
  expect(await new Peer(`ws://${live.address}/jobs/ws/other`).ready()).toEqual({ type: 'hello', from: 'host' });
  expect((await new Peer(`ws://${live.address}/jobs/ws`).ready()).heartbeat).toBe(30_000);
  const untouched = ask('/elsewhere');
  await new Peer(`ws://${live.address}/jobs/ws`).ready();
  expect([untouched.bytesRead, untouched.destroyed]).toEqual([0, false]);
});

test('if no other listener answers, an upgrade for another path gets a 404', async () => {
  expect(await all(ask('/elsewhere'))).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});

test('a refusal is a complete HTTP answer with the problem, and closes the connection', async () => {
  const answer = await all(ask('/jobs/ws?who=stranger'));
  const [head, body] = answer.split('\r\n\r\n') as [string, string];
  expect(head).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  expect(head).toContain('content-type: application/problem+json');
  expect(head).toContain('www-authenticate: Bearer');
  expect(JSON.parse(body)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
});

test.each(['//evil.example/jobs/ws', 'http://evil.example/jobs/ws', '/jobs/ws/', '/jobs/%77s'])(
  'an upgrade for %s is answered with 404',
  async (path) => {
    expect(await all(ask(path))).toMatch(/^HTTP\/1\.1 404 /);
  },
);

test('a client that resets during the handshake leaves nothing behind', async () => {
  for (let i = 0; i < 50; i += 1) {
    const socket = ask('/jobs/ws');
    await once(socket, 'connect');
    socket.resetAndDestroy();
  }
  const client = new Peer(`ws://${live.address}/jobs/ws`);
  await client.ready();
  while (live.hub.size > 1) await turns(1);
  await emit(live.ledger, [event('a')]);
  await client.job('a');
});

test('a client that does not read is closed with 1013, however much the kernel buffers', async () => {
  const client = ask('/jobs/ws');
  client.pause();
  expect(await floodUntilDropped(live)).toBeGreaterThan(5_000);
  // The last frame: close, with its code in two bytes.
  const close = Buffer.from([0x88, 2 + 'the client reads too slowly'.length, 0x03, 0xf5]);
  let tail = Buffer.alloc(0);
  client.resume();
  while (!tail.includes(close)) tail = Buffer.concat([tail.subarray(-100), ...(await once(client, 'data'))]);
  expect(client.bytesRead).toBeGreaterThan(1_000_000);
  const ended = once(client, 'close');
  live.clock.advance(3_000);
  await ended;
});

test('a server that passes on no upgrades answers 503', async () => {
  live.live.stop();
  // The server keeps this connection for five seconds.
  const [answer] = await once(ask('/jobs/ws'), 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 503 [\s\S]*"code":"UNAVAILABLE"/);
});
