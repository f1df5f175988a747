// On a real server: bodies without an end, and clients that go away.
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, expect, test } from 'vitest';
import { createStand, type Stand } from '../../test/http-stand.ts';

let stand: Stand;
let server: ReturnType<typeof serve>;

async function listen(change: Parameters<typeof createStand>[0] = {}): Promise<number> {
  stand = await createStand(change);
  server = serve({ fetch: stand.app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
afterEach(async () => {
  server.close();
  await stand.close();
});

interface Upload {
  status: number | undefined;
  /** Bytes that went out before the server had enough. */
  sent: number;
}

/** Sends `total` bytes in chunks, without a length, for as long as the server takes them. */
function flood(port: number, total: number, headers: Record<string, string>, head = ''): Promise<Upload> {
  return new Promise((resolve) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const out = request({ port, host: '127.0.0.1', method: 'POST', path: '/jobs/api/jobs', headers });
    let sent = 0;
    let status: number | undefined;
    let open = true;
    out.on('response', (response) => {
      status = response.statusCode;
      response.resume();
    });
    out.on('error', () => undefined);
    out.on('close', () => {
      open = false;
      resolve({ status, sent });
    });
    const push = () => {
      while (open && sent < total) {
        sent += chunk.length;
        if (!out.write(chunk)) {
          out.once('drain', push);
          return;
        }
      }
      if (open) out.end();
    };
    out.write(head);
    push();
  });
}

const MB = 1024 * 1024;

test('a file of 100 MB is refused at the limit, and none of it is kept', async () => {
  const port = await listen({ maxBytes: 2 * MB });
  const head = '--b\r\ncontent-disposition: form-data; name="data.file"; filename="big.bin"\r\n\r\n';
  const { status, sent } = await flood(port, 100 * MB, { 'content-type': 'multipart/form-data; boundary=b' }, head);
  expect(status).toBe(413);
  expect(sent).toBeLessThan(30 * MB);
  expect(await stand.files()).toEqual([]);
  expect(await stand.rows()).toEqual([]);
});

test('a client that disconnects during a file leaves nothing behind', async () => {
  const port = await listen();
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const out = request({ port, host: '127.0.0.1', method: 'POST', path: '/jobs/api/jobs', headers });
  out.on('error', () => undefined);
  out.write('--b\r\ncontent-disposition: form-data; name="data.file"; filename="a.bin"\r\n\r\n');
  out.write(Buffer.alloc(256 * 1024, 'x'));
  await expect.poll(async () => (await stand.files()).length).toBe(1);
  out.destroy();
  await expect.poll(() => stand.files()).toEqual([]);
  expect(await stand.rows()).toEqual([]);
  expect(stand.jobs.size).toBe(0);
});
