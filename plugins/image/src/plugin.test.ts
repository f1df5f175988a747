// The plugin through the front door: the specification's jobs, its routes and its panel, on a whole instance.
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { listen, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import image from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'pwj-image-'));
afterAll(() => rm(root, { recursive: true, force: true }));
pluginContract(image, { host: { storage: { files: { folder: root } } } });

const photo = quarters(1_600, 1_000).jpeg().toBuffer();
const operations = [
  { type: 'resize' as const, width: 800, height: 600 },
  { type: 'optimize' as const, quality: 85 },
  { type: 'format' as const, format: 'webp' as const },
];
const outputPath = '/uploads/processed/image.webp';

async function site() {
  const folder = await temporaryFolder();
  const server = await listen(async (request, response) => {
    const status = { '/image.jpg': 200, '/busy.jpg': 503 }[request.url ?? ''] ?? 404;
    response.writeHead(status, { 'content-type': 'image/jpeg' }).end(await photo);
  });
  const host = `127.0.0.1:${server.port}`;
  const root = join(folder, 'files');
  const jobs = await createTestJobs({
    plugins: { image: { use: image, config: { allowHosts: [host] } } },
    storage: { files: { folder: root }, uploads: { folder: join(folder, 'uploads') } },
  });
  return { jobs, root, url: (path: string) => `http://${host}${path}` };
}

test("the specification's job makes an 800x600 WebP, which the plugin serves and its panel shows", async () => {
  const { jobs, root, url } = await site();
  await using _ = jobs;
  const data = { sourceUrl: url('/image.jpg'), operations, outputPath };
  const { id } = await jobs.addJob({ type: 'image_process', data, priority: 'high' });
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  expect([job?.error, job?.status, job?.timeout, job?.maxRetries, job?.retryDelay]).toEqual([
    null,
    'completed',
    120_000,
    2,
    10_000,
  ]);
  const bytes = await readFile(join(root, outputPath));
  expect(job?.result).toEqual({ outputPath, fileSize: bytes.length, width: 800, height: 600, format: 'webp' });
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 800, height: 600 });
  expect(job?.progress).toEqual({ percentage: 100, message: 'saved' });

  const { blocks } = (await (await jobs.request('/api/panels/image/files')).json()) as {
    blocks: { rows?: { href: string }[][] }[];
  };
  const href = blocks.find((block) => block.rows)?.rows?.[0]?.[0]?.href ?? '';
  const served = await jobs.request(href);
  expect([served.headers.get('content-type'), Buffer.from(await served.arrayBuffer()).equals(bytes)]).toEqual([
    'image/webp',
    true,
  ]);
  expect((await jobs.request(href, { as: 'anonymous' })).status).toBe(401);
  expect((await jobs.request('/plugins/image/files/other.webp')).status).toBe(404);
});

test('the same picture and operations are one job while it waits, and others are another', async () => {
  const { jobs, url } = await site();
  await using _ = jobs;
  const add = (size: { width: number }) =>
    jobs.addJob({
      type: 'image_process',
      data: { sourceUrl: url('/image.jpg'), operations: [{ type: 'resize', ...size }] },
      delay: 1_000,
    });
  const [first, again, smaller] = [await add({ width: 80 }), await add({ width: 80 }), await add({ width: 40 })];
  expect([again.id, again.outcome, smaller.outcome]).toEqual([first.id, 'kept', 'added']);
  await jobs.advance(1_000);
  expect((await add({ width: 80 })).outcome).toBe('added');
});

test('a file uploaded with its job is processed and named by us', async () => {
  const { jobs, root } = await site();
  await using _ = jobs;
  const form = new FormData();
  const uploaded = {
    type: 'image_process',
    data: {
      operations: [
        { type: 'resize', width: 800 },
        { type: 'optimize', quality: 85 },
      ],
    },
  };
  form.set('job', JSON.stringify(uploaded));
  form.set('data.file', new File([new Uint8Array(await photo)], 'holiday photo.jpg', { type: 'image/jpeg' }));
  const response = await jobs.request('/api/jobs', { method: 'POST', body: form });
  const { id } = (await response.json()) as { id: string };
  expect(response.status).toBe(201);
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  const path = `/processed/holiday-photo-${id}.jpg`;
  expect(job).toMatchObject({
    status: 'completed',
    result: { outputPath: path, width: 800, height: 500, format: 'jpeg' },
  });
  expect((await sharp(await readFile(join(root, path))).metadata()).width).toBe(800);
});

test('a watermark from the web is checked like a source', async () => {
  const { jobs, url } = await site();
  await using _ = jobs;
  const marked = async (sourceUrl: string) => {
    const operation = { type: 'watermark' as const, sourceUrl };
    const data = { sourceUrl: url('/image.jpg'), operations: [operation] };
    const { id } = await jobs.addJob({ type: 'image_process', data });
    await jobs.idle();
    return jobs.getJobStatus(id);
  };
  expect((await marked(url('/image.jpg')))?.status).toBe('completed');
  expect((await marked('http://169.254.169.254/latest/'))?.error).toMatch(/^BLOCKED_ADDRESS: /);
  expect((await marked('http://[::ffff:127.0.0.1]/x.png'))?.error).toMatch(/^BLOCKED_ADDRESS: /);
});

test('a missing source ends the job at once; a busy one is tried three times in all', async () => {
  const { jobs, url } = await site();
  await using _ = jobs;
  const gone = await jobs.addJob({ type: 'image_process', data: { sourceUrl: url('/gone.jpg'), operations } });
  const busy = await jobs.addJob({ type: 'image_process', data: { sourceUrl: url('/busy.jpg'), operations } });
  await jobs.idle();
  expect(await jobs.getJobStatus(gone.id)).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: 'SOURCE_NOT_FOUND: the server of data.sourceUrl returned status 404',
  });
  await jobs.advance(60_000);
  expect(await jobs.getJobStatus(busy.id)).toMatchObject({ status: 'failed', attempt: 3 });
});

test('a private address is refused without a request, and invalid data when the job is added', async () => {
  const { jobs } = await site();
  await using _ = jobs;
  const data = { sourceUrl: 'http://169.254.169.254/latest/meta-data/', operations };
  const { id } = await jobs.addJob({ type: 'image_process', data });
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.error).toMatch(/^BLOCKED_ADDRESS: /);
  const wrong = { ...data, outputPath: '../../etc/cron.d/x.webp' };
  await expect(jobs.addJob({ type: 'image_process', data: wrong })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.outputPath' }],
  });
});

test('a job cancelled during its download stops at once and leaves nothing behind', async () => {
  const arrivals = new EventTarget();
  const asked = new Promise((resolve) => arrivals.addEventListener('asked', resolve, { once: true }));
  const server = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': '100000' }).write('x');
    arrivals.dispatchEvent(new Event('asked'));
  });
  const folder = await temporaryFolder();
  const allowHosts = [`127.0.0.1:${server.port}`];
  await using jobs = await createTestJobs({
    storage: { files: { folder } },
    plugins: { image: { use: image, config: { allowHosts } } },
  });
  const { id } = await jobs.addJob({
    type: 'image_process',
    data: { sourceUrl: `http://${allowHosts[0]}/a.jpg`, operations },
  });
  await asked;
  expect(await jobs.cancelJob(id)).toBe(true);
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.status).toBe('cancelled');
  expect(await readdir(folder)).toEqual([]);
});

test('the same work for many pictures is one batch, in which a missing picture fails alone', async () => {
  const { jobs, root, url } = await site();
  await using _ = jobs;
  const sources = [url('/image.jpg'), url('/gone.jpg'), url('/image.jpg')];
  const { id } = await jobs.addJob({
    type: 'image_batch',
    data: { name: 'New sizes', sources, work: { responsive: { widths: [200, 400], formats: ['webp'] } } },
  });
  await jobs.idle();
  const { result } = (await jobs.getJobStatus<'image_batch'>(id)) ?? {};
  expect(result).toMatchObject({ pictures: 2 });
  expect(await jobs.getBatch(result?.batch ?? '')).toMatchObject({
    status: 'failed',
    counts: { total: 2, completed: 1, failed: 1 },
  });
  expect((await readdir(join(root, 'processed'))).length).toBe(2);
});
