// On a real server: a client that goes away.
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { serve } from '@hono/node-server';
import { definePlugin } from '@phraseworks/sdk';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openHttpSite } from '../../test/http-site.ts';

test('a client that disconnects during a file leaves nothing behind', async () => {
  const folder = await temporaryFolder();
  const { app, jobs, dialect } = await openHttpSite({ storage: { uploads: { folder } } });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const files = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name));

  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const out = request({ port, host: '127.0.0.1', method: 'POST', path: '/jobs/api/jobs', headers });
  out.on('error', () => undefined);
  out.write('--b\r\ncontent-disposition: form-data; name="data.file"; filename="a.bin"\r\n\r\n');
  out.write(Buffer.alloc(256 * 1024, 'x'));
  await expect.poll(async () => (await files()).length).toBe(1);
  out.destroy();
  await expect.poll(files).toEqual([]);
  expect(
    await dialect.db
      .selectFrom('pwj_files_uploads' as never)
      .selectAll()
      .execute(),
  ).toEqual([]);
  expect((await jobs.listJobs()).jobs).toEqual([]);
});

test('a client that goes away in the middle of its request is not an error of the plugin that read it', async () => {
  const reader = definePlugin({
    name: 'reader',
    guardedAt: '/reader',
    init(ctx) {
      ctx.routes.post('/', async (c) => c.json(await c.req.json()));
      ctx.guarded.post('/late', async (c) => c.json(await c.req.json()));
    },
  });
  const { app, jobs, lines } = await openHttpSite({ plugins: { reader: { use: reader } } });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const paths = ['api/jobs', 'api/jobs/bulk', 'plugins/reader/', 'reader/late'];
  for (const path of paths) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const reached = once(server, 'request');
    socket.write(
      `POST /jobs/${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"type": `,
    );
    await reached;
    socket.destroy();
  }
  await expect.poll(() => lines.filter((line) => /abort|closed/.test(line)).length).toBe(paths.length);
  expect(lines.filter((line) => /error/i.test(line))).toEqual([]);
  for (const { health } of await jobs.plugins.list()) expect(health).toEqual({ hookErrors: 0, lastError: null });
});
