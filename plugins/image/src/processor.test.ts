// Whole jobs: a real server, a real folder, a real table.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResult } from '@phraseworks/sdk';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { filesBelow, imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import type { ImageTools } from './processor.ts';
import { imageProcessor } from './processor.ts';

const OPERATIONS: NonNullable<ImageJobData['operations']> = [
  { type: 'resize', width: 800, height: 600 },
  { type: 'optimize', quality: 85 },
  { type: 'format', format: 'webp' },
];
const photo = quarters(1_600, 1_000).jpeg().toBuffer();

async function run(tools: ImageTools, data: ImageJobData, jobId = 'job-1', job = runningJob(jobId)) {
  const answer = (await imageProcessor(tools)(data, jobId, 1, job)) as JobResult<ImageResult>;
  if (!('success' in answer)) throw new Error('neither success nor failure');
  return answer;
}

async function withPhoto(settings: Parameters<typeof imageTools>[0] = {}) {
  const sources = await temporaryFolder();
  await writeFile(join(sources, 'photo.jpg'), await photo);
  const tools = await imageTools({ ...settings, config: { sources: [sources], ...settings.config } });
  const data: ImageJobData = {
    source: 'photo.jpg',
    operations: OPERATIONS,
    outputPath: '/uploads/processed/image.webp',
  };
  return { tools, data, sources, file: join(tools.files.folder, 'uploads', 'processed', 'image.webp') };
}

test('resizes apply one after another', async () => {
  const { tools } = await withPhoto();
  const operations: ImageJobData['operations'] = [
    { type: 'resize', width: 500, height: 500 },
    { type: 'format', format: 'png' },
    { type: 'resize', width: 100 },
  ];
  const answer = await run(tools, { source: 'photo.jpg', operations });
  expect(answer).toMatchObject({ result: { width: 100, height: 100, format: 'png' } });
});

describe('sources by path', () => {
  test('only files inside the configured folders are read', async () => {
    const { tools, data, sources } = await withPhoto();
    const outside = join(await temporaryFolder(), 'secret.jpg');
    await writeFile(outside, await photo);
    await symlink(outside, join(sources, 'link.jpg'));
    await mkdir(join(sources, 'folder.jpg'));
    const codeOf = async (source: string) => (await run(tools, { ...data, source })).code;
    for (const source of [outside, '../secret.jpg', 'link.jpg', '/etc/passwd', 'missing.jpg', '.', 'a\0.jpg']) {
      expect(await codeOf(source)).toBe('SOURCE_NOT_ALLOWED');
    }
    expect(await codeOf('folder.jpg')).toBe('SOURCE_NOT_FOUND');
    expect((await run(tools, { ...data, source: join(sources, 'photo.jpg') })).success).toBe(true);
  });

  test('without configured folders no file is read, and large files are refused', async () => {
    const { tools, data } = await withPhoto({ config: { sources: [] } });
    expect(await run(tools, data)).toMatchObject({ code: 'SOURCE_NOT_ALLOWED', retryable: false });
    const small = await withPhoto({ config: { limits: { maxBytes: 1_024 } } });
    expect(await run(small.tools, small.data)).toMatchObject({ code: 'SOURCE_TOO_LARGE', retryable: false });
  });
});

describe('one path, many jobs', () => {
  test('a second job is refused unless it asks to overwrite', async () => {
    const { tools, data, file } = await withPhoto();
    await run(tools, data, 'job-1');
    const first = await readFile(file);
    expect(await run(tools, data, 'job-2')).toMatchObject({ code: 'OUTPUT_EXISTS', retryable: false });
    expect(await readFile(file)).toEqual(first);
    const smaller = { ...data, overwrite: true, operations: [...OPERATIONS, { type: 'resize' as const, width: 10 }] };
    expect(await run(tools, smaller, 'job-3')).toMatchObject({ success: true });
    expect(await tools.outputs.find('uploads/processed/image.webp')).toMatchObject({ job_id: 'job-3', width: 10 });
  });

  test('one of two simultaneous jobs writes, and the other is refused', async () => {
    const { tools, data, file } = await withPhoto();
    const answers = await Promise.all([run(tools, data, 'job-1'), run(tools, data, 'job-2')]);
    expect(answers.map(({ success }) => success).sort()).toEqual([false, true]);
    expect((await sharp(await readFile(file)).metadata()).width).toBe(800);
  });

  test('a file that this plugin did not make is never replaced', async () => {
    const { tools, data, file } = await withPhoto();
    await mkdir(join(tools.files.folder, 'uploads', 'processed'), { recursive: true });
    await writeFile(file, 'mine');
    expect(await run(tools, { ...data, overwrite: true })).toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('a link in place of the file is not written through', async () => {
    const { tools, data, file } = await withPhoto();
    const victim = join(await temporaryFolder(), 'victim');
    await mkdir(join(tools.files.folder, 'uploads', 'processed'), { recursive: true });
    await symlink(victim, file);
    expect(await run(tools, { ...data, overwrite: true })).toMatchObject({ code: 'OUTSIDE_ROOT' });
    await expect(readFile(victim)).rejects.toThrow('ENOENT');
  });
});

describe('a job that ends early', () => {
  test('throws the reason of its abort and leaves no file', async () => {
    const { tools, data } = await withPhoto();
    const job = runningJob('job-1');
    const aborting = { ...job, progress: async () => job.abort(new Error('cancelled by a person')) };
    await expect(imageProcessor(tools)(data, 'job-1', 1, aborting)).rejects.toThrow('cancelled by a person');
    expect(await filesBelow(tools.files.folder)).toEqual([]);
  });

  test('leaves no temporary file if its path cannot be claimed', async () => {
    const { tools, data } = await withPhoto();
    const refusing = { ...tools.outputs, claim: () => Promise.reject(new Error('the database is away')) };
    await expect(run({ ...tools, outputs: refusing }, data)).rejects.toThrow('the database is away');
    expect(await filesBelow(tools.files.folder)).toEqual([]);
  });
});
