// The browser's client: the specification's functions over HTTP, and its errors.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addJob, ClientError, configureClient, createClient, getJobStatus } from '@phraseworks/sdk/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { byToken } from '../support/roles.ts';

let site: LiveSite;
beforeAll(async () => {
  site = await openLiveSite({ authorize: byToken });
  site.jobs.registerProcessor('double', async (data: { n: number }) => ({ success: true, result: data.n * 2 }));
});
afterAll(() => site[Symbol.asyncDispose]());

const as = (token: string) => createClient({ base: site.url, token });

describe('the functions of the specification', () => {
  test('metrics are counted, and a list is filtered and paged', async () => {
    const client = as('operator');
    for (const n of [1, 2, 3]) await site.ended((await client.addJob({ type: 'double', data: { n } })).id);
    const { total, completed, types } = await client.getQueueMetrics();
    expect(types.double?.total).toBe(total);
    expect(completed).toBeGreaterThanOrEqual(3);
    const first = await client.listJobs({ type: 'double', status: ['completed', 'failed'], limit: 2 });
    expect(first.jobs.map(String)).toEqual(['completed', 'completed']);
    const [one, other] = first.jobs.map(({ id }) => id);
    expect((await client.listJobs({ ids: [`${other}`, `${one}`] })).jobs.map(({ id }) => id)).toEqual([one, other]);
    expect((await client.listJobs({ ids: [] })).jobs).toEqual([]);
    const second = await client.listJobs({ type: 'double', limit: 2, cursor: first.nextCursor ?? '' });
    expect(second.jobs[0]?.id).not.toBe(first.jobs[0]?.id);
  });

  test('a waiting job is cancelled once; a finished or unknown one cannot be cancelled', async () => {
    const client = as('operator');
    const { id } = await client.addJob({ type: 'double', data: { n: 1 }, delay: 60_000 });
    expect(await client.cancelJob(id)).toBe(true);
    expect(await client.cancelJob(id)).toBe(false);
    expect(await client.cancelJob('no-such-job')).toBe(false);
  });

  test('an unknown job is null, with an empty history', async () => {
    const client = as('viewer');
    expect(await client.getJobStatus('no-such-job')).toBe(null);
    expect(await client.getJobHistory('no-such-job')).toEqual([]);
  });

  test('at module level belong to the configured client', async () => {
    configureClient({ base: `${site.url}/`, token: 'author' });
    const { id } = await addJob({ type: 'double', data: { n: 4 } });
    expect((await getJobStatus(id))?.type).toBe('double');
  });

  test('the rest of the API is available by request', async () => {
    const { user, may } = await as('author').request<{ user: string; may: object }>('/api/me');
    expect({ user, may }).toEqual({
      user: 'author',
      may: { view: true, add: true, operate: false, administer: false },
    });
    const { id } = await as('operator').addJob({ type: 'double', data: { n: 1 } });
    await site.ended(id);
    await as('operator').request(`/api/jobs/${id}`, { method: 'DELETE' });
    expect(await as('operator').getJobStatus(id)).toBe(null);
  });
});

describe('the token', () => {
  test('may come from a function, which is called for each request', async () => {
    const tokens = ['viewer', 'stranger'];
    const client = createClient({ base: site.url, token: async () => tokens.shift() });
    await expect(client.getQueueMetrics()).resolves.toMatchObject({ stuck: 0 });
    await expect(client.getQueueMetrics()).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
    await expect(client.getQueueMetrics()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
  });
});

describe('errors', () => {
  test('a refusal has the code, status and fields of the problem', async () => {
    const client = as('author');
    const wrong = { type: 'double', data: {}, priority: 'soon', delay: -1 } as never;
    const error = await client.addJob(wrong).catch((thrown: unknown) => thrown as ClientError);
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ name: 'ClientError', code: 'INVALID_DATA', status: 400 });
    expect((error as ClientError).errors.map(({ path }) => path)).toEqual(['priority', 'delay']);
    await expect(client.addJob({ type: 'nobody', data: {} })).rejects.toMatchObject({ code: 'UNKNOWN_TYPE' });
  });

  test('a full queue gives the time to retry after', async () => {
    await using full = await openLiveSite({ queue: { maxDelayedJobs: 1 } });
    full.jobs.registerProcessor('later', async () => {});
    const client = createClient({ base: full.url });
    await client.addJob({ type: 'later', data: {}, delay: 60_000 });
    const again = client.addJob({ type: 'later', data: {}, delay: 60_000 });
    await expect(again).rejects.toMatchObject({ code: 'QUEUE_FULL', status: 429, retryAfter: 5 });
  });

  test('an unreachable server is UNAVAILABLE, without a status', async () => {
    const client = createClient({ base: 'http://127.0.0.1:1/jobs' });
    await expect(client.getQueueMetrics()).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 0 });
  });

  test('a read that the server does not answer becomes UNAVAILABLE in time; an addition keeps waiting', async () => {
    const ends: AbortController[] = [];
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(30_000);
      return ends[ends.push(new AbortController()) - 1]?.signal as AbortSignal;
    });
    onTestFinished(() => timeout.mockRestore());
    const client = createClient({
      fetch: (_url, init) =>
        new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
    });
    const asked = [client.getQueueMetrics(), client.getJobStatus('a'), client.getJobHistory('a'), client.listJobs()];
    void client.addJob({ type: 'double', data: { n: 1 } });
    await expect.poll(() => ends.length).toBe(asked.length);
    for (const end of ends) end.abort(new DOMException('too late', 'TimeoutError'));
    for (const question of asked) await expect(question).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 0 });
  });

  test('an aborted request throws the reason of its signal', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const client = createClient({ base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const adding = client.addJob({ type: 'double', data: { n: 1 } }, { signal: AbortSignal.timeout(1) });
    await expect(adding).rejects.toMatchObject({ name: 'TimeoutError' });
    const left = new Error('the page was left');
    await expect(client.request('/api/me', { signal: AbortSignal.abort(left) })).rejects.toBe(left);
    server.closeAllConnections();
    server.close();
  });

  test.each([
    [200, '<!doctype html>', { code: 'NOT_FOUND', status: 0 }],
    [404, '<!doctype html>', { code: 'NOT_FOUND', status: 404 }],
    [413, 'too large', { code: 'PAYLOAD_TOO_LARGE', status: 413 }],
    [502, '{"message":"bad gateway"}', { code: 'UNAVAILABLE', status: 502 }],
  ])('an answer %i that is not from this API still gets a code', async (status, body, expected) => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const client = createClient({ base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    await expect(client.getQueueMetrics()).rejects.toMatchObject(expected);
    server.close();
  });
});
