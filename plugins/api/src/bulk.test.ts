// One action on all jobs that match, through the API.

import type { Job, LogPage } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let jobs: TestJobs;
const post = (path: string, body: unknown, as: 'admin' | 'user' = 'admin') =>
  jobs.request(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    as,
  });
const bulk = (body: unknown, as?: 'admin' | 'user') => post('/api/jobs/bulk', body, as);

beforeEach(async () => {
  let fail = true;
  jobs = await createTestJobs({ queue: { maxQueueSize: 260 } });
  jobs.registerProcessor('mood', async ({ n }: { n: number }) => {
    if (fail && n % 2 === 0) return { success: false, error: 'not today', retryable: false };
    return { success: true };
  });
  jobs.registerProcessor('mend', async () => {
    fail = false;
  });
  await jobs.addJobs(Array.from({ length: 220 }, (_, n) => ({ type: 'mood', data: { n } })));
  await jobs.idle();
});
afterEach(() => jobs[Symbol.asyncDispose]());

describe('a bulk action', () => {
  test('retries all failed jobs of a type, and is itself tracked as a job', async () => {
    await jobs.addJob({ type: 'mend', data: {} });
    await jobs.idle();
    const response = await bulk({ action: 'retry', filter: { status: 'failed', type: 'mood' } });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as Job;
    await jobs.idle();
    const tracked = await jobs.getJobStatus(id);
    expect(tracked?.result).toEqual({ matched: 110, done: 110, refused: {} });
    expect(tracked?.progress).toMatchObject({ percentage: 100, processed: 110, total: 110 });
    expect((await jobs.getQueueMetrics()).types.mood).toMatchObject({ completed: 220, failed: 0 });
    const [retried] = (await jobs.listJobs({ type: 'mood', q: 'data.n:0' })).jobs;
    expect(await jobs.getJobHistory(retried?.id ?? '')).toContainEqual(expect.objectContaining({ by: 'jobs.bulk' }));
    const { entries } = (await (await jobs.request('/api/log', { as: 'admin' })).json()) as LogPage;
    expect(entries.map(({ action }) => action)).toEqual(['bulk']);
  });

  test('deletes finished jobs with their history, and counts the refused ones', async () => {
    await bulk({ action: 'delete', filter: { type: 'mood', status: ['completed'] } });
    await jobs.idle();
    expect((await jobs.getQueueMetrics()).types.mood).toMatchObject({ total: 110, completed: 0, failed: 110 });
    const again = (await (await bulk({ action: 'cancel', filter: { type: 'mood', status: 'failed' } })).json()) as Job;
    await jobs.idle();
    expect((await jobs.getJobStatus(again.id))?.result).toEqual({
      matched: 110,
      done: 0,
      refused: { NOT_CANCELLABLE: 110 },
    });
  });

  test('is accepted by a full queue', async () => {
    expect((await post('/api/pauses', { kind: 'type', name: 'mood' })).status).toBeLessThan(300);
    await jobs.addJobs(Array.from({ length: 260 }, (_, n) => ({ type: 'mood', data: { n } })));
    await expect(jobs.addJob({ type: 'mood', data: { n: 1 } })).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect((await bulk({ action: 'cancel', filter: { status: 'parked', type: 'mood' } })).status).toBe(202);
    await jobs.clock.advance(1);
    await jobs.idle();
    expect((await jobs.getQueueMetrics()).types.mood).toMatchObject({ parked: 0, cancelled: 260 });
  });

  test('lets the site run after every ten jobs', async () => {
    await post('/api/pauses', { kind: 'type', name: 'mood' });
    await jobs.addJobs(Array.from({ length: 100 }, () => ({ type: 'mood', data: { n: 1 } })));
    const cancelled = () => jobs.events.filter(({ event }) => event === 'job_cancelled').length;
    let [before, most, isOver] = [0, 0, false];
    const look = () => {
      most = Math.max(most, cancelled() - before);
      before = cancelled();
      if (!isOver) setImmediate(look);
    };
    look();
    await bulk({ action: 'cancel', filter: { status: 'parked', type: 'mood' } });
    await jobs.idle();
    isOver = true;
    expect(cancelled()).toBe(100);
    expect(most).toBeLessThanOrEqual(10);
  });

  test('needs the "operate" permission, even if sent as an ordinary job', async () => {
    expect((await bulk({ action: 'delete', filter: {} }, 'user')).status).toBe(403);
    const response = await jobs.request('/api/jobs', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'jobs.bulk', data: { action: 'delete', filter: {} } }),
      as: 'user',
    });
    expect(await response.json()).toMatchObject({ status: 403, errors: [{ message: 'cannot be added over HTTP' }] });
  });

  test('with an invalid field is refused with its name', async () => {
    const response = await bulk({ action: 'burn', filter: { status: 'sad' } });
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: [{ path: 'action' }, { path: 'filter.status' }],
    });
    const search = await bulk({ action: 'retry', filter: { q: 'status:sad' } });
    expect(await search.json()).toMatchObject({ status: 400, errors: [{ path: 'filter.q' }] });
  });
});
