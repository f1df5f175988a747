// The example with uploads serves the pictures of its folder, and nothing else; the shipped configuration fetches none from this machine.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import image from '@phraseworks/plugin-image';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { pictureRoutes } from '../../examples/react-upload/pictures.ts';
import shipped from '../../jobs.config.ts';
import { temporaryFolder } from '../support/folder.ts';

test('a picture below the root is served whatever its name, and no path leads outside', async () => {
  const folder = await temporaryFolder();
  const root = join(folder, 'files');
  await mkdir(join(root, 'of ada'), { recursive: true });
  await writeFile(join(root, 'of ada', 'a..b.png'), 'inside');
  await writeFile(join(folder, 'private.png'), 'outside');
  const app = pictureRoutes(root);
  const inside = await app.request('/of%20ada/a..b.png');
  expect([inside.status, await inside.text()]).toEqual([200, 'inside']);
  for (const path of [
    '/..%2fprivate.png',
    '/%2e%2e%2fprivate.png',
    '/of%20ada/..%2f..%2fprivate.png',
    '/..%5cprivate.png',
  ])
    expect((await app.request(path)).status, path).toBe(404);
});

test('the shipped configuration lets no picture come from this machine', async () => {
  const own = shipped.plugins?.image;
  const config = typeof own === 'object' && 'config' in own ? (own.config as object) : {};
  const root = await temporaryFolder();
  await using jobs = await createTestJobs({
    storage: { files: { folder: root } },
    plugins: { image: { use: image, config } },
  });
  const { id } = await jobs.addJob({
    type: 'image_process',
    data: { sourceUrl: 'http://127.0.0.1:3209/harbour.jpg', operations: [{ type: 'optimize' }] },
  });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('config.allowHosts'),
  });
});
