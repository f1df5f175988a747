// Refused requests: invalid bodies, unknown ids, wrong states, schedules that never fire.
import { request } from 'node:http';
import type { Schedule } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { openLiveSite } from '../support/live-site.ts';

const CANARY = 'CANARY-9e20';
const JSON_TYPE = 'application/json';

async function open(start = true): Promise<TestJobs> {
  const jobs = await createTestJobs({ start });
  jobs.registerProcessor('plain', async () => {});
  return jobs;
}

const send = (jobs: TestJobs, path: string, body: RequestInit['body'], type = JSON_TYPE): Promise<Response> =>
  jobs.request(path, { method: 'POST', body: body ?? null, headers: { 'content-type': type } });

const BODIES: [string, string | Buffer, string, number, string][] = [
  ['invalid JSON', `{"type": ${CANARY}`, JSON_TYPE, 400, 'INVALID_DATA'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), JSON_TYPE, 400, 'INVALID_DATA'],
  ['nothing', '', JSON_TYPE, 400, 'INVALID_DATA'],
  ['a number', '7', JSON_TYPE, 400, 'INVALID_DATA'],
  ['an empty list', '[]', JSON_TYPE, 400, 'INVALID_DATA'],
  ['a number beyond all numbers', '{"type":"plain","data":1e999}', JSON_TYPE, 400, 'INVALID_DATA'],
  ['a hundred thousand brackets', '['.repeat(100_000) + ']'.repeat(100_000), JSON_TYPE, 400, 'INVALID_DATA'],
  ['plain text', CANARY, 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a form as browsers send it', `type=${CANARY}`, 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['JSON in UTF-16', '{}', 'application/json; charset=utf-16', 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['multipart without a boundary', 'x', 'multipart/form-data', 400, 'INVALID_DATA'],
  ['two megabytes', `{"type":"plain","data":"${'x'.repeat(2_000_000)}"}`, JSON_TYPE, 413, 'PAYLOAD_TOO_LARGE'],
];

test('a wrong body is refused with our own message', async () => {
  await using jobs = await open();
  for (const [name, body, type, status, code] of BODIES) {
    const response = await send(jobs, '/api/jobs', body as RequestInit['body'], type);
    const text = await response.text();
    expect([name, response.status, JSON.parse(text)]).toMatchObject([name, status, { code, status }]);
    if (code === 'INVALID_DATA') expect([name, JSON.parse(text).errors]).not.toEqual([name, undefined]);
    expect(text + jobs.log.join(), name).not.toContain(CANARY);
  }
  expect((await jobs.listJobs()).jobs).toEqual([]);
});

test('the address of the WebSocket is none for a plain request', async () => {
  await using jobs = await open();
  expect(await (await jobs.request('/ws')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
});

test('a chunked body of a hundred megabytes is cut off early, and the server continues', async () => {
  await using site = await openLiveSite();
  site.jobs.registerProcessor('plain', async () => {});
  const { status, sent } = await new Promise<{ status: number | undefined; sent: number }>((resolve) => {
    const headers = { 'content-type': JSON_TYPE };
    const out = request(`${site.url}/api/jobs`, { method: 'POST', headers });
    const chunk = Buffer.alloc(64 * 1_024, 'x');
    let sent = 0;
    let status: number | undefined;
    out.on('response', (response) => {
      status = response.statusCode;
      response.resume();
    });
    out.on('error', () => {});
    out.on('close', () => resolve({ status, sent }));
    const push = (): void => {
      while (!out.destroyed && status === undefined && sent < 100 * 1_024 * 1_024) {
        sent += chunk.length;
        if (!out.write(chunk)) {
          out.once('drain', push);
          return;
        }
      }
      if (!out.destroyed) out.end();
    };
    push();
  });
  expect(status).toBe(413);
  expect(sent).toBeLessThan(20 * 1_024 * 1_024);
  expect((await fetch(`${site.url}/health`)).status).toBe(200);
});

const UNKNOWN = '0190a6e0-0000-7000-8000-000000000000';

const IDS = [UNKNOWN, CANARY, '1', '..%2f..%2fetc%2fpasswd', '%00', "'%20or%201=1", 'x'.repeat(300)];

test('an id that no job has is not found, whatever the request', async () => {
  await using jobs = await open();
  for (const id of IDS) {
    const answers = await Promise.all([
      ...['', '/history', '/logs', '/why'].map((step) => jobs.request(`/api/jobs/${id}${step}`)),
      ...['cancel', 'retry', 'run'].map((step) => jobs.request(`/api/jobs/${id}/${step}`, { method: 'POST' })),
      send(jobs, `/api/jobs/${id}/progress`, '{"percentage":1}'),
    ]);
    for (const answer of answers) {
      const text = await answer.text();
      expect([id, answer.status, JSON.parse(text).code]).toEqual([id, 404, 'JOB_NOT_FOUND']);
      expect(text).not.toContain(CANARY);
    }
    const raw = decodeURIComponent(id);
    const read = [await jobs.getJobStatus(raw), await jobs.getJobHistory(raw), await jobs.cancelJob(raw)];
    expect([id, ...read]).toEqual([id, null, [], false]);
    const acts = [
      () => jobs.retryJob(raw),
      () => jobs.runJob(raw),
      () => jobs.updateJobProgress(raw, { percentage: 1 }),
    ];
    for (const act of acts) await expect(act(), id).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  }
});

test('other addresses without anything, and queries that do not fit, are refused', async () => {
  await using jobs = await open();
  const wrong: [string, number, string][] = [
    ['GET /api/schedules/none', 404, 'SCHEDULE_NOT_FOUND'],
    ['DELETE /api/schedules/shop/none', 404, 'SCHEDULE_NOT_FOUND'],
    ['PATCH /api/jobs', 404, 'NOT_FOUND'],
    ['GET /', 404, 'NOT_FOUND'],
    ['POST /', 404, 'NOT_FOUND'],
    ['GET /api/jobs?limit=201', 400, 'INVALID_DATA'],
    ['GET /api/jobs?status=broken', 400, 'INVALID_DATA'],
    ['GET /api/jobs?staus=failed', 400, 'INVALID_DATA'],
    ['GET /api/jobs?from=yesterday', 400, 'INVALID_DATA'],
  ];
  for (const [address, status, code] of wrong) {
    const [method = '', path = ''] = address.split(' ');
    const response = await jobs.request(path, { method });
    const problem = { status, code, type: `/jobs/api/docs#${code}` };
    expect([address, response.status, await response.json()]).toMatchObject([address, status, problem]);
  }
});

test('a finished job cannot be cancelled, a running one retried, or a waiting one given progress', async () => {
  await using jobs = await open(false);
  const { id } = await jobs.addJob({ type: 'plain', data: {} });
  const act = async (step: string, body?: string) => {
    const response = await (body === undefined
      ? jobs.request(`/api/jobs/${id}/${step}`, { method: 'POST' })
      : send(jobs, `/api/jobs/${id}/${step}`, body));
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  expect(await act('retry')).toEqual([409, 'INVALID_STATE']);
  expect(await act('progress', '{"percentage":50}')).toEqual([409, 'INVALID_STATE']);
  expect(await act('progress', '{"percentage":150}')).toEqual([400, 'INVALID_DATA']);
  await jobs.start();
  await jobs.idle();
  expect(await act('cancel')).toEqual([409, 'NOT_CANCELLABLE']);
  expect(await act('run')).toEqual([409, 'INVALID_STATE']);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  expect((await act('retry'))[0]).toBe(200);
});

test('an idempotency key with other data is a conflict, by function and over HTTP, and with the same data finds the first job', async () => {
  await using jobs = await open(false);
  const job = { type: 'plain', data: { a: 1, b: 2 }, idempotencyKey: `${CANARY}-order-7` };
  const { id } = await jobs.addJob(job);
  expect((await jobs.addJob({ ...job, data: { b: 2, a: 1 } })).id).toBe(id);
  const other = { ...job, data: { a: 2 } };
  await expect(jobs.addJob(other)).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
    errors: [{ path: 'idempotencyKey' }],
  });
  const sent = (await (await send(jobs, '/api/jobs', JSON.stringify(job))).json()) as { id: string };
  const conflict = await send(jobs, '/api/jobs', JSON.stringify(other));
  const text = await conflict.text();
  expect([conflict.status, JSON.parse(text).code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  expect(text).not.toContain(CANARY);
  const same = await send(jobs, '/api/jobs', JSON.stringify({ ...job, data: { b: 2, a: 1 } }));
  expect(((await same.json()) as { id: string }).id).toBe(sent.id);
  expect((await jobs.listJobs()).jobs).toHaveLength(2);
});

const SCHEDULES: [string, object, string][] = [
  ['no pattern', { schedule: CANARY }, 'schedule'],
  ['an impossible minute', { schedule: '61 * * * *' }, 'schedule'],
  ['a day that never comes', { schedule: '0 0 30 2 *' }, 'schedule'],
  ['a pattern of 500 characters', { schedule: `${'0,'.repeat(250)}0 * * * *` }, 'schedule'],
  ['an unknown time zone', { schedule: '0 9 * * *', timezone: `Mars/${CANARY}` }, 'timezone'],
  ['an unknown policy', { schedule: '0 9 * * *', missed: CANARY }, 'missed'],
  [
    'a job with a wrong priority',
    { schedule: '0 9 * * *', jobData: { type: 'plain', data: {}, priority: 9 } },
    'jobData.priority',
  ],
];

test('a schedule that is wrong is refused by function and over HTTP, with its field', async () => {
  await using jobs = await open(false);
  for (const [name, change, path] of SCHEDULES) {
    const schedule = { name: 'nightly', jobData: { type: 'plain', data: {} }, ...change };
    await expect(jobs.scheduleJob(schedule as unknown as Schedule), name).rejects.toMatchObject({
      code: 'INVALID_DATA',
      errors: [{ path }],
    });
    const response = await send(jobs, '/api/schedules', JSON.stringify(schedule));
    const text = await response.text();
    const refusal = { code: 'INVALID_DATA', errors: [{ path }] };
    expect([name, response.status, JSON.parse(text)]).toMatchObject([name, 400, refusal]);
    expect(text).not.toContain(CANARY);
  }
  expect(await jobs.schedules.list()).toEqual([]);
});
