// What an operator does over HTTP: looks closer at a job, removes it, pauses a type, sums up failures, and finds all of it in the log.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, type Job } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

let folder: string;
let jobs: TestJobs;
let ran: unknown[];

const shop = definePlugin({
  name: 'shop',
  async init(ctx) {
    ctx.registerProcessor(
      'order',
      async ({ n, fail }: { n: number; fail?: string }) => {
        ran.push(n);
        return fail ? { success: false, error: fail, retryable: false } : { success: true, result: { n } };
      },
      { view: ({ data, status }) => [{ type: 'table', columns: ['n', 'state'], rows: [[data.n, status]] }] },
    );
    ctx.registerProcessor('bill', async ({ n }: { n: number }) => void ran.push(n));
    await ctx.scheduleJob({ name: 'hourly', schedule: '0 * * * *', jobData: { type: 'order', data: { n: 9 } } });
  },
});

beforeEach(async () => {
  folder = await temporaryFolder();
  ran = [];
  jobs = await createTestJobs({
    plugins: { shop: { use: shop } },
    storage: { uploads: { folder: join(folder, 'uploads') } },
  });
});
afterEach(() => jobs[Symbol.asyncDispose]());

async function api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; answer: T }> {
  const response = await jobs.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, answer: (response.status === 204 ? null : await response.json()) as T };
}

test('a finished job is deleted with its files, log and history; an unknown one is not found', async () => {
  const form = new FormData();
  form.set('job', JSON.stringify({ type: 'order', data: { n: 1 } }));
  form.set('data.file', new File(['a picture'], 'a.txt', { type: 'text/plain' }));
  const added = await jobs.request('/api/jobs', { method: 'POST', body: form });
  const { id } = (await added.json()) as Job;
  await jobs.idle();
  expect(await readdir(join(folder, 'uploads'))).not.toEqual([]);
  expect((await api('DELETE', `/api/jobs/${id}`)).status).toBe(204);
  expect(await jobs.getJobStatus(id)).toBeNull();
  expect(await jobs.getJobHistory(id)).toEqual([]);
  await expect(jobs.getJobLogs(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  expect((await readdir(join(folder, 'uploads'), { recursive: true })).filter((name) => /\w{12}$/.test(name))).toEqual(
    [],
  );
  expect((await api('DELETE', `/api/jobs/${id}`)).status).toBe(404);
  expect((await jobs.getQueueMetrics()).total).toBe(0);
});

test('a running job is not deleted', async () => {
  let end = (): void => {};
  jobs.registerProcessor('slow', () => new Promise<void>((resolve) => (end = resolve)));
  const { id } = await jobs.addJob({ type: 'slow', data: {} });
  while ((await jobs.getJobStatus(id))?.status !== 'processing') await new Promise(setImmediate);
  expect(await api('DELETE', `/api/jobs/${id}`)).toMatchObject({ status: 409, answer: { code: 'INVALID_STATE' } });
  end();
  await jobs.idle();
  expect((await api('DELETE', `/api/jobs/${id}`)).status).toBe(204);
});

test('a plugin shows its view of a job, and nothing while it is off', async () => {
  const { id } = await jobs.addJob({ type: 'order', data: { n: 1 } });
  await jobs.idle();
  const view = () => api('GET', `/api/jobs/${id}/view`);
  expect((await view()).answer).toEqual({
    blocks: [{ type: 'table', columns: ['n', 'state'], rows: [[1, 'completed']] }],
    error: null,
  });
  await jobs.plugins.disable('shop');
  expect((await view()).answer).toEqual({ blocks: [], error: null });
  const unknown = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  expect((await api('GET', `/api/jobs/${unknown}/view`)).status).toBe(404);
});

test('a paused type waits with its schedule until it is resumed, and another type runs', async () => {
  const made = await api('POST', '/api/pauses', { kind: 'type', name: 'order' });
  expect(made).toMatchObject({
    status: 201,
    answer: { kind: 'type', name: 'order', jobs: 0 },
  });
  const { id } = await jobs.addJob({ type: 'order', data: { n: 1 } });
  await jobs.addJob({ type: 'bill', data: { n: 2 } });
  await jobs.advance(3_600_000);
  expect(ran).toEqual([2]);
  expect((await api<{ why: string }>('GET', `/api/jobs/${id}/why`)).answer.why).toContain(
    'its type "order" is paused by',
  );
  const types = await api<{ types: { type: string; reason: string }[] }>('GET', '/api/types');
  expect(types.answer.types.find(({ type }) => type === 'order')).toMatchObject({ state: 'parked', reason: 'paused' });
  expect((await api('DELETE', '/api/pauses/type/order')).status).toBe(204);
  await jobs.idle();
  expect(ran).toEqual([2, 1]);
  await jobs.advance(3_600_000);
  expect(ran).toEqual([2, 1, 9]);
  expect((await api('GET', '/api/jobs?schedule=shop/hourly')).answer).toMatchObject({ jobs: [{ data: { n: 9 } }] });
});

test('a pause lasts while its plugin is disabled and enabled', async () => {
  await api('POST', '/api/pauses', { kind: 'plugin', name: 'shop' });
  await jobs.plugins.disable('shop');
  await jobs.addJob({ type: 'order', data: { n: 1 } });
  await jobs.plugins.enable('shop');
  await jobs.idle();
  expect(ran).toEqual([]);
  await api('DELETE', '/api/pauses/plugin/shop');
  await jobs.idle();
  expect(ran).toEqual([1]);
});

test('failures are grouped by cause, and the cause finds the jobs, even for a bulk action', async () => {
  for (const n of [5, 60, 700]) await jobs.addJob({ type: 'order', data: { n, fail: `no answer within ${n} ms` } });
  await jobs.addJob({ type: 'order', data: { n: 1, fail: 'refused' } });
  await jobs.idle();
  const { answer } = await api<{ failures: { cause: string; jobs: number }[]; looked: number }>('GET', '/api/failures');
  expect(answer).toMatchObject({
    failures: [
      { type: 'order', cause: 'no answer within # ms', jobs: 3 },
      { cause: 'refused', jobs: 1 },
    ],
    looked: 4,
    capped: false,
  });
  const q = `error:"${answer.failures[0]?.cause}"`;
  const found = await api<{ jobs: Job[] }>('GET', `/api/jobs?q=${encodeURIComponent(q)}`);
  expect(found.answer.jobs).toHaveLength(3);
  const bulk = await api<Job>('POST', '/api/jobs/bulk', { action: 'delete', filter: { q, type: 'order' } });
  expect(bulk.answer.summary).toBe('delete: type order, error:"no answer within # ms"');
  await jobs.idle();
  expect((await jobs.getJobStatus(bulk.answer.id))?.result).toMatchObject({ matched: 3, done: 3 });
  expect((await api('GET', `/api/failures?from=${jobs.clock.now() + 1}`)).answer).toMatchObject({ failures: [] });
});
