// The bucket in a whole instance: a retry continues an interrupted upload of a set, with the receipts of the job.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lend, Storage, type StorageTarget } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import image from './index.ts';

test('files uploaded by an earlier attempt are not uploaded again, and the list and the panel show all of them', async () => {
  const server = await s3Server();
  const sources = await temporaryFolder();
  await writeFile(join(sources, 'a.jpg'), await quarters(400, 300).jpeg().toBuffer());
  const config = { sources: [sources], publicUrl: 'https://cdn.test/site' };
  await using jobs = await createTestJobs({
    plugins: { image: { use: image, config } },
    storage: { files: { s3: { ...server.config, retries: 0 } } },
  });
  server.answer = (request) => (/^PUT .*300/.test(request) ? 'cut' : null);
  const responsive = { widths: [100, 200, 300], formats: ['webp' as const], outputPath: '/p/{width}.webp' };
  const { id } = await jobs.addJob({ type: 'image_process', data: { source: 'a.jpg', responsive } });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending', attempt: 1 });
  server.answer = () => null;
  await jobs.advance(11_000);
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({
    status: 'completed',
    attempt: 2,
    result: { url: 'https://cdn.test/site/p/300.webp' },
  });
  const uploads = server.asked.filter((line) => line.startsWith('PUT')).map((line) => line.split('/').at(-1));
  expect(uploads).toEqual(['100.webp', '200.webp', '300.webp', '300.webp']);
  expect((await sharp(await server.stored('site/p/300.webp')).metadata()).width).toBe(300);

  const { files } = (await (await jobs.request('/plugins/image/files')).json()) as { files: object[] };
  expect(files).toHaveLength(3);
  expect(files[0]).toMatchObject({ target: 's3', jobId: id });
  const { blocks } = (await (await jobs.request('/api/panels/image/files')).json()) as {
    blocks: { rows?: unknown[][] }[];
  };
  const links = blocks.find(({ rows }) => rows)?.rows?.map(([link]) => link);
  expect(links).toContainEqual({ text: '/p/100.webp', href: 'https://cdn.test/site/p/100.webp' });
  expect((await jobs.request('/plugins/image/files/p/100.webp')).status).toBe(404);
});

test('pictures made in the folder are still served after the target became a bucket', async () => {
  const { config: s3 } = await s3Server();
  const [sources, folder, database] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  await writeFile(join(sources, 'a.jpg'), await quarters(40, 30).jpeg().toBuffer());
  const open = (files: StorageTarget) =>
    createTestJobs({
      database: `sqlite:${join(database, 'jobs.db')}`,
      plugins: { image: { use: image, config: { sources: [sources] } } },
      storage: { files },
    });
  {
    await using jobs = await open({ folder });
    const data = { source: 'a.jpg', operations: [{ type: 'resize' as const, width: 20 }], outputPath: 'b.jpg' };
    await jobs.addJob({ type: 'image_process', data });
    await jobs.idle();
  }
  await using jobs = await open({ folder, s3 });
  expect((await jobs.request('/plugins/image/files/b.jpg')).status).toBe(200);
});

test('a refusal from a storage with its own copy of the SDK ends the job with a code of this plugin', async () => {
  const sources = await temporaryFolder();
  await writeFile(join(sources, 'a.jpg'), await quarters(40, 30).jpeg().toBuffer());
  const error = Object.assign(new Error('no right to read'), { name: 'StorageError', code: 'REFUSED' });
  const storage = { open: () => ({ folder: sources, size: () => Promise.reject(error) }) } as unknown as Storage;
  const config = { sources: [sources] };
  await using jobs = await createTestJobs({
    plugins: { image: { use: image, config } },
    services: [lend(Storage, storage)],
  });
  const data = { source: 'a.jpg', operations: [{ type: 'resize' as const, width: 20 }], outputPath: 'b.jpg' };
  const { id } = await jobs.addJob({ type: 'image_process', data });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ error: expect.stringContaining('TARGET_REFUSED') });
});
