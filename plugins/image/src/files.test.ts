// The files over HTTP: served ones with their headers, and refused ones.
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginApp } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { createStorage } from '../../files/src/storage.ts';
import { manualClock, memoryOutputs, temporaryFolder } from '../test/kit.ts';
import { fileRoutes } from './files.ts';
import type { Format } from './formats.ts';
import { filesPanel } from './panel.ts';

async function site() {
  const [root, outputs, clock] = [await temporaryFolder(), await memoryOutputs(), manualClock()];
  const app: PluginApp = new Hono();
  app.onError((error, c) => c.text((error as { code?: string }).code ?? 'INTERNAL', 404));
  fileRoutes(app, outputs, createStorage({}, clock).open('files', { folder: root }), clock);
  const remember = (path: string, format: Format = 'webp') =>
    outputs.claim(
      { path, job_id: 'job-1', bytes: 5, source_bytes: 5_000, width: 8, height: 6, format, made_at: clock.now() },
      { overwrite: false, exists: false },
    );
  return { root, app, remember, panel: filesPanel('image', outputs, { publicUrl: '' }, clock) };
}

test('a file is served in its format, and as a page that can do nothing', async () => {
  const { root, app, remember } = await site();
  await remember('a.webp');
  await writeFile(join(root, 'a.webp'), '<svg>');
  const response = await app.request('/files/a.webp');
  expect(await response.text()).toBe('<svg>');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'image/webp',
    'content-length': '5',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'content-disposition': 'inline; filename="a.webp"',
  });
  const head = await app.request('/files/a.webp', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
});

test.each([
  '/files/other.webp',
  '/files/../secret.webp',
  '/files/%2e%2e/secret.webp',
  '/files/%2e%2e%2fsecret.webp',
  '/files/..%5csecret.webp',
  '/files//etc/passwd',
  '/files/%2fetc%2fpasswd',
  '/files/a.webp%00.jpg',
  '/files/link.webp',
  '/files/gone.webp',
  '/files/folder.webp',
  '/files/.parts/x.webp',
])('%s is not served', async (path) => {
  const { root, app, remember } = await site();
  for (const name of ['link.webp', 'gone.webp', 'folder.webp/x.webp']) await remember(name);
  await writeFile(join(root, 'other.webp'), 'not made by this plugin');
  const secret = join(await temporaryFolder(), 'secret.webp');
  await writeFile(secret, 'secret');
  await symlink(secret, join(root, 'link.webp'));
  const response = await app.request(path);
  expect([response.status, (await response.text()).includes('secret')]).toEqual([404, false]);
});
