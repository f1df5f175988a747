// The answers of the pages: their headers, and how little of them is sent.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from '../src/index.ts';

const open = (): Promise<TestJobs> => createTestJobs({ plugins: { dashboard: { use: dashboard } } });

test.each<[string, number]>([
  ['/', 200],
  ['/plugins', 200],
  ['/no/such/page', 404],
])('%s answers %i with a page that cannot be framed, sniffed or cached', async (path, status) => {
  await using jobs = await open();
  const response = await jobs.request(path);
  const { headers } = response;
  expect([response.status, headers.get('content-type')]).toEqual([status, expect.stringContaining('text/html')]);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*(unsafe-inline|\*)/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/);
  expect(headers.get('cache-control')).toMatch(/no-store|no-cache/);
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'set-cookie']) {
    expect(headers.get(name)).toBeNull();
  }
});

test('pages and assets are compressed for browsers that support it', async () => {
  await using jobs = await open();
  const plain = await jobs.request('/');
  expect(plain.headers.get('content-encoding')).toBeNull();
  const text = await plain.text();
  const style = /href="(?<path>[^"]*\.css)"/.exec(text)?.groups?.path ?? '';
  for (const path of ['/', style]) {
    const { headers } = await jobs.request(path, { headers: { 'accept-encoding': 'br;q=1, gzip' } });
    expect([headers.get('content-encoding'), headers.get('vary')]).toEqual(['gzip', 'Accept-Encoding']);
    const none = await jobs.request(path, { headers: { 'accept-encoding': 'identity, gzip;q=0' } });
    expect(none.headers.get('content-encoding')).toBeNull();
  }
});

test('a page that differs from the shown one only in time is not sent again', async () => {
  await using jobs = await open();
  jobs.registerProcessor('later', async () => {});
  const { id } = await jobs.addJob({ type: 'later', data: {}, delay: 3_600_000 });
  // The process says which queues it serves.
  await jobs.advance(10_000);
  const tag = (await jobs.request('/')).headers.get('etag') ?? '';
  const again = () => jobs.request('/', { headers: { 'if-none-match': tag } });
  await jobs.advance(1_000);
  const same = await again();
  // A policy in the 304 would replace that of the page.
  expect([same.status, await same.text(), same.headers.get('content-security-policy')]).toEqual([304, '', null]);
  await jobs.cancelJob(id);
  expect((await again()).status).toBe(200);
});
