// On a real server: a client that goes away.
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
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
