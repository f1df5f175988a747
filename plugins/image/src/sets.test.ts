// Sets: many widths and formats of one source, all or nothing, and the data for the page that shows them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResult } from '@phraseworks/sdk';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { filesBelow, imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import { imageProcessor } from './processor.ts';

const photo = quarters(1_000, 750).jpeg().toBuffer();

async function site(config: Record<string, unknown> = {}) {
  const sources = await temporaryFolder();
  await writeFile(join(sources, 'Holiday photo.jpg'), await photo);
  const tools = await imageTools({ config: { sources: [sources], ...config } });
  const run = async (data: Partial<ImageJobData>, jobId = 'job-1') => {
    const job = runningJob(jobId);
    const processed = imageProcessor(tools)({ source: 'Holiday photo.jpg', ...data }, jobId, 1, job);
    return (await processed) as Extract<JobResult<ImageResult>, { success: boolean }>;
  };
  return { run, root: tools.files.folder, outputs: tools.outputs, files: tools.files, clock: tools.clock };
}
const resultOf = (answer: Record<string, unknown>) => answer.result as ImageResult;

test('five widths and two formats make ten files, listed with a srcset for each format', async () => {
  const { run, root, outputs } = await site();
  const widths = [320, 640, 800, 960, 1_000];
  const answer = await run({
    responsive: { widths, formats: ['webp', 'jpeg'], outputPath: '/photos/{width}/holiday.{format}', quality: 70 },
  });
  expect(answer).toMatchObject({ success: true, message: '10 files' });
  const result = resultOf(answer);
  expect(result).toMatchObject({ outputPath: '/photos/1000/holiday.webp', width: 1_000, height: 750, format: 'webp' });
  expect(result.files?.map(({ width, height, format }) => `${width}x${height} ${format}`)).toEqual(
    ['webp', 'jpeg'].flatMap((format) => widths.map((width) => `${width}x${width * 0.75} ${format}`)),
  );
  expect(result.srcset).toEqual({
    webp: widths.map((width) => `/photos/${width}/holiday.webp ${width}w`).join(', '),
    jpeg: widths.map((width) => `/photos/${width}/holiday.jpg ${width}w`).join(', '),
  });
  for (const { outputPath, fileSize, width, height, format } of result.files ?? []) {
    const bytes = await readFile(join(root, outputPath));
    expect([bytes.length, await sharp(bytes).metadata()]).toEqual([
      fileSize,
      expect.objectContaining({ width, height, format }),
    ]);
  }
  expect(await filesBelow(root)).toHaveLength(10);
  // The source was one: it counts once.
  expect(await outputs.totals()).toMatchObject({ pictures: 10 });
  expect((await outputs.totals()).saved).toBeLessThan((await photo).length);
});

test('operations are applied before the set, and their format and quality are the defaults of its files', async () => {
  const { run } = await site();
  const operations: ImageJobData['operations'] = [
    { type: 'crop', ratio: '1:1' },
    { type: 'optimize', quality: 10 },
    { type: 'format', format: 'webp' },
  ];
  const { files = [] } = resultOf(await run({ operations, outputs: [{ width: 500 }, { width: 500, format: 'jpeg' }] }));
  const { files: better = [] } = resultOf(await run({ operations, outputs: [{ width: 500, quality: 95 }] }, 'job-2'));
  expect(files.map(({ outputPath, width, height }) => `${outputPath} ${width}x${height}`)).toEqual([
    '/processed/Holiday-photo-job-1-500.webp 500x500',
    '/processed/Holiday-photo-job-1-500.jpg 500x500',
  ]);
  expect(files[0]?.fileSize).toBeLessThan(better[0]?.fileSize ?? 0);
});

test('no picture is enlarged for a set: larger widths become its own width, once', async () => {
  const { run } = await site();
  const result = resultOf(await run({ responsive: { widths: [500, 1_000, 1_500, 2_000] } }));
  expect(result.files?.map(({ width }) => width)).toEqual([500, 1_000]);
  expect(result.srcset).toEqual({
    jpeg: '/processed/Holiday-photo-job-1-500.jpg 500w, /processed/Holiday-photo-job-1-1000.jpg 1000w',
  });
});

test.each([
  ['https://cdn.example.com/pictures/', 'https://cdn.example.com/pictures/a.webp'],
  ['/media', '/media/a.webp'],
])('with the public URL %s files have addresses below it', async (publicUrl, url) => {
  const { run } = await site({ publicUrl });
  const result = resultOf(await run({ outputs: [{ width: 100, format: 'webp', outputPath: 'a.webp' }] }));
  expect([result.url, result.outputPath, result.srcset]).toEqual([url, 'a.webp', { webp: `${url} 100w` }]);
});

test('the placeholder is a tiny picture of less than a kilobyte', async () => {
  const { run } = await site();
  const { placeholder = '' } = resultOf(await run({ operations: [{ type: 'resize', width: 300 }], placeholder: true }));
  expect(placeholder).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/]+=*$/);
  expect(placeholder.length).toBeLessThanOrEqual(1_000);
  const { width = 0, height = 0 } = await sharp(Buffer.from(placeholder.split(',')[1] ?? '', 'base64')).metadata();
  expect([width >= 16 && width <= 32, Math.abs(width / height - 4 / 3) < 0.1]).toEqual([true, true]);
});

describe('all or nothing', () => {
  test('if one path is taken, no file of the set is written or claimed', async () => {
    const { run, root, outputs } = await site();
    await run({ operations: [{ type: 'resize', width: 10 }], outputPath: 'set/640.jpg' }, 'other');
    const set = { responsive: { widths: [320, 640], outputPath: 'set/{width}.jpg' } };
    expect(await run(set)).toMatchObject({ success: false, code: 'OUTPUT_EXISTS' });
    expect(await filesBelow(root)).toEqual(['640.jpg']);
    expect(await outputs.find('set/320.jpg')).toBeUndefined();
    expect(await run({ ...set, overwrite: true })).toMatchObject({ success: true });
    expect(await outputs.find('set/640.jpg')).toMatchObject({ job_id: 'job-1', width: 640 });
  });

  test('if one file of the set cannot be written, the earlier ones are removed', async () => {
    const { run, root, outputs } = await site();
    await mkdir(join(root, 'set/640.jpg'), { recursive: true });
    expect(await run({ responsive: { widths: [320, 640], outputPath: 'set/{width}.jpg' } })).toMatchObject({
      success: false,
      code: 'OUTSIDE_ROOT',
    });
    expect(await filesBelow(root)).toEqual([]);
    expect([await outputs.find('set/320.jpg'), await outputs.find('set/640.jpg')]).toEqual([undefined, undefined]);
  });

  test('a file that replaced one of another job stays if a later one cannot be written', async () => {
    const { run, root, outputs } = await site();
    await run({ operations: [{ type: 'resize', width: 10 }], outputPath: 'set/640.jpg' }, 'other');
    await mkdir(join(root, 'set/320.jpg'), { recursive: true });
    const set = {
      outputs: [
        { width: 640, outputPath: 'set/640.jpg' },
        { width: 320, outputPath: 'set/320.jpg' },
      ],
    };
    expect(await run({ ...set, overwrite: true })).toMatchObject({ success: false });
    expect(await filesBelow(root)).toEqual(['640.jpg']);
    expect(await outputs.find('set/640.jpg')).toMatchObject({ job_id: 'job-1', width: 640 });
  });

  test('an attempt that fails late does not undo a later attempt of its job', async () => {
    const { run, root, outputs, files, clock } = await site();
    const set = { responsive: { widths: [320, 640], outputPath: 'set/{width}.jpg' } };
    const put = files.put.bind(files);
    let isFirst = true;
    files.put = async (key, ...rest) => {
      if (!isFirst || key !== 'set/640.jpg') return put(key, ...rest);
      isFirst = false;
      clock.advance(1_000);
      expect(await run(set)).toMatchObject({ success: true });
      throw new Error('the lease is lost');
    };
    await expect(run(set)).rejects.toThrow('the lease is lost');
    expect((await filesBelow(root)).sort()).toEqual(['320.jpg', '640.jpg']);
    expect([await outputs.find('set/320.jpg'), await outputs.find('set/640.jpg')]).not.toContain(undefined);
  });

  test('if the files are too large together, none is written', async () => {
    const { run, root } = await site({ limits: { maxOutputBytes: 1_024 } });
    expect(await run({ responsive: { widths: [900] } })).toMatchObject({ code: 'OUTPUT_TOO_LARGE', retryable: false });
    expect(await filesBelow(root)).toEqual([]);
  });
});
