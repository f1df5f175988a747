// Names that are taken: saving under the name of something that exists replaces it, so both rights count.
import type { Authorize } from '@phraseworks/jobs';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const CANARY = 'CANARY-of-bob';

const owned: Authorize = (c) => {
  const user = c.req.header('x-user') ?? '';
  return { user, where: { data: { owner: user } } };
};

const about = (owner: string, name = 'nightly') => ({
  name,
  schedule: '0 3 * * *',
  jobData: { type: 'work', data: { owner, note: owner === 'bob' ? CANARY : 'mine' } },
});

const post = (jobs: TestJobs, user: string, body: object) =>
  jobs.request('/api/schedules', {
    method: 'POST',
    headers: { 'x-user': user, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test("a schedule of another user keeps its name, and one's own can be replaced", async () => {
  await using jobs = await createTestJobs({ authorize: owned });
  jobs.registerProcessor('work', async () => {});
  expect((await post(jobs, 'bob', about('bob'))).status).toBe(201);
  const before = await jobs.schedules.get('nightly');
  const refused = await post(jobs, 'ann', about('ann'));
  const text = await refused.text();
  expect([refused.status, text.includes(CANARY)]).toEqual([403, false]);
  expect(await jobs.schedules.get('nightly')).toEqual(before);
  // A flat schedule without a name has that of its type.
  await jobs.scheduleJob(about('bob', 'work'));
  const flat = { type: 'work', schedule: '0 4 * * *', data: { owner: 'ann' } };
  expect((await post(jobs, 'ann', flat)).status).toBe(403);
  expect((await post(jobs, 'bob', { ...about('bob'), schedule: '0 5 * * *' })).status).toBe(201);
  expect((await jobs.schedules.get('nightly')).schedule).toBe('0 5 * * *');
});

test('a schedule of the configuration cannot be replaced over HTTP, only changed', async () => {
  await using jobs = await createTestJobs({ authorize: () => true, schedules: [about('bob', 'daily')] });
  jobs.registerProcessor('work', async () => {});
  const refused = await post(jobs, 'ann', about('ann', 'daily'));
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'INVALID_STATE', errors: [{ path: 'name' }] });
  expect(await jobs.schedules.get('daily')).toMatchObject({ declared: true, jobData: { data: { owner: 'bob' } } });
});

test('a schedule of a type that does not exist is refused over HTTP', async () => {
  await using jobs = await createTestJobs({ authorize: () => true });
  jobs.registerProcessor('work', async () => {});
  const unknown = { ...about('ann'), jobData: { type: 'wrok', data: {} } };
  const refused = await post(jobs, 'ann', unknown);
  expect([refused.status, await refused.json()]).toMatchObject([404, { code: 'UNKNOWN_TYPE' }]);
  await jobs.scheduleJob(about('ann'));
  const change = await jobs.request('/api/schedules/nightly', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jobData: unknown.jobData }),
  });
  expect([change.status, await change.json()]).toMatchObject([404, { code: 'UNKNOWN_TYPE' }]);
});

test('a known idempotency key of a job that the caller may not view reveals nothing of what became of it', async () => {
  const authorize: Authorize = (_c, action) => action === 'add';
  await using jobs = await createTestJobs({ authorize });
  jobs.registerProcessor('work', async () => ({ success: true, message: CANARY, result: CANARY }));
  const add = async () => {
    const body = JSON.stringify({ type: 'work', data: {}, idempotencyKey: 'order-7' });
    const headers = { 'content-type': 'application/json' };
    return (await jobs.request('/api/jobs', { method: 'POST', headers, body })).text();
  };
  const { id } = JSON.parse(await add()) as { id: string };
  await jobs.idle();
  await jobs.recordJobMetrics(id, { spent: CANARY });
  expect(await add()).not.toContain(CANARY);
});
