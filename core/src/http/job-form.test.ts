// A job with files: the files stand in its data at the place their part is named after.
import type { UploadReference } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStand, type Stand } from '../../test/http-stand.ts';

let stand: Stand;
beforeEach(async () => {
  stand = await createStand({ maxBytes: 1_000 });
});
afterEach(() => stand.close());

const JOB = { type: 'image_process', data: { operations: [{ type: 'resize', width: 800 }] } };
const file = (text: string, name = 'photo.png', type = 'image/png') => new File([text], name, { type });

type Parts = [string, string | File | Blob][];

const post = (parts: Parts) => {
  const body = new FormData();
  for (const [name, value] of parts) {
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value);
  }
  return stand.app.request('/jobs/api/jobs', { method: 'POST', body });
};

interface Answer {
  id: string;
  data: { file: UploadReference; files: UploadReference[]; note: { file: UploadReference } };
}
const read = async (response: Response) => (await response.json()) as Answer;

const raw = (body: string, type = 'multipart/form-data; boundary=b') =>
  stand.app.request('/jobs/api/jobs', { method: 'POST', body, headers: { 'content-type': type } });

const left = async () => ({ files: await stand.files(), rows: await stand.rows(), jobs: stand.jobs.size });
const NOTHING = { files: [], rows: [], jobs: 0 };

describe('a form', () => {
  test.each<[string, Parts]>([
    [
      'with the job first',
      [
        ['job', JSON.stringify(JOB)],
        ['data.file', file('pixels')],
      ],
    ],
    [
      'with the job last',
      [
        ['data.file', file('pixels')],
        ['job', JSON.stringify(JOB)],
      ],
    ],
    [
      'with the job as a file of JSON',
      [
        ['job', new Blob([JSON.stringify(JOB)], { type: 'application/json' })],
        ['data.file', file('pixels')],
      ],
    ],
  ])('%s becomes a job with a reference', async (_, parts) => {
    const response = await post(parts);
    expect(response.status).toBe(201);
    const job = await read(response);
    expect(job.data).toEqual({
      operations: JOB.data.operations,
      file: { upload: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'photo.png', type: 'image/png', size: 6 },
    });
    expect(await stand.rows()).toEqual([{ id: job.data.file.upload, job_id: job.id }]);
    expect((await stand.uploads.open(job.data.file)).size).toBe(6);
  });

  test('fills lists in their order, whatever the order of the parts', async () => {
    const job = { type: 'email', data: { files: [], note: { file: null } } };
    const response = await post([
      ['data.files[1]', file('second', '2.txt')],
      ['data.note.file', file('', 'empty.txt')],
      ['data.files[0]', file('first', '1.txt')],
      ['job', JSON.stringify(job)],
    ]);
    const { data } = await read(response);
    expect(data.files.map(({ name }) => name)).toEqual(['1.txt', '2.txt']);
    expect(data.note.file).toMatchObject({ name: 'empty.txt', size: 0 });
  });

  test('without files is a job like any other', async () => {
    expect((await post([['job', JSON.stringify(JOB)]])).status).toBe(201);
  });

  test('may carry ten files, and no more', async () => {
    const list = (n: number): Parts => Array.from({ length: n }, (_, i) => [`data.files[${i}]`, file('x')]);
    const job = ['job', JSON.stringify(JOB)] as [string, string];
    expect((await post([...list(10), job])).status).toBe(201);
    expect((await post([...list(11), job])).status).toBe(413);
    expect(await left()).toMatchObject({ files: { length: 10 }, jobs: 1 });
  });

  test('of the same job with the same key, sent again, means the same uploads', async () => {
    const parts: Parts = [
      ['job', JSON.stringify({ ...JOB, idempotencyKey: 'order-7' })],
      ['data.file', file('pixels')],
    ];
    const [first, again] = [await read(await post(parts)), await read(await post(parts))];
    expect(again.data).toEqual(first.data);
    expect(await stand.files()).toHaveLength(1);
    expect(await stand.rows()).toEqual([{ id: first.data.file.upload, job_id: first.id }]);
  });
});

test('names and types of files come in harmless', async () => {
  const part =
    '--b\r\ncontent-disposition: form-data; name="data.file"; filename="..\\..\\etc/\u202egnp.sh"\r\ncontent-type: text/html<script>\r\n\r\nx\r\n';
  const job = `--b\r\ncontent-disposition: form-data; name="job"\r\n\r\n${JSON.stringify(JOB)}\r\n--b--\r\n`;
  const { data } = await read(await raw(part + job));
  expect(data.file).toMatchObject({ name: 'gnp.sh', type: 'application/octet-stream' });
});

test('a form needs the right to add', async () => {
  await stand.close();
  stand = await createStand({ authorize: () => null });
  expect((await post([['job', JSON.stringify(JOB)]])).status).toBe(401);
  expect(await left()).toEqual(NOTHING);
});
