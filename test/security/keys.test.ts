// Keys of others: a job that is found by its key, or by an idempotency key, is neither told of nor touched for who may not see it.
import type { Authorize } from '@phraseworks/jobs';
import type { NewJob } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const YEAR = 365 * 86_400_000;

const byOwner: Authorize = (c) => {
  const user = c.req.header('x-user');
  return user === undefined ? null : { user, where: { data: { owner: user } } };
};

async function open(authorize: Authorize = byOwner): Promise<TestJobs> {
  const jobs = await createTestJobs({ authorize, start: false });
  const run = async () => {};
  jobs.registerProcessor('kept', run, { key: ['post'], unique: {} });
  jobs.registerProcessor('own', run, { key: ['owner', 'post'], unique: {} });
  jobs.registerProcessor('given', run, { key: 'given', unique: {} });
  jobs.registerProcessor('replaced', run, { key: 'given', unique: { onConflict: 'replace' } });
  jobs.registerProcessor('rejected', run, { key: 'given', unique: { onConflict: 'reject' } });
  jobs.registerProcessor('merged', run, { key: 'given', unique: { quiet: '1h' } });
  jobs.registerProcessor('plain', run);
  return jobs;
}

async function add(jobs: TestJobs, user: string, job: object): Promise<[number, Record<string, unknown>]> {
  const headers = { 'x-user': user, 'content-type': 'application/json' };
  const answer = await jobs.request('/api/jobs', { method: 'POST', headers, body: JSON.stringify(job) });
  return [answer.status, (await answer.json()) as Record<string, unknown>];
}

test.each(['given', 'replaced', 'rejected', 'merged'])(
  'the job of another with this key is neither told of nor changed, alone and among many: %s',
  async (type) => {
    await using jobs = await open();
    const anns = await jobs.addJob({ type, data: { owner: 'ann' }, key: 'k' } as NewJob);
    const bobs = { type, data: { owner: 'bob' }, key: 'k' };
    for (const sent of [bobs, [{ type: 'plain', data: { owner: 'bob' } }, bobs]]) {
      const [status, body] = await add(jobs, 'bob', sent);
      expect([status, body.code]).toEqual([409, 'DUPLICATE_JOB']);
      expect(JSON.stringify(body)).not.toContain(anns.id);
    }
    expect(await jobs.getJobStatus(anns.id)).toMatchObject({ data: { owner: 'ann' }, runAt: anns.runAt });
    expect((await jobs.listJobs({})).jobs).toHaveLength(1);
  },
);

test.each([
  ['a key that its type makes', { type: 'own', data: { owner: 'bob', post: 1 }, key: '["ann",1]' }],
  ['a key that the owner is no part of', { type: 'kept', data: { owner: 'bob', post: 1 } }],
  ['a given key for a year', { type: 'given', data: { owner: 'bob' }, key: 'k', delay: YEAR }],
  ['a given key between retries', { type: 'given', data: { owner: 'bob' }, key: 'k', retryDelay: 3_600_000 }],
])('nobody blocks others with %s', async (_, job) => {
  await using jobs = await open();
  expect((await add(jobs, 'bob', job))[0]).toBe(403);
  expect((await jobs.listJobs({})).jobs).toEqual([]);
});

test('an own key may be held for long by who may end it', async () => {
  await using jobs = await open();
  const job = { type: 'own', data: { owner: 'bob', post: 1 }, delay: YEAR };
  expect((await add(jobs, 'bob', job))[0]).toBe(201);
  expect((await add(jobs, 'bob', job))[1]).toMatchObject({ outcome: 'kept' });
  expect((await add(jobs, 'ann', { ...job, data: { owner: 'ann', post: 1 } }))[1]).toMatchObject({ outcome: 'added' });
});

test('the idempotency keys of two callers and the site never meet', async () => {
  await using jobs = await open();
  const of = (owner: string) => ({ type: 'plain', data: { owner }, idempotencyKey: 'k' });
  const site = await jobs.addJob(of('ann'));
  const [, anns] = await add(jobs, 'ann', of('ann'));
  const [, bobs] = await add(jobs, 'bob', of('bob'));
  expect(new Set([site.id, anns.id, bobs.id]).size).toBe(3);
  expect((await add(jobs, 'ann', of('ann')))[1].id).toBe(anns.id);
  expect((await add(jobs, 'ann', { ...of('ann'), data: { owner: 'ann', n: 1 } }))[1].code).toBe('IDEMPOTENCY_CONFLICT');
});

const byRole: Authorize = (c, action) => {
  const role = c.req.header('x-user');
  const mayView = role === 'viewer' || role === 'operator';
  return action === 'add' || (action === 'view' && mayView) || (action === 'operate' && role === 'operator');
};

test.each([
  ['who may only add', 'adder', 409],
  ['who may view', 'viewer', 201],
  ['who may operate', 'operator', 201],
])('without a filter of jobs, the job of a key is found by %s: %s is answered %i', async (_, role, status) => {
  await using jobs = await open(byRole);
  const first = await jobs.addJob({ type: 'given', data: {}, key: 'k' } as NewJob);
  const [answered, body] = await add(jobs, role, { type: 'given', data: { n: 1 }, key: 'k' });
  expect([answered, JSON.stringify(body).includes(first.id)]).toEqual([status, status === 201]);
});

test('a caller who sees some types meets no key of another', async () => {
  const ofTypes: Authorize = (c) => ({ user: c.req.header('x-user') ?? '', where: { types: ['plain'] } });
  await using jobs = await open(ofTypes);
  await jobs.addJob({ type: 'given', data: {}, key: 'k' } as NewJob);
  expect((await add(jobs, 'bob', { type: 'given', data: {}, key: 'k' }))[0]).toBe(403);
});

test('a file of a job belongs to its sender, also with the idempotency key of another', async () => {
  await using jobs = await open();
  const send = async (user: string) => {
    const form = new FormData();
    form.set('job', JSON.stringify({ type: 'plain', data: { owner: user }, idempotencyKey: 'k' }));
    form.set('data.file', new File(['text'], 'a.txt'));
    const answer = await jobs.request('/api/jobs', { method: 'POST', headers: { 'x-user': user }, body: form });
    return (await answer.json()) as { id: string; data: { file: { upload: string } } };
  };
  const [anns, bobs, again] = [await send('ann'), await send('bob'), await send('ann')];
  expect(again).toMatchObject({ id: anns.id, data: { file: { upload: anns.data.file.upload } } });
  expect(bobs.data.file.upload).not.toBe(anns.data.file.upload);
});

test.each([
  ['changes the job of its key for who may view', (action: string) => action !== 'none', 201, 2],
  ['neither tells of nor changes the job of its key for who may not', (action: string) => action !== 'view', 409, 1],
])('a schedule that is run by hand %s', async (_, authorize, status, n) => {
  await using jobs = await open((__, action) => authorize(action));
  const job = { type: 'replaced', key: 'k' };
  const first = await jobs.addJob({ ...job, data: { n: 1 } } as NewJob);
  await jobs.scheduleJob({ name: 's', schedule: '0 9 * * *', jobData: { ...job, data: { n: 2 } } } as never);
  const answer = await jobs.request('/api/schedules/s/run', { method: 'POST' });
  expect([answer.status, (await answer.text()).includes(first.id)]).toEqual([status, status === 201]);
  expect((await jobs.listJobs({})).jobs).toMatchObject([{ id: first.id, data: { n } }]);
});
