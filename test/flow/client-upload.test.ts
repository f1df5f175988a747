// The browser's client: files anywhere in the data of a job, the progress of their upload, and what is stored.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { definePlugin, type UploadReference, Uploads } from '@phraseworks/sdk';
import { createClient, type UploadProgress } from '@phraseworks/sdk/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { byToken } from '../support/roles.ts';
import { Xhr } from '../support/xhr.ts';

interface Scan {
  cover?: UploadReference;
  pages?: { note: string; file: UploadReference }[];
  more?: UploadReference[];
}

declare module '@phraseworks/sdk' {
  interface JobTypes {
    scan: { data: Scan; result: string[] };
  }
}

/** Answers the checksums of its files. */
const scanner = definePlugin({
  name: 'scanner',
  needs: { uploads: Uploads },
  init(ctx) {
    ctx.registerProcessor('scan', async ({ cover, pages = [], more = [] }) => {
      const files = [...(cover ? [cover] : []), ...pages.map(({ file }) => file), ...more];
      const stored = await Promise.all(files.map((file) => ctx.needs.uploads.open(file)));
      return { success: true, result: stored.map(({ sha256 }) => sha256) };
    });
  },
});

const MAX = 2_000_000;
let site: LiveSite;
beforeEach(async () => {
  const storage = { uploads: { folder: join(await temporaryFolder(), 'uploads') } };
  const plugins = { scanner: { use: scanner } };
  site = await openLiveSite({ authorize: byToken, plugins, storage, uploads: { maxBytes: MAX } });
});
afterEach(async () => {
  Reflect.deleteProperty(globalThis, 'XMLHttpRequest');
  await site[Symbol.asyncDispose]();
});

const bytes = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);
const fileOf = (length: number, seed: number) => new File([bytes(length, seed)], `${seed}.bin`, { type: 'image/png' });
const sumOf = (length: number, seed: number) => createHash('sha256').update(bytes(length, seed)).digest('hex');
const client = (token = 'operator') => createClient({ base: site.url, token });

describe.each([
  ['by XMLHttpRequest', true],
  ['by fetch, without XMLHttpRequest', false],
])('%s', (_, isThere) => {
  beforeEach(() => {
    if (isThere) Object.assign(globalThis, { XMLHttpRequest: Xhr });
  });

  test('files anywhere in the data arrive unchanged, and the data refers to them', async () => {
    const told: UploadProgress[] = [];
    const job = await client().addJob(
      {
        type: 'scan',
        data: {
          cover: fileOf(900_000, 1),
          pages: [
            { note: 'first', file: fileOf(10, 2) },
            { note: 'second', file: fileOf(20, 3) },
          ],
          more: [new Blob([bytes(30, 4)])],
        },
      },
      { onUpload: (progress) => told.push(progress) },
    );
    expect(job.data).toMatchObject({
      cover: { name: '1.bin', type: 'image/png', size: 900_000, upload: expect.any(String) },
      pages: [{ note: 'first', file: { name: '2.bin', size: 10 } }, { note: 'second' }],
      more: [{ size: 30 }],
    });
    const { result } = await site.ended(job.id);
    expect(result).toEqual([sumOf(900_000, 1), sumOf(10, 2), sumOf(20, 3), sumOf(30, 4)]);
    expect(told.at(-1)).toMatchObject({ percentage: 100 });
    expect(told.at(-1)?.loaded).toBe(told.at(-1)?.total);
    expect(told.map(({ loaded }) => loaded)).toEqual(told.map(({ loaded }) => loaded).sort((a, b) => a - b));
    if (isThere) expect(told.length).toBeGreaterThan(3);
  });

  test('a refusal has its code, even if the server disconnects because a file is too large', async () => {
    const onUpload = (): void => {};
    const adding = (length: number, token?: string) =>
      client(token).addJob({ type: 'scan', data: { cover: fileOf(length, 1) } }, { onUpload });
    await expect(adding(10, 'viewer')).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
    await expect(adding(MAX + 1)).rejects.toMatchObject({ name: 'ClientError' });
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  });

  test('an aborted upload adds no job', async () => {
    const stop = new AbortController();
    const adding = client().addJob(
      { type: 'scan', data: { cover: fileOf(1_500_000, 1) } },
      { signal: stop.signal, onUpload: () => stop.abort() },
    );
    if (!isThere) stop.abort();
    await expect(adding).rejects.toMatchObject({ name: 'AbortError' });
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  });

  test('an answer that is not JSON is an error, as everywhere', async () => {
    const server = createServer((_, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const page = createClient({ base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const adding = page.addJob({ type: 'scan', data: { cover: fileOf(10, 1) } }, { onUpload: () => {} });
    await expect(adding).rejects.toMatchObject({ name: 'ClientError', code: 'NOT_FOUND' });
    server.close();
  });
});

test("a page's own fetch also sends files", async () => {
  Object.assign(globalThis, { XMLHttpRequest: Xhr });
  const told: UploadProgress[] = [];
  const own: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...init?.headers, authorization: 'Bearer operator' } });
  const data = { cover: fileOf(900, 1) };
  const page = createClient({ base: site.url, fetch: own });
  const job = await page.addJob({ type: 'scan', data }, { onUpload: (progress) => told.push(progress) });
  expect(await site.ended(job.id)).toMatchObject({ result: [sumOf(900, 1)] });
  expect(told).toEqual([{ loaded: 900, total: 900, percentage: 100 }]);
});

test('a job without a file is sent as JSON, with or without onUpload', async () => {
  Object.assign(globalThis, { XMLHttpRequest: Xhr });
  const told: UploadProgress[] = [];
  const job = await client().addJob({ type: 'scan', data: {} }, { onUpload: (progress) => told.push(progress) });
  expect(await site.ended(job.id)).toMatchObject({ status: 'completed', result: [] });
  expect(told).toEqual([]);
});
