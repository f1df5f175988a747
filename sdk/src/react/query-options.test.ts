// Keys and functions for a cache of the page's own.
import { expect, onTestFinished, test } from 'vitest';
import { openSteps } from '../../test/steps.ts';
import { jobQueryOptions, jobsQueryOptions, keepQueriesFresh, queueMetricsQueryOptions } from './index.ts';

test('each has its own key and requests its own data', async () => {
  const { client, add } = await openSteps();
  const id = await add();
  const job = jobQueryOptions(id, client);
  expect(job.queryKey).toEqual(['jobs', 'job', id]);
  expect(await job.queryFn()).toMatchObject({ id, type: 'steps' });
  const list = jobsQueryOptions({ type: 'steps' }, client);
  expect(list.queryKey).toEqual(['jobs', 'list', { type: 'steps' }]);
  expect((await list.queryFn()).jobs.map((one) => one.id)).toEqual([id]);
  const metrics = queueMetricsQueryOptions(client);
  expect(metrics.queryKey).toEqual(['jobs', 'metrics']);
  expect(await metrics.queryFn()).toMatchObject({ total: 1 });
});

test('a connection invalidates everything, and an event what it may have changed, until stopped', async () => {
  const { client, open, add, attempt } = await openSteps();
  const heard: string[] = [];
  let wake = (): void => {};
  const invalidateQueries = async ({ queryKey }: { queryKey: readonly unknown[] }): Promise<void> => {
    heard.push(queryKey.join(' '));
    wake();
  };
  const until = async (key: string): Promise<void> => {
    while (!heard.includes(key)) {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const stop = keepQueriesFresh({ invalidateQueries }, client);
  onTestFinished(stop);
  await until('jobs');
  expect(heard.splice(0)).toEqual(['jobs']);
  const id = await add();
  await attempt(id);
  await until('jobs metrics');
  expect([...new Set(heard)]).toEqual([`jobs job ${id}`, 'jobs list', 'jobs metrics']);
  stop();
  await Promise.all(open().map((socket) => new Promise((resolve) => socket.once('close', resolve))));
});
