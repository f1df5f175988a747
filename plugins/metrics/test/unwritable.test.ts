// While the database cannot be written, or is gone, the figures say so.
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { serverOfTest } from '../../../test/server/rig.ts';
import { siteOfTest } from '../../../test/server/site.ts';
import metrics from '../src/index.ts';

vi.setConfig({ testTimeout: 120_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

test.each(['SIGSTOP', 'SIGKILL'] as const)('a database server that gets %s', async (signal) => {
  const server = await serverOfTest();
  const { jobs } = await siteOfTest(server.url, { authorize: () => true, plugins: { metrics: { use: metrics } } });
  const writable = async (): Promise<string | undefined> => {
    const answer = await jobs.routes.request('/metrics');
    return /^phraseworks_jobs_storage_writable (\d)$/m.exec(await answer.text())?.[1];
  };
  const ready = async (): Promise<number> => (await jobs.routes.request('/ready')).status;
  expect(await writable()).toBe('1');
  await server.kill(signal);
  await expect.poll(ready, { timeout: 60_000, interval: 200 }).toBe(503);
  expect(await writable()).toBe('0');
  if (signal === 'SIGSTOP') await server.kill('SIGCONT');
  else await server.restart();
  await expect.poll(writable, { timeout: 60_000, interval: 200 }).toBe('1');
});
