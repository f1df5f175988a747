// The way PhraseWorks connects: a WebSocket server on its own port, at `/`, with a clientId.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';

let site: LiveSite;
let server: Server;
let address: string;

beforeEach(async () => {
  site = await openLiveSite();
  site.jobs.registerProcessor('greet', async () => ({ success: true, result: 'hello' }));
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  site.jobs.attachWebSocket(server, { path: '/' });
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await site[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

test('a socket at / with a clientId receives messages of { id, type, data }', async () => {
  const socket = new WebSocket(`ws://${address}/?clientId=tab-1`);
  const messages: { id: number; type: string; data: { jobId: string; status: string; result?: unknown } }[] = [];
  const completed = new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data));
      messages.push(message);
      if (message.type === 'hello') void site.jobs.addJob({ type: 'greet', data: {} });
      if (message.data?.status === 'completed') resolve();
    };
  });
  await completed;
  socket.close();
  const updates = messages.filter(({ type }) => type === 'job_update');
  expect(updates.map(({ data: { status } }) => status)).toEqual(['pending', 'processing', 'completed']);
  expect(updates.at(-1)).toMatchObject({ id: expect.any(Number), data: { result: 'hello' } });
});

test('other addresses of that server get an answer', async () => {
  const socket = new WebSocket(`ws://${address}/elsewhere`);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  expect(response.statusCode).toBe(404);
  socket.terminate();
});
