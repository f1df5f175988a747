// "Architecture": Job Creation -> Queue -> Processor -> Completion/Error -> Notification, step by step and over a restart.
import type { Job } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { openLiveSite, post } from '../support/live-site.ts';

test.each([
  ['completion', 'completed', 'job_completed'],
  ['error', 'failed', 'job_failed'],
] as const)(
  'a job goes from creation through queue and processor to its %s, and is stored before any client learns of it',
  async (end, status, event) => {
    await using site = await openLiveSite();
    const steps: string[] = [];
    const get = async (id: string) => (await (await fetch(`${site.url}/api/jobs/${id}`)).json()) as Job;
    let begin = (): void => {};
    const beginning = new Promise<void>((resolve) => (begin = resolve));
    site.jobs.registerProcessor('step', async (data, id) => {
      await beginning;
      steps.push(`processor: ${(await get(id)).status}`);
      if (data === 'error') throw Object.assign(new Error('it went wrong'), { retryable: false });
      return { success: true, result: 'it went well' };
    });
    await using ws = await Listener.open(site.ws);
    const seen = new Promise<Job>((resolve, reject) => {
      ws.socket.on('message', (message) => {
        const { data } = JSON.parse(String(message));
        if (data?.event === event) get(data.jobId).then(resolve, reject);
      });
    });

    const created = await post(`${site.url}/api/jobs`, { type: 'step', data: end });
    const { id } = (await created.json()) as Job;
    steps.push(`creation: ${created.status}`);
    await ws.until(() => ws.of(id).includes('job_started'));
    begin();
    steps.push(`notification: ${(await seen).status}`);

    expect(steps).toEqual(['creation: 201', 'processor: processing', `notification: ${status}`]);
    expect(created.headers.get('location')).toBe(`/jobs/api/jobs/${id}`);
    expect(ws.of(id)).toEqual(['job_added', 'job_started', event]);
    expect(await seen).toMatchObject(end === 'error' ? { error: 'it went wrong' } : { result: 'it went well' });
  },
);

test('jobs that wait for the limit of their type keep no slot from other types', async () => {
  await using jobs = await createTestJobs({ queue: { maxConcurrentJobs: 2 } });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const started: unknown[] = [];
  const run = async ({ name, waits }: { name: string; waits?: boolean }) => {
    started.push(name);
    if (waits) await held;
    return { success: true };
  };
  jobs.registerProcessor('alone', run, { concurrency: 1 });
  jobs.registerProcessor('free', run);
  // The first two end at once, so that the next ones are claimed ahead of their turn.
  await jobs.addJobs([
    { type: 'alone', priority: 'urgent', data: { name: 'a' } },
    { type: 'free', priority: 'urgent', data: { name: 'b' } },
    { type: 'alone', data: { name: 'c', waits: true } },
    { type: 'alone', data: { name: 'd' } },
    { type: 'alone', data: { name: 'e' } },
  ]);
  await expect.poll(() => started.toSorted()).toEqual(['a', 'b', 'c']);
  await jobs.addJob({ type: 'free', data: { name: 'f' } });
  // The clock stands still, so nothing that was claimed ahead is given back.
  await expect.poll(() => started.toSorted()).toEqual(['a', 'b', 'c', 'f']);
  release();
});
