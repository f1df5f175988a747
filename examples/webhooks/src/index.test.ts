// The plugin against a real receiver on this machine, and the suite that every plugin should pass.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import webhook from './index.ts';

const secret = 'known to both';
pluginContract(webhook, { config: { url: 'http://127.0.0.1:9/', secret } });

const HOUR = 3_600_000;
const message = { event: 'job_failed', jobId: '1', jobType: 'broken', error: 'out of order' } as const;
const broken = definePlugin({
  name: 'broken',
  init(ctx) {
    ctx.registerProcessor('broken', () => ({ success: false, error: 'out of order', retryable: false }));
  },
});

/** A receiver that answers with each status in turn, the last one from then on. */
async function receiver(...statuses: number[]) {
  const got: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    got.push({ headers: request.headers, body: await json(request) });
    const status = statuses[Math.min(got.length, statuses.length) - 1] ?? 200;
    response.writeHead(status, status === 429 ? { 'retry-after': '120' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    got,
    statuses,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const start = (url: string) =>
  createTestJobs({ plugins: { broken: { use: broken }, webhook: { use: webhook, config: { url, secret } } } });

test('a failed job is sent to the receiver, signed', async () => {
  await using there = await receiver(204);
  await using jobs = await start(there.url);
  const failed = await jobs.addJob({ type: 'broken', data: {} });
  await jobs.idle();
  expect(there.got).toMatchObject([{ body: { ...message, jobId: failed.id } }]);
  const signature = createHmac('sha256', secret).update(JSON.stringify(there.got[0]?.body)).digest('hex');
  expect(there.got[0]?.headers['x-webhook-signature']).toBe(signature);
});

test('a request to a broken receiver is retried, later each time', async () => {
  await using there = await receiver(503, 500, 200);
  await using jobs = await start(there.url);
  const first = await jobs.perform('webhook', message);
  expect(first).toMatchObject({ outcome: 'retry', error: expect.stringContaining('answered 503') });
  await jobs.advance(66_000);
  expect(await jobs.getJobStatus(first.job.id)).toMatchObject({ status: 'pending', attempt: 2 });
  await jobs.advance(132_000);
  expect(await jobs.getJobStatus(first.job.id)).toMatchObject({ status: 'completed', result: { answered: 200 } });
});

test('a busy receiver gets nothing until the time it has named, and no attempt is used up', async () => {
  await using there = await receiver(429, 200);
  await using jobs = await start(there.url);
  const first = await jobs.addJob({ type: 'webhook', data: message });
  await jobs.idle();
  await jobs.addJob({ type: 'webhook', data: message });
  await jobs.advance(119_000);
  expect(there.got).toHaveLength(1);
  await jobs.advance(1_000);
  expect(there.got).toHaveLength(3);
  expect(await jobs.getJobStatus(first.id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('what cannot be sent for two days is on the page, from where it is sent again', async () => {
  await using there = await receiver(503);
  await using jobs = await start(there.url);
  const { id } = await jobs.addJob({ type: 'webhook', data: message });
  await jobs.advance(46 * HOUR);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending' });
  await jobs.advance(2 * HOUR);
  const shown = async () => (await jobs.request('/plugins/webhook/guarded/')).text();
  expect(await shown()).toContain('broken failed: out of order (the receiver answered 503)');
  there.statuses.push(200);
  const retry = (as: 'admin' | 'user') =>
    jobs.request(`/plugins/webhook/guarded/${id}/retry`, { method: 'POST', as, redirect: 'manual' });
  expect((await retry('user')).status).toBe(403);
  expect((await retry('admin')).status).toBe(303);
  await jobs.idle();
  expect(await shown()).not.toContain('out of order');
});

test('a request to a missing or removed receiver is not retried', async () => {
  await using there = await receiver(404, 410);
  await using jobs = await start(there.url);
  const refused = await jobs.perform('webhook', message);
  expect(refused).toMatchObject({ outcome: 'failed', error: expect.stringContaining('answered 404') });
  const gone = await jobs.perform('webhook', message);
  expect(gone).toMatchObject({ outcome: 'cancelled', job: { reason: expect.stringContaining('any more') } });
});
