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
