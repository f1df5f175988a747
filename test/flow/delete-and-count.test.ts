// What a host with lists of its own needs: pages by number with a total, and the deletion of all jobs that match.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const DAY = 86_400_000;

let jobs: TestJobs;
beforeEach(async () => {
  jobs = await createTestJobs();
  jobs.registerProcessor(
    'mail',
    async ({ n }: { n: number }) => {
      if (n % 3 === 0) throw new Error('no');
      return { n };
    },
    { maxRetries: 0 },
  );
});
afterEach(() => jobs[Symbol.asyncDispose]());

const mails = (from: number, to: number, more: object = {}) =>
  jobs.addJobs(Array.from({ length: to - from }, (_, i) => ({ type: 'mail', data: { n: from + i }, ...more })));
const numbers = (page: { jobs: { data: unknown }[] }) => page.jobs.map(({ data }) => (data as { n: number }).n);
const get = async (query: string, as: 'admin' | 'user' = 'admin') => {
  const answer = await jobs.request(`/api/jobs?${query}`, { as });
  return { status: answer.status, ...((await answer.json()) as { jobs: { data: unknown }[]; total?: number }) };
};

test('a page begins after an offset and tells how many jobs match, whatever the filter and the order', async () => {
  await mails(1, 13);
  await jobs.idle();
  await mails(13, 16, { delay: DAY });
  const page = await jobs.listJobs({ offset: 4, limit: 3, total: true });
  expect([numbers(page), page.total, page.totalCapped]).toEqual([[11, 10, 9], 15, false]);
  const next = await jobs.listJobs({ limit: 3, cursor: page.nextCursor ?? '' });
  expect([numbers(next), next.total]).toEqual([[8, 7, 6], undefined]);
  for (const [filter, found, total] of [
    [{ status: 'failed', sort: 'oldest', offset: 1 }, [6, 9, 12], 4],
    [{ sort: 'ended', status: ['completed', 'failed'], offset: 10 }, [2, 1], 12],
    [{ sort: 'due', offset: 2 }, [15], 3],
    [{ q: 'error:no', offset: 3 }, [3], 4],
    [{ type: 'none' }, [], 0],
    [{ status: 'failed', offset: 4 }, [], 4],
  ] as const) {
    const list = await jobs.listJobs({ ...filter, total: true } as never);
    expect([numbers(list), list.total, list.totalCapped, list.nextCursor]).toEqual([found, total, false, null]);
  }
  expect(await get('offset=13&limit=1&total=true')).toMatchObject({ jobs: [{ data: { n: 2 } }], total: 15 });
  expect((await get('limit=1')).total).toBeUndefined();
});

test('an offset beside a cursor, and one that is too far, are refused with the field', async () => {
  const refused = { code: 'INVALID_DATA', errors: [expect.objectContaining({ path: 'offset' })] };
  for (const filter of [{ offset: 1, cursor: 'x' }, { offset: 10_001 }, { offset: -1 }, { offset: 0.5 }])
    await expect(jobs.listJobs(filter)).rejects.toMatchObject(refused);
  for (const query of ['offset=10001', 'offset=-1', 'offset=1&cursor=x', 'total=yes'])
    expect((await get(query)).status).toBe(400);
});

test('deleteJobs() deletes what has ended and matches, and answers how many', async () => {
  await mails(1, 300);
  await jobs.idle();
  await mails(300, 303, { delay: DAY });
  expect(await jobs.deleteJobs({ type: 'mail', status: 'failed' })).toBe(99);
  expect(await jobs.deleteJobs({ type: 'none' })).toBe(0);
  expect(await jobs.deleteJobs({ type: 'mail', endedTo: Date.parse('2026-01-01') })).toBe(0);
  expect(await jobs.deleteJobs({ type: 'mail' })).toBe(200);
  expect((await jobs.getQueueMetrics()).types.mail).toMatchObject({ total: 3, delayed: 3 });
  expect(await jobs.deleteJobs({ status: 'pending' })).toBe(3);
});

test('nothing is deleted by accident: neither by an empty filter, nor by a name that is no filter, nor while it runs', async () => {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  jobs.registerProcessor('slow', () => ended);
  const { id } = await jobs.addJob({ type: 'slow', data: {} });
  await jobs.running(id);
  await mails(1, 3);
  for (const filter of [{}, { q: ' ' }, { typ: 'mail' }, { type: undefined }, { ids: [id] }, null])
    await expect(jobs.deleteJobs(filter as never)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  const body = JSON.stringify({ action: 'delete', filter: {} });
  const headers = { 'Content-Type': 'application/json' };
  const bulk = await jobs.request('/api/jobs/bulk', { method: 'POST', headers, body, as: 'admin' });
  expect(bulk.status).toBe(400);
  expect(await jobs.deleteJobs({ type: 'slow', status: 'processing' })).toBe(0);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'processing' });
  end();
  await jobs.idle();
  expect((await jobs.listJobs({ total: true })).total).toBe(3);
});

test('a job that is retried while others are deleted stays', async () => {
  await using site = await createTestJobs({ start: false });
  site.registerProcessor('mail', async () => 1);
  const [first, second] = await site.addJobs([
    { type: 'mail', data: {} },
    { type: 'mail', data: {} },
  ]);
  for (const { id } of [first, second]) await site.cancelJob(id);
  site.addAction('jobs:removed', async () => void (await site.retryJob(first.id)));
  expect(await site.deleteJobs({ type: 'mail' })).toBe(1);
  expect([await site.getJobStatus(second.id), (await site.getJobStatus(first.id))?.status]).toEqual([null, 'pending']);
});
