// Results in a bucket: a real S3 server, uploads that happen once, and servers that refuse.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JobResult, StorageError } from '@phraseworks/sdk';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import { imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import { imageProcessor } from './processor.ts';

const photo = quarters(400, 300).jpeg().toBuffer();

async function site(more: Record<string, unknown> = {}, folders: Record<string, unknown> = {}) {
  const server = await s3Server();
  const sources = await temporaryFolder();
  await writeFile(join(sources, 'a.jpg'), await photo);
  const s3 = { ...server.config, retries: 0, ...more };
  const tools = await imageTools({ config: { sources: [sources], ...folders, s3 } });
  const run = async (data: Partial<ImageJobData>, jobId = 'job-1', receipts = new Map<string, unknown>()) =>
    (await imageProcessor(tools)({ source: 'a.jpg', ...data }, jobId, 1, runningJob(jobId, receipts))) as Extract<
      JobResult<ImageResult>,
      { success: boolean }
    >;
  const uploads = () => server.asked.filter((line) => line.startsWith('PUT')).length;
  return { server, run, tools, uploads };
}
const SET = { responsive: { widths: [100, 200], formats: ['webp' as const], outputPath: '/p/{width}.webp' } };

test('the files of a set are objects below the prefix, and nothing is written to the folder', async () => {
  const { run, server, tools } = await site();
  const answer = await run(SET);
  expect(answer).toMatchObject({
    success: true,
    result: { outputPath: '/p/200.webp', srcset: { webp: '/p/100.webp 100w, /p/200.webp 200w' } },
  });
  for (const width of [100, 200]) {
    expect(await sharp(await server.stored(`site/p/${width}.webp`)).metadata()).toMatchObject({
      width,
      format: 'webp',
    });
  }
  expect(await readdir(tools.files.folder)).toEqual([]);
  expect(await tools.outputs.find('s3:p/100.webp')).toMatchObject({ job_id: 'job-1', width: 100 });
});

describe('an existing file', () => {
  const one = { operations: [{ type: 'flip' as const, direction: 'vertical' as const }], outputPath: 'x.jpg' };

  test('is never replaced if another program made it, and by another job only on request', async () => {
    const { run, tools, server } = await site();
    await run(one, 'job-1');
    expect(await run(one, 'job-2')).toMatchObject({ code: 'OUTPUT_EXISTS', retryable: false });
    expect(await run({ ...one, overwrite: true }, 'job-2')).toMatchObject({ success: true });
    const row = await tools.outputs.find('s3:x.jpg');
    if (row) await tools.outputs.release(row, undefined);
    const before = server.asked.length;
    expect(await run({ ...one, overwrite: true }, 'job-3')).toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(server.asked.slice(before)).toEqual(['HEAD /test-bucket/site/x.jpg']);
  });

  test("is never replaced with 'original', because the source is not in a bucket", async () => {
    const root = await temporaryFolder();
    const { run, server } = await site({}, { root, sources: [root] });
    await writeFile(join(root, 'a.jpg'), await photo);
    await run({ ...one, outputPath: 'a.jpg' });
    const foreign = await server.stored('site/a.jpg');
    const data = { operations: [{ type: 'grayscale' as const }], overwrite: 'original' as const, outputPath: 'a.jpg' };
    expect(await run(data, 'job-2')).toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await server.stored('site/a.jpg')).toEqual(foreign);
  });

  test('is no longer claimed after its upload failed', async () => {
    const { run, tools, server } = await site();
    server.answer = (request) => (request.startsWith('PUT') ? 500 : null);
    await run(one);
    expect(await tools.outputs.find('s3:x.jpg')).toBeUndefined();
  });

  test('is uploaded again by the retry if the answer was lost, and not mistaken for a foreign file', async () => {
    const { run, tools } = await site();
    const { files } = tools;
    const put = files.put.bind(files);
    files.put = async (...given) => {
      await put(...given);
      throw new StorageError('UNAVAILABLE', 'the connection was cut');
    };
    expect(await run(one)).toMatchObject({ code: 'TARGET_UNAVAILABLE', retryable: true });
    files.put = put;
    expect(await run(one)).toMatchObject({ success: true });
  });
});

describe('servers that refuse', () => {
  test.each([
    [403, 'TARGET_REFUSED', false],
    [301, 'TARGET_REFUSED', false],
    [503, 'TARGET_UNAVAILABLE', true],
    ['cut', 'TARGET_UNAVAILABLE', true],
  ] as const)('an upload that is answered with %s ends as %s, retryable: %s', async (status, code, retryable) => {
    const { run, server, uploads } = await site();
    server.answer = (request) => (request.startsWith('PUT') ? status : null);
    const answer = await run(SET);
    expect(answer).toMatchObject({ success: false, code, retryable });
    expect(String(answer.error)).not.toMatch(/SECRET|S3RVER|127\.0\.0\.1|test-bucket/);
    expect(uploads()).toBe(1);
  });

  test('a server that never answers is abandoned after the time limit', async () => {
    const { run, server, tools } = await site();
    const arrived = new Promise<void>((resolve) => {
      server.answer = (request) => {
        if (!request.startsWith('PUT')) return null;
        resolve();
        return 'silent';
      };
    });
    const answer = run(SET);
    await arrived;
    tools.clock.advance(tools.config.limits.time);
    expect(await answer).toMatchObject({ code: 'TARGET_UNAVAILABLE', retryable: true });
  });
});
