// Originals: never replaced, unless the job names its own source as its output and asks for it.
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobResult } from '@phraseworks/sdk';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { imageTools, runningJob, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import type { ImageJobData, ImageResult } from './data.ts';
import { imageProcessor } from './processor.ts';

const photo = quarters(400, 300).jpeg({ quality: 100 }).toBuffer();

/** A site whose uploads are read and written in one folder. */
async function site() {
  const root = await temporaryFolder();
  await mkdir(join(root, 'uploads'));
  for (const name of ['a.jpg', 'b.jpg']) await writeFile(join(root, 'uploads', name), await photo);
  const tools = await imageTools({ config: { root, sources: [join(root, 'uploads')] } });
  const run = async (data: Partial<ImageJobData>, jobId = 'job-1') =>
    (await imageProcessor(tools)(
      { source: 'a.jpg', operations: [{ type: 'optimize', quality: 40 }], outputPath: 'uploads/a.jpg', ...data },
      jobId,
      1,
      runningJob(jobId),
    )) as Extract<JobResult<ImageResult>, { success: boolean }>;
  return { run, tools, root, read: (name: string) => readFile(join(root, 'uploads', name)) };
}

test.each([undefined, false, true])('with overwrite %s the source is unchanged', async (overwrite) => {
  const { run, read } = await site();
  expect(await run(overwrite === undefined ? {} : { overwrite })).toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(await read('a.jpg')).toEqual(await photo);
});

test("with overwrite 'original' the source is replaced, once per job, and by a later job only with the same option", async () => {
  const { run, read } = await site();
  const first = await run({ overwrite: 'original' });
  const after = await read('a.jpg');
  expect([first.success, after.length < (await photo).length]).toEqual([true, true]);
  expect(await sharp(after).metadata()).toMatchObject({ width: 400, format: 'jpeg' });
  // A retry of the same job would lose quality a second time: it returns the first result.
  expect(await run({ overwrite: 'original' })).toEqual(first);
  expect(await read('a.jpg')).toEqual(after);
  expect(await run({}, 'job-2')).toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(await run({ overwrite: 'original' }, 'job-2')).toMatchObject({ success: true });
});

test("'original' replaces no other file", async () => {
  const { run, read } = await site();
  const answer = await run({ overwrite: 'original', outputPath: 'uploads/b.jpg' });
  expect(answer).toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(await read('b.jpg')).toEqual(await photo);
});

test("'original' through a link replaces neither the link nor its target", async () => {
  const { run, root, read } = await site();
  await symlink('a.jpg', join(root, 'uploads', 'link.jpg'));
  const answer = await run({ source: 'a.jpg', overwrite: 'original', outputPath: 'uploads/link.jpg' });
  expect(answer).toMatchObject({ code: 'OUTSIDE_ROOT' });
  expect([await read('a.jpg'), await readdir(join(root, 'uploads'))]).toEqual([
    await photo,
    ['a.jpg', 'b.jpg', 'link.jpg'],
  ]);
});
