// A form that is refused, broken off or turned down by the queue leaves neither file nor row.
import { JobsError } from '@phraseworks/sdk';
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

const raw = (body: string, type = 'multipart/form-data; boundary=b') =>
  stand.app.request('/jobs/api/jobs', { method: 'POST', body, headers: { 'content-type': type } });

const left = async () => ({ files: await stand.files(), rows: await stand.rows(), jobs: stand.jobs.size });
const NOTHING = { files: [], rows: [], jobs: 0 };

describe('nothing is left of a form', () => {
  const job = JSON.stringify(JOB);
  test.each<[string, Parts, number]>([
    ['without a job', [['data.file', file('pixels')]], 400],
    [
      'whose job is not JSON',
      [
        ['data.file', file('pixels')],
        ['job', '{'],
      ],
      400,
    ],
    [
      'whose job is a list',
      [
        ['data.file', file('pixels')],
        ['job', '[]'],
      ],
      400,
    ],
    [
      'whose job is not valid',
      [
        ['data.file', file('pixels')],
        ['job', '{"type":"email"}'],
      ],
      400,
    ],
    [
      'whose type nobody owns',
      [
        ['data.file', file('pixels')],
        ['job', '{"type":"emial","data":{}}'],
      ],
      404,
    ],
    [
      'with two jobs',
      [
        ['job', job],
        ['data.file', file('pixels')],
        ['job', job],
      ],
      400,
    ],
    [
      'whose job is too large',
      [
        ['data.file', file('pixels')],
        ['job', 'x'.repeat(256 * 1024 + 1)],
      ],
      413,
    ],
    [
      'with a file above the limit',
      [
        ['job', job],
        ['data.a', file('small')],
        ['data.b', file('x'.repeat(1_001))],
      ],
      413,
    ],
    [
      'with a file for a place outside the data',
      [
        ['job', job],
        ['priority', file('x')],
      ],
      400,
    ],
    [
      'with a file for a forbidden place',
      [
        ['job', job],
        ['data.__proto__.x', file('x')],
      ],
      400,
    ],
    [
      'with a file for a place that is taken',
      [
        ['job', job],
        ['data.operations', file('x')],
      ],
      400,
    ],
    [
      'with a list that would get a gap',
      [
        ['job', job],
        ['data.files[3]', file('x')],
      ],
      400,
    ],
    [
      'with two files for one place',
      [
        ['job', job],
        ['data.a', file('x')],
        ['data.a', file('y')],
      ],
      400,
    ],
    [
      'with a plain field',
      [
        ['job', job],
        ['data.file', file('x')],
        ['data.note', 'text'],
      ],
      400,
    ],
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
    ['that is empty', '', undefined],
    ['without a boundary', '--b--', 'multipart/form-data'],
    ['with another boundary', '--c\r\n\r\n--c--\r\n', undefined],
    ['whose headers never end', `--b\r\n${'x'.repeat(200_000)}`, undefined],
  ])('%s', async (_, body, type) => {
    expect((await raw(body, type)).status).toBe(400);
    // The answer does not wait for the disk.
    await expect.poll(left).toEqual(NOTHING);
  });

  test('that the queue refuses', async () => {
    await stand.close();
    const full = new JobsError('QUEUE_FULL', 'The queue is full.', { retryAfter: 7 });
    stand = await createStand({
      typeOf: () => {
        throw full;
      },
    });
    const response = await post([
      ['data.file', file('pixels')],
      ['job', job],
    ]);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    // The answer does not wait for the disk.
    await expect.poll(left).toEqual(NOTHING);
  });
});
