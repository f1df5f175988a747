// A job with files: each file ends up in the data at the place that its part names, and a refused form leaves neither file nor row.
import { readdir } from 'node:fs/promises';
import type { UploadReference } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';

let site: HttpSite;
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  site = await openHttpSite({ storage: { uploads: { folder } }, uploads: { maxBytes: 1_000 } });
});

/** Names in the folder of uploads, those that are still coming in included. */
const files = async () => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f]{12}$/.test(name));
const rows = () => sql`select id, job_id from pwj_files_uploads`.execute(site.dialect.db).then((answer) => answer.rows);

const JOB = { type: 'image_process', data: { operations: [{ type: 'resize', width: 800 }] } };
const file = (text: string, name = 'photo.png', type = 'image/png') => new File([text], name, { type });

type Part = [string, string | File | Blob];
type Parts = Part[];

const PIXELS: Part = ['data.file', file('pixels')];
const jobIs = (job: string | Blob): Part => ['job', job];
const fileAt = (place: string, text = 'x'): Part => [place, file(text)];

const post = (parts: Parts) => {
  const body = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value);
  }
  return site.app.request('/jobs/api/jobs', { method: 'POST', body });
};

interface Answer {
  id: string;
  data: { file: UploadReference; files: UploadReference[]; note: { file: UploadReference } };
}
const read = async (response: Response) => (await response.json()) as Answer;

const raw = (body: string, type = 'multipart/form-data; boundary=b') =>
  site.app.request('/jobs/api/jobs', { method: 'POST', body, headers: { 'content-type': type } });

const left = async () => ({ files: await files(), rows: await rows(), jobs: (await site.jobs.listJobs()).jobs.length });
const NOTHING = { files: [], rows: [], jobs: 0 };

describe('a form', () => {
  test.each<[string, Parts]>([
    ['with the job first', [jobIs(JSON.stringify(JOB)), PIXELS]],
    ['with the job last', [PIXELS, jobIs(JSON.stringify(JOB))]],
    ['with the job as a file of JSON', [jobIs(new Blob([JSON.stringify(JOB)], { type: 'application/json' })), PIXELS]],
  ])('%s becomes a job with a reference', async (_, parts) => {
    const response = await post(parts);
    expect(response.status).toBe(201);
    const job = await read(response);
    expect(job.data).toEqual({
      operations: JOB.data.operations,
      file: { upload: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'photo.png', type: 'image/png', size: 6 },
    });
    expect(await rows()).toEqual([{ id: job.data.file.upload, job_id: job.id }]);
  });

  test('fills lists in their order, whatever the order of its parts', async () => {
    const job = { type: 'email', data: { files: [], note: { file: null } } };
    const response = await post([
      ['data.files[1]', file('second', '2.txt')],
      ['data.note.file', file('', 'empty.txt')],
      ['data.files[0]', file('first', '1.txt')],
      jobIs(JSON.stringify(job)),
    ]);
    const { data } = await read(response);
    expect(data.files.map(({ name }) => name)).toEqual(['1.txt', '2.txt']);
    expect(data.note.file).toMatchObject({ name: 'empty.txt', size: 0 });
  });

  test('may have ten files at most', async () => {
    const list = (n: number): Parts => Array.from({ length: n }, (_, i) => [`data.files[${i}]`, file('x')]);
    const job = jobIs(JSON.stringify(JOB));
    expect((await post([...list(10), job])).status).toBe(201);
    expect((await post([...list(11), job])).status).toBe(413);
    expect(await left()).toMatchObject({ files: { length: 10 }, jobs: 1 });
  });

  test('sent again with the same job and key keeps the same uploads', async () => {
    const parts: Parts = [jobIs(JSON.stringify({ ...JOB, idempotencyKey: 'order-7' })), PIXELS];
    const [first, again] = [await read(await post(parts)), await read(await post(parts))];
    expect(again.data).toEqual(first.data);
    expect(await files()).toHaveLength(1);
    expect(await rows()).toEqual([{ id: first.data.file.upload, job_id: first.id }]);
  });
});

test('has the names and types of its files made harmless', async () => {
  const part =
    '--b\r\ncontent-disposition: form-data; name="data.file"; filename="..\\..\\etc/\u202egnp.sh"\r\ncontent-type: text/html<script>\r\n\r\nx\r\n';
  const job = `--b\r\ncontent-disposition: form-data; name="job"\r\n\r\n${JSON.stringify(JOB)}\r\n--b--\r\n`;
  const { data } = await read(await raw(part + job));
  expect(data.file).toMatchObject({ name: 'gnp.sh', type: 'application/octet-stream' });
});

describe('nothing is kept of a form', () => {
  const job = JSON.stringify(JOB);
  test.each<[string, Parts, number]>([
    ['whose job is not JSON', [PIXELS, jobIs('{')], 400],
    ['with two jobs', [jobIs(job), PIXELS, jobIs(job)], 400],
    ['whose job is too large', [PIXELS, jobIs('x'.repeat(256 * 1024 + 1))], 413],
    ['with a file above the limit', [jobIs(job), fileAt('data.a', 'small'), fileAt('data.b', 'x'.repeat(1_001))], 413],
    ['with a file for a place outside the data', [jobIs(job), fileAt('priority')], 400],
    ['with a file for a forbidden place', [jobIs(job), fileAt('data.__proto__.x')], 400],
    ['with a file far behind the end of a list', [jobIs(job), fileAt('data.files[100]')], 400],
    ['with a file too deep inside', [jobIs(job), fileAt(`data${'.a'.repeat(9)}`)], 400],
    ['with a file for a place that is taken', [jobIs(job), fileAt('data.operations')], 400],
    ['with a list that would get a gap', [jobIs(job), fileAt('data.files[3]')], 400],
    ['with two files for one place', [jobIs(job), fileAt('data.a'), fileAt('data.a', 'y')], 400],
    ['with a plain field', [jobIs(job), fileAt('data.file'), ['data.note', 'text']], 400],
  ])('%s', async (_, parts, status) => {
    const response = await post(parts);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.status).toBe(status);
    // The answer does not wait for the disk.
    await expect.poll(left).toEqual(NOTHING);
  });

  test.each<[string, string, string | undefined]>([
    [
      'that is cut off in a file',
      '--b\r\ncontent-disposition: form-data; name="data.a"; filename="a"\r\n\r\nhalf',
      undefined,
    ],
    ['that is cut off in the job', '--b\r\ncontent-disposition: form-data; name="job"\r\n\r\n{"type"', undefined],
    ['without a boundary', '--b--', 'multipart/form-data'],
    ['whose headers never end', `--b\r\n${'x'.repeat(200_000)}`, undefined],
  ])('%s', async (_, body, type) => {
    expect((await raw(body, type)).status).toBe(400);
    // The answer does not wait for the disk.
    await expect.poll(left).toEqual(NOTHING);
  });
});
