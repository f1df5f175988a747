// Files in the data of a job added in the process: stored as uploads, and opened by the processor like those of a form.
import { readdir, readFile } from 'node:fs/promises';
import { definePlugin, type PluginContext, Uploads } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

let context: Pick<PluginContext, 'db'>;

const reader = definePlugin({
  name: 'reader',
  needs: { uploads: Uploads },
  init(ctx) {
    context = ctx;
    ctx.registerProcessor('read', async ({ files, cover }) => {
      const texts: string[] = [];
      for (const file of [cover, ...files].filter(Boolean)) {
        const { path, name, type, size } = await ctx.needs.uploads.open(file);
        texts.push(`${name} ${type} ${size} ${(await readFile(path)).subarray(0, 5)}`);
      }
      return texts;
    });
  },
});
const open = async (dir?: string) =>
  createTestJobs({
    default: true,
    plugins: { reader: { use: reader } },
    storage: { uploads: { folder: dir ?? (await temporaryFolder()) } },
    uploads: { maxBytes: 30_000_000 },
  });

test('a file of 25 MB and a text reach the processor with name, type and bytes', async () => {
  await using jobs = await open();
  const cover = new File([Buffer.alloc(25 * 1024 * 1024, 'x')], 'cover.png', { type: 'image/png' });
  const data = { cover, files: [new Blob(['a note'])], saved: new Date(0) };
  const job = await jobs.addJob({ type: 'read', data });
  expect(job.data).toMatchObject({
    cover: { name: 'cover.png', size: 26_214_400 },
    files: [{ name: 'file', size: 6 }],
  });
  expect(data.cover).toBe(cover);
  await jobs.idle();
  expect((await jobs.getJobStatus(job.id))?.result).toEqual([
    'cover.png image/png 26214400 xxxxx',
    'file application/octet-stream 6 a not',
  ]);
  await jobs.deleteJob(job.id);
  await expect(
    jobs
      .addJob({ type: 'read', data: job.data as object })
      .then(({ id }) => jobs.idle().then(() => jobs.getJobStatus(id))),
  ).resolves.toMatchObject({ error: expect.stringContaining('removed with its job') });
});

test('a refused job leaves no file behind, and a list of jobs accepts no files', async () => {
  const dir = await temporaryFolder();
  await using jobs = await open(dir);
  const file = new File(['x'], 'x.txt');
  await expect(jobs.addJob({ type: 'unknown', data: { file } })).rejects.toThrow('Unknown job type');
  await expect(jobs.addJob({ type: 'read', data: { files: [new Blob([Buffer.alloc(30_000_001)])] } })).rejects.toThrow(
    'A file',
  );
  await expect(jobs.addJob({ type: 'read', data: { files: Array.from({ length: 11 }, () => file) } })).rejects.toThrow(
    '10 files',
  );
  await expect(jobs.addJobs([{ type: 'read', data: { files: [file] } }])).rejects.toThrow('data.files[0] is a file');
  expect((await readdir(dir, { recursive: true })).filter((name) => name !== 'incoming')).toEqual([]);
});

test('in a transaction of a plugin, a file is stored with it, and with it rolled back', async () => {
  const dir = await temporaryFolder();
  await using jobs = await open(dir);
  const add = (isKept: boolean) =>
    context.db.transaction().execute(async () => {
      const job = await jobs.addJob({ type: 'read', data: { files: [new File(['text'], 'a.txt')] } });
      if (!isKept) throw new Error('changed my mind');
      return job;
    });
  const { id } = await add(true);
  await expect(add(false)).rejects.toThrow('changed my mind');
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.result).toEqual(['a.txt application/octet-stream 4 text']);
  expect(await jobs.getQueueMetrics()).toMatchObject({ completed: 1, total: 1 });
});

test('without the plugin files, a job with a file is refused with what is missing', async () => {
  await using jobs = await createTestJobs({ plugins: { files: false } });
  jobs.registerProcessor('read', () => {});
  const added = jobs.addJob({ type: 'read', data: { file: new File(['x'], 'x.txt') } });
  await expect(added).rejects.toThrow(
    'data.file is a file: only addJob() takes files, and only while the plugin "files" is on',
  );
  const body = new FormData();
  body.append('job', JSON.stringify({ type: 'read', data: {} }));
  body.append('data.file', new File(['x'], 'x.txt'));
  const answer = await jobs.request('/api/jobs', { method: 'POST', body });
  expect([answer.status, await answer.json()]).toMatchObject([
    503,
    { detail: expect.stringContaining('plugin "files"') },
  ]);
});
