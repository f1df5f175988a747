// "Real-time Notifications": job_update messages over a real WebSocket, with the five events of the specification.
import type { JobEvent } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { openLiveSite } from '../support/live-site.ts';

test('a client without a filter receives started, progress, retry, completed and failed', async () => {
  await using site = await openLiveSite();
  site.jobs.registerProcessor('once-more', async (_data, _id, attempt, job) => {
    await job.progress({ percentage: 50, processed: 1, total: 2 });
    if (attempt === 1) return { success: false, error: 'not yet', retryDelay: 0 };
    return { success: true, result: { attempt } };
  });
  site.jobs.registerProcessor('hopeless', async () => ({ success: false, error: 'never', retryable: false }));

  const shown: unknown[] = [];
  const updateJobUI = (jobId: string, status: string, result: unknown) => shown.push([jobId, status, result]);

  // Frontend: Listening for job updates
  const handleJobUpdate = (message: { type: string; data?: JobEvent }) => {
    if (message.type === 'job_update') {
      const { jobId, status, result } = message.data as JobEvent;
      updateJobUI(jobId, status, result);
    }
  };

  const tabId = 'tab-1';
  await using ws = await Listener.open(`${site.ws}?clientId=${tabId}`);
  ws.socket.on('message', (data) => handleJobUpdate(JSON.parse(String(data))));

  const { id } = await site.jobs.addJob({ type: 'once-more', data: {} });
  const failed = await site.jobs.addJob({ type: 'hopeless', data: {} });
  await ws.until(() => ws.of(id).includes('job_completed') && ws.of(failed.id).includes('job_failed'));

  expect(ws.of(id).filter((name) => name !== 'job_progress')).toEqual([
    'job_added',
    'job_started',
    'job_retry',
    'job_started',
    'job_completed',
  ]);
  expect(ws.of(failed.id)).toEqual(['job_added', 'job_started', 'job_failed']);
  expect(shown).toContainEqual([id, 'completed', { attempt: 2 }]);
  const completed = ws.updates.find(({ data }) => data.event === 'job_completed');
  expect(completed).toEqual({
    id: expect.any(Number),
    type: 'job_update',
    data: {
      event: 'job_completed',
      jobId: id,
      jobType: 'once-more',
      plugin: null,
      status: 'completed',
      attempt: 2,
      result: { attempt: 2 },
      wait: expect.any(Number),
      duration: expect.any(Number),
      at: expect.stringMatching(/Z$/),
    },
  });
  expect(ws.updates.find(({ data }) => data.event === 'job_failed')?.data).toMatchObject({
    error: 'never',
    status: 'failed',
  });
  const ids = ws.updates.map((message) => message.id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
});
