// From a request through the real queue to its outcome, with a file on the way.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewJob, UploadReference } from '@phraseworks/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EngineKit, openEngine } from '../../test/engine-kit.ts';
import { createStand, type Stand } from '../../test/http-stand.ts';
import type { JobsHost } from '../host.ts';
import { typeInfos } from '../instance.ts';
import { systemRandom } from '../kernel/clock.ts';
import { toJob } from '../store/codec.ts';
import { UploadStore } from '../store/upload-store.ts';
import { SCHEMAS } from './schemas.ts';
import { UploadFiles } from './uploads.ts';

let kit: EngineKit;
let stand: Stand;
let uploads: UploadFiles;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flow-'));
  kit = await openEngine();
  const { queue, control, reads } = kit.engine;
  uploads = new UploadFiles({ dir, store: new UploadStore(kit.dialect), clock: kit.clock, random: systemRandom });
  const host = {
    addJob: (job: NewJob) => queue.add(job, { plugin: null }),
    addJobs: (list: NewJob[]) => queue.addMany(list, { plugin: null }),
    getJobStatus: async (id: string) => {
      const record = await reads.get(id);
      return record && toJob(record, kit.engine.registry);
    },
    cancelJob: (id: string) => control.cancel(id, null),
    retryJob: (id: string, options: object) => control.retry(id, options),
    runJob: (id: string, { by }: { by?: string }) => control.run(id, by ?? null),
    types: () => typeInfos(kit.engine.registry),
    listJobs: async (filter: object) => {
      const { records, ...page } = await reads.list(filter);
      return { jobs: records.map((record) => toJob(record, kit.engine.registry)), ...page };
    },
  };
  stand = await createStand({
    host: host as unknown as JobsHost,
    uploads,
    typeOf: (type) => (kit.engine.registry.get(type) ? { plugin: null, access: 'add' } : null),
  });
  kit.register('count', async (data: { file: UploadReference }) => {
    const { path } = await uploads.open(data.file);
    return { success: true, result: (await readFile(path, 'utf8')).length };
  });
  kit.register('greet', async (data: { name: string }) => ({ success: true, result: `Hello ${data.name}` }));
});
afterEach(async () => {
  await kit.close();
  await stand.close();
  await rm(dir, { recursive: true, force: true });
});

interface Answer {
  id: string;
  status: string;
  result: unknown;
  errors: { path: string }[];
}
const call = async (path: string, init?: RequestInit) =>
  (await (await stand.app.request(`/jobs/api/jobs${path}`, init)).json()) as Answer;
const post = (path: string, body: unknown) =>
  call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

function form(key: string): RequestInit {
  const body = new FormData();
  body.append('job', JSON.stringify({ type: 'count', data: {}, idempotencyKey: key }));
  body.append('data.file', new File(['twelve bytes'], 'note.txt', { type: 'text/plain' }));
  return { method: 'POST', body };
}

test('a job is added, runs, and its result is read', async () => {
  const { id, status } = await post('', { type: 'greet', data: { name: 'Ann' } });
  expect(status).toBe('pending');
  const done = kit.next('job_completed', id);
  await kit.engine.startWorker();
  await done;
  const job = await call(`/${id}`);
  expect(job).toMatchObject({ status: 'completed', result: 'Hello Ann' });
  expect(SCHEMAS.Job.safeParse(job).error).toBeUndefined();
});

test('a delayed job is listed, run now, cancelled and put back with other data', async () => {
  const { id } = await post('', { type: 'greet', data: { name: 'Ann' }, delay: 60_000 });
  const page = await call('?status=pending&type=greet&limit=5');
  expect(page).toMatchObject({ jobs: [{ id }], nextCursor: null });
  expect(await post(`/${id}/run`, undefined)).toMatchObject({ status: 'pending', runAt: null });
  expect(await post(`/${id}/cancel`, undefined)).toMatchObject({ status: 'cancelled' });
  expect(await post(`/${id}/cancel`, undefined)).toMatchObject({ code: 'NOT_CANCELLABLE' });
  expect(await post(`/${id}/retry`, { data: { name: 'Bob' } })).toMatchObject({
    status: 'pending',
    data: { name: 'Bob' },
  });
});

test('the processor finds the file that came with the job, and the file goes with the job', async () => {
  const { id } = await call('', form('order-7'));
  const done = kit.next('job_completed', id);
  await kit.engine.startWorker();
  await done;
  expect((await call(`/${id}`)).result).toBe(12);
  await uploads.removeForJobs([id]);
  expect(await readdir(dir)).toEqual(['incoming']);
});

test('a form that is sent again after a lost answer means the same job', async () => {
  const first = await call('', form('order-7'));
  expect(await call('', form('order-7'))).toMatchObject({ id: first.id });
  expect((await call('', form('order-8'))).id).not.toBe(first.id);
  expect((await readdir(dir)).filter((name) => name !== 'incoming')).toHaveLength(2);
});

test('what the queue refuses comes back with every wrong field', async () => {
  const deep = JSON.parse(`${'['.repeat(25)}${']'.repeat(25)}`) as unknown;
  const answer = await post('', [
    { type: 'greet', data: 1 },
    { type: 'greet', data: deep },
  ]);
  expect(answer.errors.map(({ path }) => path)).toEqual([expect.stringMatching(/^\[1\]\.data/)]);
  expect(kit.events).toEqual([]);
});
