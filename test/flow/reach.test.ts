// Jobs that one call would touch without naming them: each of their types is asked for, and without the right to one nothing is done.
import type { Authorize } from '@phraseworks/jobs';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { byToken, headersOf, type Role } from '../support/roles.ts';

const ACCESS = ['add', 'operate', 'administer', 'none'] as const;

async function open(authorize: Authorize = byToken): Promise<TestJobs> {
  const jobs = await createTestJobs({ authorize });
  for (const access of ACCESS)
    jobs.registerProcessor(`needs-${access}`, async () => ({ success: false, error: 'no', retryable: false }), {
      access,
    });
  return jobs;
}

const post = async (jobs: TestJobs, role: Role, path: string, body: unknown = {}, method = 'POST') => {
  const headers = { ...headersOf(role), 'content-type': 'application/json' };
  const answer = await jobs.request(`/api/${path}`, { method, as: 'anonymous', headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
};

const states = async (jobs: TestJobs) => (await jobs.listJobs()).jobs.map(({ id, status }) => [id, status]);

test('the failed jobs of a batch are retried only with the right to each of their types', async () => {
  await using jobs = await open();
  const work = ACCESS.map((access) => ({ type: `needs-${access}`, data: {} }));
  const { id } = await jobs.addBatch({ name: 'mixed' }, work);
  await jobs.idle();
  const before = await states(jobs);
  const refused = await post(jobs, 'operator', `batches/${id}/retry`);
  expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('needs-administer, needs-none') });
  expect([await states(jobs), (await jobs.batches.get(id)).task]).toEqual([before, null]);
  expect((await post(jobs, 'admin', `batches/${id}/retry`)).status).toBe(200);
  const own = await jobs.addBatch({ name: 'open to operators' }, work.slice(0, 2));
  await jobs.idle();
  expect((await post(jobs, 'operator', `batches/${own.id}/retry`)).status).toBe(200);
});

test('a job is retried only with the right to the types that this puts back, at any depth', async () => {
  await using jobs = await open();
  const { first } = await jobs.addGraph({
    first: { type: 'needs-add', data: {} },
    second: { type: 'needs-operate', data: {}, after: ['first'] },
    third: { type: 'needs-administer', data: {}, after: ['second'] },
    free: { type: 'needs-none', data: {}, after: ['first'], onFailed: 'run' },
  } as never);
  const { id } = first as unknown as { id: string };
  await jobs.idle();
  const before = await states(jobs);
  const refused = await post(jobs, 'operator', `jobs/${id}/retry`);
  expect(refused).toMatchObject({ status: 403, text: expect.stringMatching(/as well: needs-administer\./) });
  await jobs.idle();
  expect(await states(jobs)).toEqual(before);
  expect((await post(jobs, 'admin', `jobs/${id}/retry`)).status).toBe(200);
});

/** Everybody may do everything with their own jobs. */
const owned: Authorize = (c) => {
  const owner = /^Bearer (\w+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  return owner === undefined ? null : { user: owner, where: { data: { owner } } };
};

test('a filter covers the jobs that end with a job, or are put back with it', async () => {
  await using jobs = await open(owned);
  const add = async (owner: string, more: object) =>
    (await jobs.addJob({ type: 'needs-add', data: { owner }, ...more } as never)).id;
  const [viewer, admin] = ['viewer', 'admin'] as const;
  const waits = await add(viewer, { delay: 3_600_000 });
  const own = await add(viewer, { after: [waits] });
  const foreign = await add(admin, { after: [own] });
  const text = expect.stringContaining('as well: needs-add.');
  expect(await post(jobs, viewer, `jobs/${waits}/cancel`)).toMatchObject({ status: 403, text });
  expect(await post(jobs, viewer, `jobs/${waits}`, {}, 'DELETE')).toMatchObject({ status: 403, text });
  expect((await jobs.getJobStatus(waits))?.status).toBe('pending');
  await jobs.cancelJob(waits);
  expect(await post(jobs, viewer, `jobs/${waits}/retry`)).toMatchObject({ status: 403, text });
  expect((await jobs.getJobStatus(own))?.status).toBe('cancelled');
  await jobs.deleteJob(foreign);
  expect((await post(jobs, viewer, `jobs/${waits}/retry`)).status).toBe(200);
});

test('a bulk action names the types that its filter matches and the caller may not start, and begins nothing', async () => {
  await using jobs = await open();
  for (const access of ACCESS) await jobs.addJob({ type: `needs-${access}`, data: {} });
  await jobs.idle();
  const before = await states(jobs);
  const bulk = (role: Role, filter: object) => post(jobs, role, 'jobs/bulk', { action: 'retry', filter });
  const text = expect.stringContaining('needs-administer, needs-none');
  expect(await bulk('operator', {})).toMatchObject({ status: 403, text });
  expect(await bulk('operator', { type: 'needs-none' })).toMatchObject({ status: 403 });
  expect(await states(jobs)).toEqual(before);
  expect((await bulk('operator', { type: 'needs-operate' })).status).toBeLessThan(300);
  expect((await bulk('admin', {})).status).toBeLessThan(300);
});
