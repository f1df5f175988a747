// The administrator's routes to deliveries and suppressions, and the panels over them.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

const start = () => createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 } } } } });

interface Answer {
  deliveries?: object[];
  suppressions?: object[];
  nextCursor?: string | null;
}

async function call(jobs: TestJobs, path: string, method = 'GET', body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const answer = await jobs.request(`/plugins/email${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Answer };
}

test('the deliveries of a job or an address are listed page by page', async () => {
  await using jobs = await start();
  const to = ['a@x.test', 'b@x.test', 'refused@x.test'];
  const { id } = await jobs.addJob({ type: 'email', data: { to, subject: 'Hi', text: 'Hello' } });
  await jobs.idle();
  const first = await call(jobs, `/deliveries?jobId=${id}&limit=2`);
  expect(first.body.deliveries).toHaveLength(2);
  const second = await call(jobs, `/deliveries?jobId=${id}&limit=2&cursor=${first.body.nextCursor}`);
  expect(second.body).toMatchObject({ deliveries: [{ jobId: id }], nextCursor: null });
  expect((await call(jobs, '/deliveries?address=REFUSED@x.test')).body.deliveries).toMatchObject([
    { recipient: 'refused@x.test', state: 'refused', response: '550 5.2.1 refused on purpose', attempts: 1 },
  ]);
  expect((await call(jobs, '/deliveries?state=accepted')).body.deliveries).toHaveLength(2);
});

test('a list with an invalid limit, cursor or state is refused', async () => {
  await using jobs = await start();
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'cursor=x', 'state=lost'])
    expect([query, (await call(jobs, `/deliveries?${query}`)).status]).toEqual([query, 400]);
});

test('an address is suppressed, found on the list, and removed again', async () => {
  await using jobs = await start();
  const add = (body: unknown) => call(jobs, '/suppressions', 'POST', body);
  expect(await add({ address: 'Ada@x.test', note: 'asked by telephone' })).toEqual({
    status: 201,
    body: { address: 'ada@x.test', reason: 'manual', added: true },
  });
  expect((await add({ address: 'ada@x.test' })).status).toBe(200);
  expect((await add({ address: 'ada@x.test', reason: 'unsubscribed' })).status).toBe(201);
  expect((await call(jobs, '/suppressions?address=ADA@x.test&reason=manual')).body).toEqual({
    suppressions: [
      { address: 'ada@x.test', reason: 'manual', note: 'asked by telephone', at: '2026-01-01T00:00:00.000Z' },
    ],
    nextCursor: null,
  });
  expect((await call(jobs, '/suppressions/ada@x.test?reason=manual', 'DELETE')).body).toEqual({ removed: 1 });
  expect((await call(jobs, '/suppressions/ada%40x.test', 'DELETE')).body).toEqual({ removed: 1 });
  expect((await call(jobs, '/suppressions/ada@x.test', 'DELETE')).status).toBe(404);
});

test('an invalid address or reason is refused', async () => {
  await using jobs = await start();
  for (const body of [{}, { address: 'Ada <a@x.test>' }, { address: 'a@x.test', reason: 'because' }])
    expect((await call(jobs, '/suppressions', 'POST', body)).status).toBe(400);
  expect((await call(jobs, '/suppressions')).body.suppressions).toEqual([]);
});

test('the lists are closed to non-administrators', async () => {
  await using jobs = await start();
  for (const path of ['/deliveries', '/suppressions', '/preview', '/preview/welcome']) {
    expect((await jobs.request(`/plugins/email${path}`, { as: 'user' })).status).toBe(403);
    expect((await jobs.request(`/plugins/email${path}`, { as: 'anonymous' })).status).toBe(401);
  }
});
