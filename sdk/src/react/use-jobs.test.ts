// Lists and figures in a component, which follow what happens on the server.
import { expect, test, vi } from 'vitest';
import { rendered } from '../../test/rendered.ts';
import { openSteps } from '../../test/steps.ts';
import { useConnection, useJobs, useQueueMetrics } from './index.ts';

const shown = { timeout: 20_000, interval: 10 };

test('a list shows new jobs, their progress and their end, newest first', async () => {
  const { client, add, attempt } = await openSteps();
  const page = rendered(client, () => useJobs());
  await page.until(({ loading }) => !loading);
  const [first, second] = [await add(), await add()];
  expect((await page.until(({ jobs }) => jobs.length === 2)).jobs.map(({ id }) => id)).toEqual([second, first]);
  const { running, end } = await attempt(first);
  await page.until(({ jobs }) => jobs[1]?.status === 'processing');
  await running.progress({ percentage: 60 });
  await page.until(({ jobs }) => jobs[1]?.progress?.percentage === 60);
  end({ success: true });
  await page.until(({ jobs }) => jobs[1]?.status === 'completed');
});

test('a filtered list contains only matching jobs, and changes with its filter', async () => {
  const { client, site, add, attempt } = await openSteps();
  site.jobs.registerProcessor('plain', async () => {});
  const { id: plain } = await site.jobs.addJob({ type: 'plain', data: {} });
  await site.ended(plain);
  const running = await add();
  await attempt(running);
  let status: 'completed' | 'processing' = 'completed';
  const page = rendered(client, () => useJobs({ status, limit: 10 }));
  expect((await page.until(({ loading }) => !loading)).jobs.map(({ id }) => id)).toEqual([plain]);
  status = 'processing';
  page.again();
  await page.until(({ jobs }) => jobs[0]?.id === running && jobs.length === 1);
});

test('the metrics of the queue follow its jobs', async () => {
  const { client, add, attempt } = await openSteps();
  const page = rendered(client, () => useQueueMetrics());
  expect((await page.until(({ loading }) => !loading)).metrics).toMatchObject({ total: 0 });
  const { end } = await attempt(await add());
  await page.until(({ metrics }) => metrics?.processing === 1);
  end({ success: true });
  expect((await page.until(({ metrics }) => metrics?.completed === 1)).metrics).toMatchObject({ total: 1 });
});

test('many events at once cause few requests', async () => {
  const { client, asked, site } = await openSteps();
  site.jobs.registerProcessor('plain', async () => {});
  const page = rendered(client, () => useJobs({ type: 'plain', limit: 200 }));
  await page.until(({ loading }) => !loading);
  await site.jobs.addJobs(Array.from({ length: 100 }, () => ({ type: 'plain', data: {} })));
  await page.until(({ jobs }) => jobs.filter(({ status }) => status === 'completed').length === 100);
  expect(asked.filter((request) => request.startsWith('GET /api/jobs?')).length).toBeLessThan(20);
});

test('a page shows that it is live, reconnecting and live again, and has missed nothing', async () => {
  const { client, sockets, add, attempt } = await openSteps();
  const page = rendered(client, () => ({ state: useConnection(), jobs: useJobs().jobs }));
  await page.until(({ state }) => state === 'live');
  sockets[0]?.terminate();
  const { end } = await attempt(await add());
  end({ success: true });
  const away = await page.until(({ state }) => state === 'reconnecting');
  await page.until((now) => now.state === 'live' && page.shown.indexOf(now) > page.shown.indexOf(away));
  await vi.waitFor(() => expect(page.shown.at(-1)?.jobs.map(({ status }) => status)).toEqual(['completed']), shown);
});
