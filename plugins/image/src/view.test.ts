// The page of an image job and its pictures.
import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Block } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { listen, temporaryFolder } from '../test/kit.ts';
import { quarters } from '../test/pictures.ts';
import image from './index.ts';

const photo = quarters(400, 300).jpeg().toBuffer();

async function site() {
  const folder = await temporaryFolder();
  const server = await listen(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(await photo);
  });
  const host = `127.0.0.1:${server.port}`;
  // A relative folder counts from where the process runs, as a configuration has it.
  const root = relative(process.cwd(), join(folder, 'files'));
  const jobs = await createTestJobs({
    plugins: { image: { use: image, config: { allowHosts: [host] } } },
    storage: { files: { folder: root }, uploads: { folder: join(folder, 'uploads') } },
  });
  return { jobs, url: `http://${host}/harbour.jpg` };
}

async function viewOf(jobs: TestJobs, id: string): Promise<Block[]> {
  await jobs.idle();
  const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[]; error: string | null };
  expect(view.error).toBeNull();
  return view.blocks;
}

async function upload(jobs: TestJobs, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const form = new FormData();
  form.set('job', JSON.stringify({ type: 'image_process', data: { operations: [{ type: 'resize', width: 200 }] } }));
  form.set('data.file', new File([bytes], 'harbour.jpg', { type: 'image/jpeg' }));
  const answer = await jobs.request('/api/jobs', { method: 'POST', body: form });
  return ((await answer.json()) as { id: string }).id;
}

test('an upload is shown before and after, with both sizes', async () => {
  const { jobs } = await site();
  await using _ = jobs;
  const blocks = await viewOf(jobs, await upload(jobs, new Uint8Array(await photo)));
  const pictures = blocks.filter((block) => block.type === 'image');
  expect(pictures.map(({ caption }) => caption)).toEqual([
    expect.stringMatching(/^Before: harbour\.jpg, \d+ (?:k?B)$/),
    expect.stringMatching(/^After: .*200 x 150 jpeg, \d+ (?:k?B)$/),
  ]);
  for (const { src } of pictures) {
    const answer = await jobs.request(src);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    expect((await jobs.request(src, { as: 'user' })).status).toBe(403);
  }
  expect(blocks.filter((block) => block.type === 'stat').map(({ label }) => label)).toEqual([
    'before',
    'after',
    'of the source',
    'size',
  ]);
});

test('a picture from the web is linked, because the page loads nothing from elsewhere', async () => {
  const { jobs, url } = await site();
  await using _ = jobs;
  const data = { sourceUrl: url, operations: [{ type: 'resize' as const, width: 100 }], outputPath: '/small.jpg' };
  const { id } = await jobs.addJob({ type: 'image_process', data });
  const blocks = await viewOf(jobs, id);
  expect(blocks[0]).toMatchObject({ type: 'link', text: expect.stringContaining('Before: http'), href: url });
  expect(blocks[1]).toMatchObject({ type: 'image', src: '/plugins/image/files/small.jpg' });
  expect((await jobs.request(`/plugins/image/originals/${id}`)).status).toBe(404);
});

test('a picture replaced by another job is not shown as this one', async () => {
  const { jobs, url } = await site();
  await using _ = jobs;
  const data = { sourceUrl: url, operations: [{ type: 'resize' as const, width: 100 }], outputPath: '/small.jpg' };
  const first = await jobs.addJob({ type: 'image_process', data });
  await jobs.idle();
  await jobs.addJob({ type: 'image_process', data: { ...data, overwrite: true } });
  const blocks = await viewOf(jobs, first.id);
  expect(blocks[1]).toMatchObject({ type: 'text', tone: 'warn', text: expect.stringContaining('no longer exists') });
});

test.skipIf(!existsSync('/proc/self/fd'))('a HEAD request for a picture leaves no file open', async () => {
  const { jobs } = await site();
  await using _ = jobs;
  const id = await upload(jobs, new Uint8Array(await photo));
  await jobs.idle();
  const open = async (): Promise<number> => {
    const places = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(places)).filter((place) => place.includes('/uploads/')).length;
  };
  const before = await open();
  const answer = await jobs.request(`/plugins/image/originals/${id}`, { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(await open()).toBe(before);
});

test('an upload that is not a picture is not served', async () => {
  const { jobs } = await site();
  await using _ = jobs;
  const id = await upload(jobs, new TextEncoder().encode('<script>alert(1)</script>'.repeat(10)));
  await jobs.idle();
  expect((await jobs.request(`/plugins/image/originals/${id}`)).status).toBe(404);
});
