// The plugin against real servers on this machine, and the suite that every plugin should pass.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import links from './index.ts';

pluginContract(links, { leaveOut: { check_link: 'asks a server' } });

const MINUTE = 60_000;

/** A host that answers to each path with what `statusOf` says. */
async function host(statusOf: (path: string) => number = () => 200) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const status = statusOf(url);
    response.writeHead(status, status === 429 ? { 'retry-after': '300' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    urls: (n: number) => Array.from({ length: n }, (_, i) => `${base}/${i}`),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

const start = () => createTestJobs({ plugins: { links: { use: links, config: { perMinute: 10 } } } });

test('a host is asked so often in a minute and no more, and another one does not wait for it', async () => {
  await using large = await host();
  await using small = await host();
  await using jobs = await start();
  await jobs.doAction('links:found', { urls: [...large.urls(25), ...small.urls(1)] });
  await jobs.idle();
  expect([large.asked.length, small.asked.length]).toEqual([10, 1]);
  await jobs.advance(MINUTE - 1_000);
  expect(large.asked).toHaveLength(10);
  await jobs.advance(2_000);
  expect(large.asked).toHaveLength(20);
  await jobs.advance(MINUTE + 1_000);
  expect(large.asked).toHaveLength(25);
});

test('a host that wants fewer requests gets none until the time it has named, and no attempt is used up', async () => {
  let isBusy = true;
  await using busy = await host(() => (isBusy ? 429 : 200));
  await using other = await host();
  await using jobs = await start();
  await jobs.doAction('links:found', { urls: busy.urls(1) });
  await jobs.idle();
  isBusy = false;
  await jobs.doAction('links:found', { urls: [...busy.urls(2), ...other.urls(2)] });
  await jobs.advance(4 * MINUTE);
  expect([busy.asked.length, other.asked.length]).toEqual([1, 2]);
  await jobs.advance(2 * MINUTE);
  expect(busy.asked).toHaveLength(3);
  expect((await jobs.listJobs({ type: 'check_link' })).jobs.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
});

test('broken links are on the panel until the next night finds them in order', async () => {
  let isBroken = true;
  await using site = await host((path) => (isBroken && path === '/1' ? 404 : 200));
  await using jobs = await start();
  await jobs.doAction('links:found', { urls: [...site.urls(3), 'http://127.0.0.1:9/', 'mailto:ada@example.com'] });
  await jobs.advance(10 * MINUTE);
  const panel = async () => (await jobs.request('/api/panels/links/broken')).text();
  const shown = await panel();
  expect([shown.includes('/1",404'), shown.includes(':9/","no answer'), shown.includes('/2')]).toEqual([
    true,
    true,
    false,
  ]);
  isBroken = false;
  await jobs.advance(24 * 60 * MINUTE);
  expect(await panel()).not.toContain('/1"');
});
