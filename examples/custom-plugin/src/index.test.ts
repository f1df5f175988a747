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
    response.writeHead(statuses[Math.min(got.length, statuses.length) - 1] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, got, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

const start = (url: string) =>
  createTestJobs({ plugins: { broken: { use: broken }, webhook: { use: webhook, config: { url, secret } } } });

test('a job that failed is told to the receiver, signed', async () => {
  await using there = await receiver(204);
  await using jobs = await start(there.url);
  const failed = await jobs.addJob({ type: 'broken', data: {} });
  await jobs.idle();
  expect(there.got).toMatchObject([
    { body: { event: 'job_failed', jobId: failed.id, jobType: 'broken', error: 'out of order' } },
  ]);
  const signature = createHmac('sha256', secret).update(JSON.stringify(there.got[0]?.body)).digest('hex');
  expect(there.got[0]?.headers['x-webhook-signature']).toBe(signature);
});

test('a receiver that is busy is asked again, later each time', async () => {
  await using there = await receiver(503, 429, 200);
  await using jobs = await start(there.url);
  await jobs.addJob({ type: 'broken', data: {} });
  await jobs.idle();
  expect(there.got).toHaveLength(1);
  await jobs.advance(30_000);
  expect(there.got).toHaveLength(2);
  await jobs.advance(60_000);
  expect(there.got).toHaveLength(3);
  expect((await jobs.listJobs({ type: 'webhook' })).jobs).toMatchObject([
    { status: 'completed', attempt: 3, result: { answered: 200 } },
  ]);
});

test.each([
  [410, 'cancelled'],
  [404, 'failed'],
])('an answer of %i is not retried, and fails nothing else', async (status, state) => {
  await using there = await receiver(status);
  await using jobs = await start(there.url);
  await jobs.addJob({ type: 'broken', data: {} });
  await jobs.idle();
  const { jobs: told } = await jobs.listJobs({ type: 'webhook' });
  expect(told.map(String)).toEqual([state]);
});

test('a test can be sent by an administrator, and by nobody else', async () => {
  await using there = await receiver(200);
  await using jobs = await start(there.url);
  expect((await jobs.request('/plugins/webhook/test', { method: 'POST', as: 'user' })).status).toBe(403);
  expect((await jobs.request('/plugins/webhook/test', { method: 'POST' })).status).toBe(202);
  await jobs.idle();
  expect(there.got).toMatchObject([{ body: { event: 'test' } }]);
});

test('a config without an address is refused with the name of the key', async () => {
  await using jobs = await createTestJobs({
    onPluginFailure: 'continue',
    plugins: { webhook: { use: webhook, config: { secret } } },
  });
  expect(await jobs.plugins.list()).toMatchObject([
    { state: 'failed', reason: 'plugins.webhook.config.url is required' },
  ]);
});
